"""One request that was let out, and its answer, between a client's transport and an origin's."""

from http import HTTPStatus
from typing import Final, Protocol

import h11

from saywhy.decide.file_signs import Kinds
from saywhy.proxy.http.answers import HEAD_CUT_SHORT, AnswerChunks, AnswerHead
from saywhy.proxy.http.bounds import MOST_KEPT
from saywhy.proxy.http.framing import CHUNKED, LAST_CHUNK, UNTIL_CLOSED, Body, http1_answer, http1_request
from saywhy.proxy.http.heads import HeadError
from saywhy.proxy.judged import Judged
from saywhy.proxy.lane.awaited import Awaited, told_by_head
from saywhy.proxy.lane.faults import closed_on_fault
from saywhy.proxy.lane.origins import CLOSED, Origin
from saywhy.proxy.lane.plain_request import PlainRequest
from saywhy.proxy.lane.verdict import NotAllowedError

_BY_CONNECTION: Final = (b"ntlm", b"negotiate")  # who signs in on a connection, not on a request (RFC 4559 section 6)
# Saywhy does not see HTTP/3: without Alt-Svc browsers do not try it. What Connection names has been dropped by the reader.
_NOT_PASSED: Final = frozenset({b"alt-svc", b"connection"})


class Client(Protocol):
    """What an exchange needs of the client's connection."""

    def send(self, data: bytes) -> None:
        """Write to the client."""

    def take_head(self, answer: AnswerHead) -> bool:
        """Whether the answer may be passed on; if not, something else has been said instead."""

    def await_kinds(self, answer: AnswerHead) -> Awaited | None:
        """What decides on the answer, where its head does not tell enough."""

    def waits_on(self) -> None:
        """Something of an answer came, of which the client gets nothing yet."""

    def refuse_kinds(self, closed: Judged | None) -> None:
        """What came of the answer is closed, as was decided: say why, or end it where it has begun."""

    def ask_again(self) -> None:
        """The origin has not taken the request: ask once more, on another connection."""

    def broke(self) -> None:
        """Something raised."""

    def unanswered(self, error: str) -> None:
        """No answer comes, for this reason."""

    def cut(self) -> None:
        """The answer ends too early or too late: nobody may take it for whole."""

    def answered(self, *, keeps: bool) -> None:
        """The answer is whole. `keeps`: nothing stands against a further request."""

    def read_client(self, wanted: bool) -> None:  # noqa: FBT001 — a switch
        """Read from the client, or let what comes wait."""


class Exchange:
    """Sends, and passes on."""

    def __init__(self, client: Client, request: PlainRequest, judged: Judged) -> None:
        self.request = request
        self.judged = judged
        self.begun = False  # the client has something of the answer
        self.up = self.down = 0  # bytes of bodies
        self.left = request.length  # bytes of the request's body that have not come
        self._client = client
        self._origin: Origin | None = None
        self._kept: list[bytes] | None = []  # of the body, while it can be sent again
        self._tried = False
        self._came = False  # something of an answer
        self._head: AnswerHead | None = None
        self._awaited: Awaited | None = None
        self._body = Body(0)
        self._awaits = 0  # bytes of the answer's body, CHUNKED or UNTIL_CLOSED
        self._chunks: AnswerChunks | None = None
        self._whole = False  # the answer; some origins have said it before they have the whole request
        self._more = False  # has come than the answer

    @property
    def origin(self) -> Origin | None:
        """The connection that it goes by, once it does."""
        return self._origin

    @property
    def waits(self) -> bool:
        """Whether the origin has the whole request and the client nothing of the answer."""
        return not self.left and not self.begun and self._origin is not None

    # The request.
    def begin(self, origin: Origin) -> None:
        """Send the head by a connection, and what of the body is there. Raises NotAllowedError."""
        self._origin = origin
        if not origin.verdict.is_for(self.request.url):
            raise NotAllowedError
        self._came = False
        origin.asks = self
        head, _ = http1_request(self.request.head, body=self.request.length > 0)
        if _signs_in(self.request.head.joined(b"authorization")):
            origin.bound = True
        if origin.usable:
            self.read_origin(True)
            origin.transport.write(b"".join([head, *(self._kept or ())]))
        else:  # it ended together with its handshake
            self.answer_ended(origin.why_gone)

    def send_body(self, data: bytes) -> None:
        """Send a piece of the body, which is no longer than what is left of it."""
        self.left -= len(data)
        self.up += len(data)
        if self._kept is not None:
            self._kept.append(data)
            if self.up > MOST_KEPT:
                self._kept = None
        if self._origin is not None and self._origin.usable:
            self._origin.transport.write(data)
            if self._whole and not self.left:
                self._both_over(self._origin)

    @closed_on_fault
    def origin_is_full(self) -> None:
        """The origin takes no more for now."""
        if self.left:
            self._client.read_client(False)

    @closed_on_fault
    def origin_takes_more(self) -> None:
        """The origin takes more again."""
        self._client.read_client(True)

    def read_origin(self, wanted: bool) -> None:  # noqa: FBT001 — a switch
        """Read from the origin, or let what comes wait."""
        if self._origin is not None and self._origin.usable:
            transport = self._origin.transport
            (transport.resume_reading if wanted else transport.pause_reading)()

    def broke(self) -> None:
        """Something raised: nothing more is wanted of either side."""
        self.give_up()
        self._client.broke()

    def give_up(self) -> None:
        """Want nothing more of the origin."""
        if self._origin is not None:
            self._origin.close()
            self._origin = None

    def kinds_told(self) -> Kinds:
        """The kinds of file that the head of the answer tells, which has come."""
        assert self._head is not None
        return told_by_head(self._head).kinds(self.request.url)

    # The answer.
    @closed_on_fault
    def answer_came(self, data: bytes) -> None:
        """A piece of it."""
        origin = self._origin
        assert origin is not None
        self._came = True
        if self._whole:
            self._more = True
        elif self._head is None:
            self._read_head(origin, data)
        elif self._chunks is not None:
            origin.buffer.__iadd__(data)
            self._pass_chunks(origin)
        else:
            self._pass(origin, data)

    def _read_head(self, origin: Origin, data: bytes) -> None:
        origin.buffer.__iadd__(data)
        try:
            answer = origin.buffer.next_answer()
        except HeadError as error:
            self.give_up()
            self._client.unanswered(str(error))
            return
        if answer is None:
            return
        if answer.status == HTTPStatus.MISDIRECTED_REQUEST and self._may_ask_again():
            self._ask_again()  # another connection may be the right one (RFC 9110 section 15.5.20)
            return
        if not self._client.take_head(answer):
            return
        self._write_head(origin, answer)

    def _write_head(self, origin: Origin, answer: AnswerHead) -> None:
        method = self.request.head.method
        length = answer.body_length(method)
        if any(_signs_in(value) for name, value in answer.fields if name.lower() == b"www-authenticate"):
            origin.bound = True
        try:
            head, self._body = http1_answer(
                answer.status,
                answer.reason,
                tuple(field for field in answer.fields if field[0].lower() not in _NOT_PASSED),
                method,
                body=length != 0,
                chunks=True,
                keeps=self.request.keeps,
            )
        except ValueError as error:
            self.give_up()
            self._client.unanswered(str(error))
            return
        self._head, self._awaits, self._kept = answer, length, None
        self._awaited = self._client.await_kinds(answer)
        if answer.status == HTTPStatus.RESET_CONTENT or length == 0:
            # after 205, as Chromium: nothing follows, whatever is announced
            self._pass_head_alone(origin, head, more=length != 0 or len(origin.buffer) > 0)
            return
        if length == CHUNKED:
            self._chunks = AnswerChunks()
            if self._write(head):
                self._pass_chunks(origin)
        else:
            rest = origin.buffer.maybe_extract_at_most(len(origin.buffer))
            self._pass(origin, bytes(rest or b""), head)

    def _pass_head_alone(self, origin: Origin, head: bytes, *, more: bool) -> None:
        awaited, self._awaited = self._awaited, None
        if awaited is not None and not awaited.allows_bodiless():
            self._client.refuse_kinds(awaited.closed)
        else:
            self._write(head + self._last())
            self._over(origin, more=more)

    def _pass(self, origin: Origin, data: bytes, head: bytes = b"") -> None:
        """Pass a piece of a body on whose end is told by its length, or by the end of the connection."""
        more = False
        if self._awaits >= 0:
            more = len(data) > self._awaits
            data = data[: self._awaits] if more else data
            self._awaits -= len(data)
        self.down += len(data)
        piece = self._body.piece(data) or b""
        ended = self._awaits == 0
        if self._write(head + piece if head else piece, data, ended=ended) and ended:
            self._over(origin, more=more)

    def _write(self, written: bytes, body: bytes = b"", *, ended: bool = False) -> bool:
        """Write to the client, `body` being what it holds of the body, now or once more is known. Whether it may have it."""
        awaited = self._awaited
        if awaited is not None:
            passed = awaited.take(written, body, ended=ended)
            if passed is None:
                self._client.refuse_kinds(awaited.closed)
                return False
            written = passed
            if not self.begun and not written:
                self._client.waits_on()
        if written:
            self.begun = True
            self._client.send(written)
        return True

    def _pass_chunks(self, origin: Origin) -> None:
        assert self._chunks is not None
        out: list[bytes] = []
        data: list[bytes] = []
        ended, broken = False, ""
        try:
            while not ended and (event := self._chunks(origin.buffer)) is not None:
                ended = isinstance(event, h11.EndOfMessage)
                if isinstance(event, h11.Data):
                    data.append(bytes(event.data))
                    out.append(self._body.piece(data[-1]) or b"")
        except h11.RemoteProtocolError as error:
            broken = str(error)
        body = b"".join(data)
        self.down += len(body)
        if ended:
            out.append(self._last())
        if out and not self._write(b"".join(out), body, ended=ended):
            return
        if broken:
            self._cut(broken)
        elif ended:
            self._over(origin, more=bool(origin.buffer))

    def _last(self) -> bytes:
        """What stands at the end of the answer, as the client reads it."""
        return LAST_CHUNK if self._body.left == CHUNKED else b""

    def _over(self, origin: Origin, *, more: bool) -> None:
        self._whole, self._more = True, more
        if not self.left or not origin.usable:
            self._both_over(origin)

    def _both_over(self, origin: Origin) -> None:
        """The answer is whole, and the request as well, or the origin wants no more of it."""
        origin.answered += 1
        origin.asks = None
        assert self._head is not None
        if self._more or not self._head.keeps or self.left or not origin.usable:
            origin.close()
            self._origin = None
        else:
            self.read_origin(True)  # else nobody would notice its end
        self._client.answered(keeps=not self.left and self.request.keeps)

    @closed_on_fault
    def answer_ended(self, error: str) -> None:
        """The origin's connection has ended."""
        origin, self._origin = self._origin, None
        assert origin is not None
        origin.close()
        if self._head is None:
            if origin.answered and not self._came and self._may_ask_again(idempotent=True):
                self._ask_again()  # it was kept from an earlier answer: a race that nobody is to blame for
            else:
                self._client.unanswered(HEAD_CUT_SHORT if self._came and origin.buffer else error or CLOSED)
        elif self._whole:
            self._both_over(origin)
        elif self._awaits == UNTIL_CLOSED and not error:
            if self._write(self._last(), ended=True):
                self._over(origin, more=True)
        else:
            self._cut(error or CLOSED)

    def _cut(self, why: str) -> None:
        self.give_up()
        if self.begun:
            self._client.cut()
        else:
            self._client.unanswered(why)

    def _may_ask_again(self, *, idempotent: bool = False) -> bool:
        if self._tried or self._kept is None or self.left:
            return False
        return not idempotent or self.request.repeatable

    def _ask_again(self) -> None:
        self._tried = True
        self.give_up()
        self._client.ask_again()


def _signs_in(value: bytes | None) -> bool:
    return value is not None and any(one in value.lower() for one in _BY_CONNECTION)
