"""The obligations that a service's control meets: what each asks of which control."""

import pytest

from saywhy.policy.account_fields import AllowedPart
from saywhy.policy.control import Control, Means
from saywhy.policy.obligation import Obligation, ObligationKind, safe_address, safe_address_inside, seen_inside
from saywhy.policy.obligations.accounts import OBLIGATION as ACCOUNTS
from saywhy.policy.obligations.restricted import OBLIGATION as RESTRICTED
from saywhy.policy.obligations.safe_search import OBLIGATION as SAFE_SEARCH

SAFE, MODERATE, STRICT = Means("safe.example"), Means("moderate.example"), Means("strict.example")
HEADERS = Means(headers=(("allowed", "{accounts}"), ("asks", "{id}"), ("always", "yes")))


def control(**levels: Means) -> Control:
    return Control("cloud", "any", levels={level.replace("only", ""): means for level, means in levels.items()})


@pytest.mark.parametrize(
    ("kind", "written", "found", "told"),
    [
        (SAFE_SEARCH, False, None, ""),
        (SAFE_SEARCH, True, Obligation("safe_search"), "true"),
        (RESTRICTED, "", None, ""),
        (RESTRICTED, "strict", Obligation("restricted", "strict"), "strict"),
        (ACCOUNTS, {}, None, ""),
        (
            ACCOUNTS,
            {"slack": AllowedPart(allowed=["T1", "T2"], id="T1"), "cloud": AllowedPart(allowed=["hillside.example"])},
            Obligation("accounts", (("cloud", ("hillside.example",), ""), ("slack", ("T1", "T2"), "T1")), inside=True),
            "cloud: hillside.example; slack: T1, T2 (id T1)",
        ),
    ],
)
def test_what_is_written_is_read_and_told(
    kind: ObligationKind, written: object, found: Obligation | None, told: str
) -> None:
    assert kind.read(written) == found
    if found is not None:
        assert kind.told(found) == told


def test_safe_search_is_met_by_the_one_way_that_there_is() -> None:
    assert SAFE_SEARCH.means(Obligation("safe_search"), control(only=SAFE)) == SAFE


def test_a_level_is_met_by_its_own_way_or_a_stricter_one_or_the_only_one() -> None:
    moderate, strict = (Obligation("restricted", one) for one in ("moderate", "strict"))
    assert RESTRICTED.means(moderate, control(moderate=MODERATE, strict=STRICT)) == MODERATE
    assert RESTRICTED.means(moderate, control(strict=STRICT)) == STRICT
    assert RESTRICTED.means(strict, control(moderate=MODERATE, strict=STRICT)) == STRICT
    assert RESTRICTED.means(strict, control(only=SAFE)) == SAFE
    assert RESTRICTED.means(strict, control(moderate=MODERATE)) == Means()  # so it is closed there


def accounts(**written: AllowedPart) -> Obligation:
    found = ACCOUNTS.read(dict(written))
    assert found is not None
    return found


def test_accounts_are_put_into_the_services_headers() -> None:
    asked = accounts(cloud=AllowedPart(allowed=["a.example", "b.example"], id="42"))
    assert ACCOUNTS.means(asked, control(only=HEADERS)) == Means(
        headers=(("allowed", "a.example,b.example"), ("asks", "42"), ("always", "yes"))
    )


def test_accounts_of_another_service_ask_nothing_here() -> None:
    assert ACCOUNTS.means(accounts(other=AllowedPart(allowed=["a.example"])), control(only=HEADERS)) is None


def test_without_the_id_that_a_service_wants_there_is_no_way() -> None:
    assert ACCOUNTS.means(accounts(cloud=AllowedPart(allowed=["a.example"])), control(only=HEADERS)) == Means()


def test_an_id_is_not_asked_for_where_no_header_has_a_place_for_it() -> None:
    asked = accounts(
        cloud=AllowedPart(allowed=["a.example"], id="42"),
        drawing=AllowedPart(allowed=["a.example"], id="42"),
        plain=AllowedPart(allowed=["a.example"]),
    )
    others = (Control(app, "any", levels={"": Means(headers=(("a", "{accounts}"),))}) for app in ("drawing", "plain"))
    assert ACCOUNTS.services(asked) == ("cloud", "drawing", "plain")
    assert ACCOUNTS.not_asked(asked, [control(only=HEADERS), *others]) == ("drawing",)
    assert SAFE_SEARCH.services(Obligation("safe_search")) == ()


def test_what_is_met_by_an_address_needs_nothing_inside() -> None:
    by_address = frozenset({Obligation("safe_search", means=SAFE)})
    by_header = frozenset({Obligation("accounts", inside=True, means=HEADERS)})
    assert (safe_address(by_address), seen_inside(by_address)) == ("safe.example", False)
    assert (safe_address(by_header), seen_inside(by_header)) == ("", True)


def met(means: Means) -> frozenset[Obligation]:
    return frozenset({Obligation("any", means=means, control=control(only=means))})


def test_a_header_is_enough_where_a_request_is_seen_so_its_address_stays() -> None:
    both = Means("safe.example", (("video-restrict", "Strict"),))
    assert (safe_address_inside(met(both)), safe_address(met(both))) == ("", "safe.example")
    assert safe_address_inside(met(SAFE)) == "safe.example"
    assert safe_address_inside(met(Means("safe.example", (), (("a", "b"),)))) == "safe.example"
    assert safe_address_inside(frozenset({Obligation("inspect", inside=True)})) == ""
