"""Requests and permits as the audit trail keeps them: one text of each, to be compared with its row later."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from saywhy.exceptions.chain import canonical
from saywhy.exceptions.tables import GrantRow, RequestRow

ASKED: Final = "asked"
PERMIT: Final = "permit"
_ASKED: Final = (
    *("wants", "because", "work", "until", "asked_by", "submitted_at", "code", "host", "url", "scheme", "rule"),
    *("reason", "groups", "place", "device", "reader", "refused_at", "revision"),
)
_PERMIT: Final = ("id", "who_kind", "who_value", "what_kind", "what_value", "starts", "ends", "weighed")


def request_as_kept(row: RequestRow) -> str:
    """What was asked, as it was asked."""
    return _text(row, _ASKED)


def permit_as_kept(row: GrantRow) -> str:
    """What was given, as it was given, with what opens besides."""
    further = [[one.what_kind, one.what_value, one.because, one.weighed] for one in row.further]
    return _text(row, _PERMIT, {"further": further} if further else {})


def _text(row: RequestRow | GrantRow, names: tuple[str, ...], more: Mapping[str, Any] = MappingProxyType({})) -> str:
    return canonical({**{name: _plain(getattr(row, name)) for name in names}, **more})


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
