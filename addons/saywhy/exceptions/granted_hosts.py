"""Which permits can be about a host, as a condition in SQL: so that not all of them are read for one page."""

from sqlalchemy import ColumnElement, and_, or_

from saywhy.exceptions.followup_tables import FurtherRow
from saywhy.exceptions.tables import GrantRow
from saywhy.policy.address import suffixes


def may_be_about(host: str) -> ColumnElement[bool]:
    """Whether a permit, or something that opens with it, may be about this host; apps may be about any."""
    names = tuple(suffixes(host))
    pages = (GrantRow.what_value.startswith(f"https://{name}/", autoescape=True) for name in names)
    beginnings = (FurtherRow.what_value.startswith(f"https://{name}/", autoescape=True) for name in names)
    return or_(
        GrantRow.what_kind == "app",
        and_(GrantRow.what_kind == "site", GrantRow.what_value.in_(names)),
        and_(GrantRow.what_kind == "page", or_(*pages)),
        GrantRow.further.any(or_(FurtherRow.what_value.in_(names), *beginnings)),
    )
