"""Whatever people do in whatever order: no grant without those whom the rule names."""

import tempfile
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from saywhy.decide.access import Access, subject_at, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.permits import PermitOver
from saywhy.exceptions.request import Account, Happening, Verdict
from saywhy.exceptions.state import UNDECIDED, NotPossible, State
from saywhy.exceptions.store import Store
from saywhy.exceptions.weighing import CannotBeAsked, Incomplete, NotEntitled
from tests.exceptions.conftest import (
    BOTH,
    IT,
    LEAD,
    NOW,
    OTHER_BOTH,
    TEACHER,
    WHY,
    hire,
    refusal,
    school,
    submission,
)
from tests.exceptions.conftest import PEOPLE as EVERYBODY

PEOPLE = st.sampled_from([IT, LEAD, BOTH, OTHER_BOTH, TEACHER])
CHOICES = st.one_of(
    st.just(Chosen("device", "page", "this-lesson")),  # what every rule offers
    st.builds(
        Chosen,
        who=st.sampled_from(["device", "group:year7", "group:staff", ""]),
        what=st.sampled_from(["site", "page", "app:tiktok", ""]),
        until=st.sampled_from(["this-lesson", "today", "this-term", ""]),
    ),
)
SITES = {
    "games.example": "games",
    "chat.example": "chat",
    "tiktok.example": "tiktok",
    "floor.example": "floor",
    "bets.example": "betting",
    "hurt.example": "care",
}
ASKABLE = st.sampled_from(["games.example", "chat.example", "chat.example", "tiktok.example"])
DECIDES = {"games.example": "it", "chat.example": "it", "tiktok.example": "it"}
REFUSED = (NotPossible, NotEntitled, Incomplete, CannotBeAsked)


@cache
def prepared() -> tuple[Engine, bytes]:
    """The engine, and an empty store's file."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        store = Store(f"sqlite:///{root / 'store.sqlite3'}")
        store.migrate()
        hire(store, *EVERYBODY)
        store.close()
        return school(root / "policies"), (root / "store.sqlite3").read_bytes()


class Workflow(RuleBasedStateMachine):
    """People ask and answer at random; what is in force is compared with what was said."""

    asked: Bundle[int] = Bundle("asked")

    @initialize()
    def open_the_store(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        root = Path(self.folder.name)
        self.engine, tables = prepared()
        (root / "store.sqlite3").write_bytes(tables)
        self.store = Store(f"sqlite:///{root / 'store.sqlite3'}")
        self.number = 0
        self.left: set[str] = set()  # receipts of who took it back while others went on asking
        self.changes = self.store.change_number()
        self.grants: frozenset[str] = frozenset()

    def teardown(self) -> None:
        if hasattr(self, "store"):
            assert self.store.check_trail().faults == ()
            self.store.close()
        self.folder.cleanup()

    @rule(target=asked, host=ASKABLE, by=st.sampled_from(["", "it", "both"]))
    def ask(self, host: str, by: str) -> int:
        self.number += 1
        made = submission(refusal(host, "/page", SITES[host]), by)
        return self.store.submit(self.engine, made, f"form {self.number}", NOW).id

    @rule(host=st.sampled_from(sorted(SITES.keys() - DECIDES.keys())))
    def ask_for_what_cannot_be_asked(self, host: str) -> None:
        with pytest.raises(CannotBeAsked):
            self.store.submit(self.engine, submission(refusal(host, "/page", SITES[host])), "form", NOW)

    @rule(request=asked, by=PEOPLE, chosen=CHOICES)
    def approve(self, request: int, by: object, chosen: Chosen) -> None:
        self._try(request, "approve", by, chosen, WHY)

    @rule(request=asked, by=PEOPLE)
    def sign_off(self, request: int, by: object) -> None:
        self._try(request, "sign_off", by, WHY)

    @rule(request=asked, first=PEOPLE, second=PEOPLE)
    def approve_and_sign_off(self, request: int, first: object, second: object) -> None:
        self._try(request, "approve", first, Chosen("device", "page", "this-lesson"), WHY)
        self._try(request, "sign_off", second, WHY)

    @rule(request=asked, by=PEOPLE)
    def try_it_alone(self, request: int, by: object) -> None:
        self.approve_and_sign_off(request, by, by)

    @rule(request=asked, by=PEOPLE, reason=st.sampled_from(["", "no", "There is a board."]))
    def refuse(self, request: int, by: object, reason: str) -> None:
        self._try(request, "refuse", by, reason)

    @rule(request=asked)
    def withdraw(self, request: int) -> None:
        known = self.store.request(request)
        if known is None:
            return
        if known.state in UNDECIDED and known.receipt not in self.left:
            others = any(not one.left for one in known.joined)
            after = self.store.withdraw(known.receipt, NOW)
            assert after.state is (known.state if others else State.WITHDRAWN)
            self.left.add(known.receipt)
            return
        with pytest.raises(NotPossible):
            self.store.withdraw(known.receipt, NOW)

    @rule(request=asked)
    def revoke(self, request: int) -> None:
        dossier = self.store.dossier(request)
        if dossier is not None and dossier.grant is not None:
            if dossier.revoked_at is None:
                self.store.revoke(dossier.grant.id, "it", NOW, WHY)
            else:
                with pytest.raises(PermitOver):
                    self.store.revoke(dossier.grant.id, "it", NOW)
            assert dossier.grant.id not in {grant.id for grant in self.store.live_grants(NOW)}

    @rule(request=asked, by=PEOPLE, chosen=CHOICES)
    def change(self, request: int, by: object, chosen: Chosen) -> None:
        self._try(request, "change", by, chosen, WHY)

    @rule(request=asked, by=PEOPLE)
    def ask_back_and_answer(self, request: int, by: object) -> None:
        self._try(request, "ask_back", by, "Which lesson is it for?")
        known = self.store.request(request)
        if known is None or known.state is not State.QUESTION:
            return
        if known.receipt in self.left:
            with pytest.raises(NotPossible):
                self.store.answer(known.receipt, self.engine, "Maths", NOW)
        else:
            self.store.answer(known.receipt, self.engine, "Maths", NOW)

    @rule(request=asked)
    def appeal(self, request: int) -> None:
        known = self.store.request(request)
        assert known is not None
        if known.state is State.REFUSED and known.appealed_at is None and known.receipt not in self.left:
            assert self.store.appeal(known.receipt, WHY, NOW).state is State.APPEALED
        else:
            with pytest.raises(NotPossible):
                self.store.appeal(known.receipt, WHY, NOW)

    @rule(by=PEOPLE, roles=st.sets(st.sampled_from(["it", "safeguarding", "teaching"])))
    def gain_and_lose_roles(self, by: Account, roles: set[str]) -> None:
        self.store.accounts.change_roles(by.name, roles)

    @rule(request=asked, by=PEOPLE)
    def refer(self, request: int, by: Account) -> None:
        with suppress(NotEntitled):
            self.store.refer(request, "teaching", WHY, by.name, NOW)

    @rule(request=asked, leaves=st.booleans())
    def join(self, request: int, leaves: bool) -> None:
        known = self.store.request(request)
        assert known is not None
        try:
            receipt = self.store.joining.join(request, known.refusal, "", "browser", NOW)
        except NotPossible:
            assert known.state not in UNDECIDED
            return
        if leaves:
            self.store.withdraw(receipt, NOW)
            with pytest.raises(NotPossible):
                self.store.appeal(receipt, WHY, NOW)

    @rule(later=st.sampled_from([timedelta(hours=4), timedelta(days=3)]))
    def time_answers_nothing(self, later: timedelta) -> None:
        before = self.store.counts_by_state()
        self.store.note_lateness(self.engine, NOW + later)
        assert self.store.counts_by_state() == before

    def _try(self, request: int, what: str, by: object, *rest: object) -> None:
        try:
            getattr(self.store, what)(request, self.engine, by, *rest, NOW)
        except REFUSED:
            return

    @invariant()
    def nothing_is_lost_or_ends_without_a_reason(self) -> None:
        if hasattr(self, "store"):
            assert sum(self.store.counts_by_state().values()) == self.number
            assert self.store.figures.ended_without_reason() == ()

    @invariant()
    def every_grant_has_its_people(self) -> None:
        if not hasattr(self, "store"):
            return
        live = self.store.live_grants(NOW)
        for grant in live:
            dossier = self.store.dossier(int(grant.request))
            assert dossier is not None
            request = dossier.request
            assert request.state is State.GRANTED
            host = request.refusal.host
            yes = {(one.verdict, one.role, one.by) for one in dossier.yes}
            people = {one.by for one in dossier.yes}
            assert all(len(one.reason) > 5 for one in dossier.reviews)
            assert request.refused_by not in people
            if grant.what.page is None or "students" in grant.who.groups or grant.ends > NOW + timedelta(days=7):
                assert len(people) == 2
            assert all(verdict is not Verdict.REFUSE for verdict, _, _ in yes)
            assert any(
                verdict is Verdict.APPROVE and (role == DECIDES[host] or request.appealed_at is not None)
                for verdict, role, _ in yes
            ) or any(entry.what is Happening.CHANGED for entry in dossier.timeline)
            assert request.asked_by not in people
            if host == "chat.example":
                assert any(verdict is Verdict.SIGN_OFF and role == "safeguarding" for verdict, role, _ in yes)
                assert len(people) == 2
            if request.referred:
                assert any(role == "teaching" for _, role, _ in yes)
            assert NOW < grant.ends <= NOW + timedelta(days=365)
            assert grant.who.device == "10.30.7.21" or grant.who.groups <= {"year7", "students"}

    @invariant()
    def the_number_changes_with_the_grants(self) -> None:
        if not hasattr(self, "store"):
            return
        grants = frozenset(grant.id for grant in self.store.live_grants(NOW))
        changes = self.store.change_number()
        assert (grants != self.grants) == (changes != self.changes)
        self.grants, self.changes = grants, changes

    @invariant()
    def what_is_locked_stays_closed(self) -> None:
        if not hasattr(self, "store"):
            return
        subject = subject_at(self.engine, self.engine.policy.places[0].network[21])
        grants = Grants(self.store.live_grants(NOW))
        for host in ("floor.example", "hurt.example", "bets.example"):
            access = Access(subject, target_of_url(f"https://{host}/page"), NOW)
            assert not decide(self.engine, grants, access).allowed


TestWorkflow = Workflow.TestCase
TestWorkflow.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
