"""What the self-test makes of proxies that are no filter: only Saywhy's own page with a reference is blocked."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from saywhy.policy.address import canonical_url
from saywhy.proxy.lane.own_origin import TOLD
from saywhy.serve.selfcheck.checks import WAYS, Check, tried
from saywhy.serve.selfcheck.outcome import Outcome, found_at, read
from saywhy.serve.selfcheck.through_proxy import Came, ThroughProxy
from tests.serve.selfcheck.open_proxy import OpenProxy
from tests.wire.certificates import TestAuthority

type Made = Callable[..., ThroughProxy]
OUR_PAGE = '<title>Not open</title><main id="explanation"><code dir="ltr">K7-42QX-9M</code>'
OTHER = canonical_url("https://other.example/")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TestAuthority:
    return TestAuthority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def through(authority: TestAuthority) -> Iterator[Made]:
    made: list[OpenProxy] = []

    def make(body: str, status: int = 200, tunnel: int = 200, roots: Path | None = authority.path) -> ThroughProxy:
        made.append(OpenProxy(authority, body, status, tunnel))
        return ThroughProxy("127.0.0.1", made[-1].port, roots)

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize("check", [Check.BLOCKED, Check.BLOCKED_PLAIN, Check.SEALED])
def test_a_filter_that_lets_all_through_fails(through: Made, check: Check) -> None:
    result = tried(check, through(f"{TOLD}\n\n"))
    assert result.let_through
    assert "LET THROUGH" in result.wrong


@pytest.mark.parametrize("check", list(Check))
def test_what_cannot_be_reached_is_never_blocked(check: Check) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port: int = gone.getsockname()[1]
    result = tried(check, ThroughProxy("127.0.0.1", port))
    assert (result.found.outcome, result.let_through) == (Outcome.UNREACHABLE, False)
    assert "could not be reached" in result.wrong


@pytest.mark.parametrize("check", [one for one in Check if one is not Check.BLOCKED_HTTP2])
def test_another_filters_page_is_not_ours(through: Made, check: Check) -> None:
    result = tried(check, through("<title>Blocked by another</title>", 403))
    assert result.found.outcome is Outcome.ELSEWHERE
    assert "something other than Saywhy answered: Blocked by another" in result.wrong


def test_what_is_refused_before_tls_is_read(through: Made) -> None:
    result = tried(Check.BLOCKED, through("", tunnel=407))
    assert (result.found.outcome, result.let_through) == (Outcome.ELSEWHERE, False)


def test_a_certificate_that_is_not_trusted_is_told_as_such(through: Made) -> None:
    result = tried(Check.ALLOWED_INSPECTED, through(TOLD, roots=None))
    assert result.found.outcome is Outcome.NOT_TRUSTED
    assert "the certificate is not trusted here" in result.wrong


def test_what_should_be_passed_on_unseen_and_is_looked_into_is_wrong(through: Made) -> None:
    assert tried(Check.ALLOWED_INSPECTED, through(f"{TOLD}\nabc\n")).wrong == ""
    assert "it was looked into" in tried(Check.ALLOWED_RELAYED, through(f"{TOLD}\nabc\n")).wrong


def test_a_proxy_without_http2_does_not_pass_for_blocked(through: Made) -> None:
    result = tried(Check.BLOCKED_HTTP2, through(TOLD))
    assert result.found.outcome is Outcome.UNREACHABLE


@pytest.mark.parametrize(
    ("status", "body", "ours", "outcome"),
    [
        (403, OUR_PAGE, True, Outcome.BLOCKED),
        (403, OUR_PAGE, False, Outcome.BLOCKED),
        (403, OUR_PAGE.replace("K7-42QX-9M", ""), False, Outcome.FAULT),  # a page without a reference
        (502, OUR_PAGE, False, Outcome.FAULT),
        (503, "<h1>We could not check this page</h1>", False, Outcome.FAULT),
        (200, f"{TOLD}\n\n", True, Outcome.LET_THROUGH),
        (200, "anything else", True, Outcome.ELSEWHERE),  # a network that signs people in
        (200, "a page", False, Outcome.LET_THROUGH),
        (404, "a page", False, Outcome.LET_THROUGH),
        (403, "a page", False, Outcome.ELSEWHERE),
        (407, "", False, Outcome.ELSEWHERE),
    ],
)
def test_an_answer_is_read(status: int, body: str, ours: bool, outcome: Outcome) -> None:
    found = read(Came(status, body), ours=ours)
    assert (found.outcome, found.reference) == (outcome, "K7-42QX-9M" if outcome is Outcome.BLOCKED else "")


def test_any_address_can_be_asked_for(through: Made) -> None:
    assert found_at(through("hello"), OTHER).outcome is Outcome.LET_THROUGH
    assert found_at(through(OUR_PAGE, 403), OTHER).reference == "K7-42QX-9M"


def test_there_is_a_way_for_each() -> None:
    assert WAYS.keys() == set(Check)
