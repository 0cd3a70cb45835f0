"""One request's turn on a connection: decided on, then refused with a page, or let out and answered."""

from http import HTTPStatus

from saywhy.decide.use import READING, Use
from saywhy.explain.answer import Answer
from saywhy.explain.fault import FaultKind, static_answer
from saywhy.policy.obligation import any_controlled, safe_address_inside
from saywhy.policy.uses import file_use
from saywhy.proxy.fault_kinds import detail_of, fault_kind_of
from saywhy.proxy.http.answers import AnswerHead
from saywhy.proxy.http.bounds import MOST_PASSED_OVER
from saywhy.proxy.http.framing import http1_answer
from saywhy.proxy.judged import Judged
from saywhy.proxy.lane.awaited import Awaited
from saywhy.proxy.lane.counting import Counting
from saywhy.proxy.lane.exchange import Exchange
from saywhy.proxy.lane.origins import HandshakeFailedError, Origin
from saywhy.proxy.lane.parts import Connection, LaneParts
from saywhy.proxy.lane.plain_request import PlainRequest, asking_readably
from saywhy.proxy.lane.verdict import Verdict
from saywhy.proxy.outbound.not_reachable import NotReachableError


def _reading() -> Use:
    return READING


class Turn:
    """Belongs to one connection, until the answer has come to its end."""

    def __init__(self, parts: LaneParts, connection: Connection, request: PlainRequest) -> None:
        self.request = request
        self.exchange: Exchange | None = None
        self.begun = False  # the client has something of the answer
        self._unwritten: Judged | None = None  # let out, and written down once its answer was decided on
        self._answer_decides = False
        self._parts = parts
        self._connection = connection
        self._counting = Counting(parts.metrics)

    @property
    def left(self) -> int:
        """Bytes of the body that have not come and can be sent on."""
        return 0 if self.exchange is None else self.exchange.left

    def begin(self) -> None:
        """Decide."""
        self._connection.run(self._decided())

    def send_body(self, data: bytes) -> None:
        """Send a piece of the body on, which is no longer than what is left."""
        exchange = self.exchange
        assert exchange is not None
        exchange.send_body(data)
        if exchange.waits:
            self._await_answer(exchange)

    async def _decided(self) -> None:
        request, connection, judge = self.request, self._connection, self._parts.judge
        judged, fault = await judge.judge_inside(connection.peer, request.target, _reading)
        if judged is None:
            connection.hand_over()
            return
        decision = judged.decision
        if not decision.allowed:
            self._count()
            self._answer(judge.refused("thin", request.method, judged, request.headers), request.length)
        elif any_controlled(decision.obligations) or safe_address_inside(decision.obligations):
            connection.hand_over()
        elif fault is not None:
            self._let_out(judged)
            self._answer(self._fault_page(fault), request.length)
        else:
            await self._send(judged)

    async def _send(self, judged: Judged) -> None:
        """Send the request by a connection that is there, or by a new one."""
        origins, connection = self._parts.origins, self._connection
        verdict = Verdict.of(judged, connection.peer)
        origin = connection.kept_origin()
        if origin is not None and not (origin.verdict == verdict and origin.usable):
            origins.keep(origin)
            origin = None
        if origin is None and self.request.repeatable:  # else a kept one could be closing: its client would know
            origin = origins.take(verdict)
        if origin is None:
            try:
                origin = await origins.open(verdict, connection.offers())
            except (HandshakeFailedError, OSError) as error:
                if self._parts.judge.holds(judged):
                    self._let_out(judged)
                    self.unanswered(str(error))
                else:
                    connection.hand_over()
                return
            if not self._parts.judge.holds(judged):
                origin.close()
                connection.hand_over()
                return
        try:
            request = self.request
            if judged.decision.needs_answer:
                self._count()
                self._unwritten = judged
                request = asking_readably(request)
            else:
                self._let_out(judged)
            self.exchange = Exchange(self, request, judged)
            self._exchange_by(origin, self.exchange)
        except Exception:
            origin.close()
            raise

    def _exchange_by(self, origin: Origin, exchange: Exchange) -> None:
        self._counting.goes_by(origin)
        exchange.begin(origin)
        if self.exchange is not exchange or exchange.origin is not origin:
            return  # it is over, or asked once more
        if self._connection.clogged:
            exchange.read_origin(False)
        self._connection.read(True)
        if exchange.left:
            self._connection.await_within(None)
        else:
            self._await_answer(exchange)

    def _await_answer(self, exchange: Exchange) -> None:
        patience = exchange.judged.snapshot.policy.reach.patience
        self._connection.await_within(patience.of(self.request.url.host))

    def _count(self) -> None:
        self._parts.metrics.requested(self.request.url.scheme)

    def _let_out(self, judged: Judged) -> None:
        self._count()
        self._unwritten = judged
        self._write_down()

    def _write_down(self, judged: Judged | None = None) -> None:
        """Write down, once, that it was let out: as it was judged at last."""
        unwritten, self._unwritten = self._unwritten, None
        if unwritten is not None:
            self._parts.judge.let_out("thin", self.request.method, judged or unwritten, self.request.headers)

    def _refused(self, judged: Judged) -> Answer:
        self._unwritten = None
        return self._parts.judge.refused("thin", self.request.method, judged, self.request.headers)

    # What the exchange tells.
    def send(self, data: bytes) -> None:
        """Write to the client."""
        if not self.begun:
            self.begun = True
            self._connection.await_within(None)
        self._connection.send(data)

    def read_client(self, wanted: bool) -> None:  # noqa: FBT001 — a switch
        """Read from the client, or let what comes wait."""
        self._connection.read(wanted)

    def take_head(self, answer: AnswerHead) -> bool:
        """Whether an answer may be passed on; if not, a page is shown instead."""
        self._connection.await_within(None)
        exchange = self.exchange
        assert exchange is not None
        if answer.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:  # a browser would offer ours a password
            self._answer_instead(self._fault_page(FaultKind.UPSTREAM_ASKS_AS_PROXY))
            return False
        if answer.status < HTTPStatus.OK:  # another protocol, which nobody asked for
            self._answer_instead(static_answer())
            return False
        judged = exchange.judged
        if not self._parts.judge.holds(judged):
            now = self._now(exchange)
            if now is None or not self._is_as_it_was(exchange, now):
                self._no_longer(now)
                return False
            judged = now
        self._answer_decides = judged.decision.needs_answer
        return True

    # An answer of which a rule about files could close.
    def await_kinds(self, answer: AnswerHead) -> Awaited | None:
        """What decides on the answer, where its head does not tell enough."""
        if not self._answer_decides:
            return None
        exchange = self.exchange
        assert exchange is not None
        return Awaited(self._parts.judge, self._connection.peer, exchange.judged, answer, self._passes)

    def _passes(self, judged: Judged) -> None:
        if self.exchange is not None:
            self.exchange.judged = judged
        self._write_down(judged)

    def waits_on(self) -> None:
        """Something of an answer came, of which the client gets nothing yet."""
        exchange = self.exchange
        if exchange is not None and exchange.waits:
            self._await_answer(exchange)

    def refuse_kinds(self, closed: Judged | None) -> None:
        """What came of the answer is closed, as was decided: say why, or end it where it has begun."""
        page = self._fault_page(FaultKind.NO_POLICY) if closed is None else self._refused(closed)
        if self.begun:
            self.stop()
            self._connection.over(None, 0, keeps=False)
        else:
            self._answer_instead(page)

    def ask_again(self) -> None:
        """Ask once more, on a new connection."""
        self._connection.run(self._again())

    async def _again(self) -> None:
        exchange = self.exchange
        assert exchange is not None
        verdict = Verdict.of(exchange.judged, self._connection.peer)
        try:
            origin = await self._parts.origins.open(verdict, self._connection.offers())
        except (HandshakeFailedError, OSError) as error:
            self.unanswered(str(error))
            return
        self._exchange_by(origin, exchange)

    def unanswered(self, error: str) -> None:
        """No answer comes: say why, or that it is closed by now."""
        exchange = self.exchange
        if exchange is not None and not self._parts.judge.holds(exchange.judged):
            now = self._now(exchange)
            if now is not None and not now.decision.allowed:
                self._no_longer(now)
                return
        self._answer_instead(self._fault_page(fault_kind_of(error), detail_of(error)))

    def broke(self) -> None:
        """Something raised between the two."""
        self._connection.broke()

    def cut(self) -> None:
        """The answer ends too early or too late."""
        self._done()
        self._connection.over(None, 0, keeps=False)

    def answered(self, *, keeps: bool) -> None:
        """The answer is whole."""
        exchange = self.exchange
        assert exchange is not None
        self._done()
        self._counting.answered()
        if (origin := exchange.origin) is not None and origin.answered == 1:
            self._parts.origins.remember(origin)
        self._connection.over(origin, 0, keeps=keeps)

    def _done(self) -> None:
        """Count what went through, and let go of the exchange: the two would hold each other."""
        exchange, self.exchange = self.exchange, None
        self._write_down()
        self._counting.passed(exchange)

    # Decided again, or too late.
    def goes_on(self) -> bool:
        """Whether what is under way would be let out now as well, or gets a page instead."""
        exchange = self.exchange
        if exchange is None:
            return True
        now = self._now(exchange)
        if self._is_as_it_was(exchange, now):
            return True
        if exchange.begun or exchange.left:
            return False
        self._no_longer(now)
        return True

    def too_late(self) -> None:
        """What was awaited has not come in time."""
        if self.exchange is not None and self.exchange.waits:
            self.unanswered(NotReachableError.TIMED_OUT)

    def _now(self, exchange: Exchange) -> Judged | None:
        judge, peer = self._parts.judge, self._connection.peer
        now = judge.again(exchange.judged, peer, READING)
        if now is None or not now.decision.needs_answer or not exchange.begun:
            return now
        kinds = exchange.kinds_told()  # of a file that has begun: its head is all that is looked at
        target = now.access.target
        return judge.judge(peer, target.used_for(target.use.answered(map(file_use, kinds))))

    def _is_as_it_was(self, exchange: Exchange, now: Judged | None) -> bool:
        """Whether it would be let out now in the same way, and by this lane, which asks for no use of what is sent."""
        if now is None or not exchange.judged.goes_on_as(now):
            return False
        return self.request.reads or not now.snapshot.engine.index.used

    def _no_longer(self, now: Judged | None) -> None:
        """Refuse what was let out, by what is decided now; what is let out in another way the other lane asks for anew."""
        if now is not None and not now.decision.allowed:
            self._answer_instead(self._refused(now))
        elif now is not None and self.request.repeatable and not self.begun:
            self._unwritten = None  # the other lane writes it down
            self.stop()
            self._connection.hand_over()
        else:
            self._connection.abort()

    # Pages.
    def _fault_page(self, kind: FaultKind, detail: str = "") -> Answer:
        url = self.request.url
        return self._parts.judge.faulted(kind, url.host, detail, self.request.headers, url.path, self.request.method)

    def refuse_without_explaining(self) -> None:
        """Something raised: the page that needs nothing to work, or the end where an answer has begun."""
        if self.begun:
            self._connection.abort()
        else:
            self._answer_instead(static_answer(), last=True)

    def _answer_instead(self, page: Answer, *, last: bool = False) -> None:
        """Give a page in the place of what an origin would say."""
        to_come = self.request.length if self.exchange is None else self.exchange.left
        self.stop()
        self._answer(page, to_come, last=last)

    def stop(self) -> None:
        """The client is gone, or the connection ends."""
        if self.exchange is not None:
            self.exchange.give_up()
            self._done()

    def _answer(self, page: Answer, to_come: int, *, last: bool = False) -> None:
        """Write a page; so many bytes of the request's body are still to come. `last`: the connection ends with it."""
        request = self.request
        keeps = request.keeps and to_come <= MOST_PASSED_OVER and not last
        head, _ = http1_answer(
            page.status,
            b"",
            (
                (b"Content-Type", page.content_type.encode("latin-1")),
                *((name.encode("latin-1"), value.encode("latin-1")) for name, value in page.headers.items()),
                (b"content-length", b"%d" % len(page.body)),
            ),
            request.head.method,
            body=True,
            chunks=True,
            keeps=keeps,
        )
        self.send(head if request.head.method == b"HEAD" else head + page.body)
        self._counting.answered()
        self._connection.over(None, to_come, keeps=keeps)
