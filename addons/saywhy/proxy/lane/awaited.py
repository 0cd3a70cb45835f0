"""An answer of which a rule about files could still close: held while it tells too little, then watched while it passes."""

from collections.abc import Callable
from typing import Final

from saywhy.decide.use import Use
from saywhy.proxy.http.answers import AnswerHead
from saywhy.proxy.http.held_answer import HeldAnswer, ToldByHead
from saywhy.proxy.judge import Judge
from saywhy.proxy.judged import Judged

_TOLD: Final = (b"content-disposition", b"content-encoding", b"content-range")


def told_by_head(head: AnswerHead) -> ToldByHead:
    """What a head tells of a file."""
    types, *others = ([value.decode("latin-1") for value in head.all(name)] for name in (b"content-type", *_TOLD))
    return ToldByHead(head.status, tuple(types), *map(", ".join, others))


class Awaited:
    """Decides on the use that is made, once what came of the answer tells it; `passes` is told of each allow.

    `closed` is what was decided where policy closes it; None while there is no policy either.
    """

    def __init__(
        self, judge: Judge, peer: str, judged: Judged, head: AnswerHead, passes: Callable[[Judged], None]
    ) -> None:
        target = judged.access.target
        assert target.url is not None
        self.closed: Judged | None = None
        self._judge = judge
        self._peer = peer
        self._target = target
        self._passes = passes
        self._held = HeldAnswer(told_by_head(head), target.url, judge.kinds_asked)
        self._kept: list[bytes] = []  # for the client, as it will be written
        self._passed = False
        self._watching = True

    def allows_bodiless(self) -> bool:
        """Whether the client may have an answer that has a head alone."""
        return self._allows(self._held.by_head)

    def take(self, written: bytes, body: bytes, *, ended: bool) -> bytes | None:
        """What the client may have now, of what is to be written next; None where policy closes it.

        `body` is what it holds of the body, `ended`: it is the last.
        """
        if body:
            self._held.add(body)
        self._kept.append(written)
        if not self._passed:
            use = self._held.told(ended=ended)
            if use is None:
                return b""
            if not self._allows(use):
                return None
            self._passed, self._watching = True, not ended and self._held.watched() is None
        elif self._watching:
            use = self._held.watched(ended=ended)
            self._watching = use is None
            if use is not None and not self._allows(use):
                return None
            if use is None and self._held.begins_as_file:
                return b""
        kept, self._kept = self._kept, []
        return b"".join(kept)

    def _allows(self, use: Use) -> bool:
        now = self._judge.judge_answer(self._peer, self._target, use)
        if now is None or not now.decision.allowed:
            self.closed = now
            return False
        self._passes(now)
        return True
