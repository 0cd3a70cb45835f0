"""Who may use which page: one table, held against every request before its page is asked. What is not in it is refused."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from flask import Flask, abort, request, session
from werkzeug.exceptions import HTTPException

from saywhy.exceptions.concerned import answering_roles, reads_all
from saywhy.exceptions.request import Account, ExceptionRequest
from saywhy.exceptions.state import UNDECIDED
from saywhy.explain.reference import Reference
from saywhy.portal.attempts import counted_as
from saywhy.portal.context import PortalContext
from saywhy.portal.signing_in import staff_here

_ASKED_HERE: Final = "asks"
_REMEMBERED: Final = 5  # forms that one browser has open; a cookie holds 4 KB
_LARGEST: Final = 2**31


class Who(StrEnum):
    """Whom a page is for. Each but the first three wants somebody signed in."""

    ANYBODY = "anybody"
    HOLDER = "whoever holds its unguessable link, which the page checks"
    DEVICE = "the device that the link was given to"
    SIGNED_IN = "everybody signed in, for what is their own"
    STAFF = "whoever holds a role of the policy; the page shows what concerns it"
    READS = "whoever decides on this request, agrees to it, was referred to, or reads all"
    SPEAKS = "whoever decides on this request, agrees to it, or was referred to"
    ANSWERS = "whoever decides on this request or agrees to it"


PERMISSIONS: Final[Mapping[str, Who]] = MappingProxyType(
    {
        "static": Who.ANYBODY,
        "look_style": Who.ANYBODY,
        "look_crest": Who.ANYBODY,
        "home": Who.ANYBODY,
        "find": Who.ANYBODY,
        **dict.fromkeys(
            ("set_up", "set_up_as", "certificate", "certificate_profile", "filter_profile", "pac", "wpad"), Who.ANYBODY
        ),
        **dict.fromkeys(("check_device", "tick", "check_passed"), Who.ANYBODY),
        "leave": Who.ANYBODY,
        "sign_in": Who.ANYBODY,
        "check_sign_in": Who.ANYBODY,
        "sign_out": Who.ANYBODY,
        "ask": Who.DEVICE,
        "send": Who.DEVICE,
        "step": Who.DEVICE,
        "answer": Who.DEVICE,
        "join": Who.DEVICE,
        "helped": Who.DEVICE,
        "afresh": Who.DEVICE,
        "teacher": Who.DEVICE,
        "why": Who.DEVICE,
        "fault": Who.ANYBODY,
        "need": Who.ANYBODY,  # it decides for the device that asks
        "stopped": Who.ANYBODY,  # it shows what the device that asks was refused
        "is_it": Who.ANYBODY,
        "look_at": Who.ANYBODY,  # it decides for the device that asks
        "problem_type": Who.ANYBODY,
        "problem_types": Who.ANYBODY,
        "mine": Who.SIGNED_IN,
        "caution": Who.DEVICE,
        "go_on": Who.DEVICE,
        "open_now": Who.ANYBODY,  # it shows what the device that asks has opened
        "done": Who.ANYBODY,
        "wrong_category": Who.HOLDER,
        "report_category": Who.HOLDER,
        "receipt": Who.HOLDER,
        "receipt_here": Who.HOLDER,
        "withdraw": Who.HOLDER,
        "answer-question": Who.HOLDER,
        "appeal": Who.HOLDER,
        "password": Who.SIGNED_IN,
        "change_password": Who.SIGNED_IN,
        "requests": Who.STAFF,
        "answer_several": Who.STAFF,
        "send_several": Who.STAFF,
        "review": Who.STAFF,
        "meeting": Who.STAFF,
        "minutes": Who.STAFF,
        "keep_minutes": Who.STAFF,
        "corrections": Who.STAFF,
        "correction": Who.STAFF,
        "answer_correction": Who.STAFF,
        "as_policy": Who.READS,
        "kept_until": Who.STAFF,
        "needed": Who.READS,
        "choose_needed": Who.ANSWERS,
        "look_needed": Who.ANSWERS,
        "request": Who.READS,
        "add_point": Who.SPEAKS,
        "refer": Who.SPEAKS,
        "approve": Who.ANSWERS,
        "sign-off": Who.ANSWERS,
        "change": Who.ANSWERS,
        "refuse": Who.ANSWERS,
        "ask-back": Who.ANSWERS,
        "close": Who.ANSWERS,
        "end": Who.ANSWERS,
    }
)


class NotForYou(HTTPException):
    """Somebody may not use this page."""

    code = 403


class OtherDevice(HTTPException):
    """A form is opened on another device than the one that was refused."""

    code = 403

    def __init__(self, reference: Reference) -> None:
        super().__init__()
        self.reference = reference


class Permissions:
    """Holds the table against each request."""

    def __init__(self, context: PortalContext, permissions: Mapping[str, Who] = PERMISSIONS) -> None:
        self._context = context
        self._permissions = permissions

    def install(self, app: Flask) -> None:
        """Check each request before its page is asked."""

        def check() -> None:
            endpoint = request.endpoint
            if endpoint is None:
                return  # there is no such page; that has a page of its own
            who = self._permissions.get(endpoint)
            if who is None:
                app.logger.error("the page %s stands in no table of permissions, so nobody may use it", endpoint)
                raise NotForYou
            self._hold(who)

        app.before_request(check)

    def _hold(self, who: Who) -> None:
        if who in (Who.ANYBODY, Who.HOLDER):
            return
        if who is Who.DEVICE:
            self._device(self._context.references.read((request.view_args or {}).get("token", ""), self._context.now()))
            return
        account = staff_here(self._context)
        if who is Who.SIGNED_IN:
            return
        roles = roles_in_force(self._context, account)
        if not roles:
            raise NotForYou
        if who in (Who.READS, Who.SPEAKS, Who.ANSWERS):
            asked = self._asked()
            concerned = self._concerned(asked)
            if who is not Who.ANSWERS:
                concerned |= self._context.store.roles_referred(asked.id)
            if who is Who.READS and (need := self._context.store.details.need(asked.id)) is not None:
                concerned |= {need.role}
            if roles.isdisjoint(concerned) and not (who is Who.READS and reads_all(self._context.policy(), roles)):
                raise NotForYou
            # That somebody looks is kept, or nothing is shown.
            self._context.store.looked(asked.id, account.name, self._context.now())

    def _device(self, reference: Reference) -> None:
        codes = session.get(_ASKED_HERE)
        known = codes if isinstance(codes, list) else []
        device, here = reference.device, request.remote_addr
        if reference.code in known:
            return  # this very browser opened it at the device's address, which has changed since
        if device is not None and counted_as(device) != counted_as(here):
            raise OtherDevice(reference)
        known_here(reference.code)

    def _asked(self) -> ExceptionRequest:
        number = (request.view_args or {}).get("number")
        asked = self._context.store.request(number) if isinstance(number, int) and 0 < number < _LARGEST else None
        if asked is None:
            abort(404, "request")
        return asked

    def _concerned(self, asked: ExceptionRequest) -> frozenset[str]:
        today = answering_roles(self._context.in_force(), asked)
        return today if asked.state in UNDECIDED else today | self._context.store.listing.roles_of(asked.id)


def known_here(code: str) -> None:
    """Let this browser open the forms of a reference from now on, wherever it is."""
    codes = session.get(_ASKED_HERE)
    known = codes if isinstance(codes, list) else []
    session[_ASKED_HERE] = [*(one for one in known if one != code), code][-_REMEMBERED:]


def roles_in_force(context: PortalContext, account: Account) -> frozenset[str]:
    """The roles of an account that the policy knows; all of them where there is no policy now."""
    policy = context.policy()
    return account.roles if policy is None else account.roles & policy.roles.keys()
