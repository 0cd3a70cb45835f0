"""What an allow carries, on the wire: origins of our own stand for a service and for its safe address."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import POLICY, FilterProcess, read_all, read_head
from tests.wire.http1_client import Http1Client
from tests.wire.http2_client import Http2Client
from tests.wire.mitmdump_process import Mitmdump
from tests.wire.origin import Origin, everywhere
from tests.wire.test_wire_blocked import get
from tests.wire.test_wire_relay import issuer

PUPIL, STAFF = "127.0.0.1", "127.0.99.1"
HOSTS = {
    "engine.test": "127.0.0.12",
    "www.engine.test": "127.0.0.12",
    "safe.engine.test": "127.0.0.13",
    "inside.test": "127.0.0.14",
    "safe.inside.test": "127.0.0.15",
    "h2.inside.test": "127.0.0.14",
    "query.test": "127.0.0.16",
    "plain.test": "127.0.0.17",
    "video.test": "127.0.0.18",
    "h2.video.test": "127.0.0.18",
    "moderate.video.test": "127.0.0.19",
    "strict.video.test": "127.0.0.20",
    "cloud.test": "127.0.0.21",
    "login.cloud.test": "127.0.0.21",
    "lost.test": "127.0.0.22",
    "reader.test": "127.0.0.23",
}
OBLIGED = """
categories:
  search-engines: {label: Search engines, domains: [engine.test, inside.test, query.test, plain.test, lost.test, big.engine.test]}
carriers:
  reader: {domains: [reader.test], addresses: ["/read?u={address}"]}
apps:
  engine: {domains: [engine.test], controls: {safe_search: {hosts: [engine.test, www.engine.test], closed: [lite.engine.test], address: safe.engine.test}}}
  inside: {domains: [inside.test], controls: {safe_search: {address: safe.inside.test}}}
  query: {domains: [query.test], controls: {safe_search: {parameters: {safe: active, vm: r}}}}
  lost: {domains: [lost.test], controls: {safe_search: {address: nowhere.lost.test}}}
  video:
    domains: [video.test]
    controls:
      restricted:
        levels:
          moderate: {address: moderate.video.test, headers: {Video-Restrict: Moderate}}
          strict: {address: strict.video.test, headers: {Video-Restrict: Strict}}
  cloud:
    domains: [cloud.test]
    controls:
      accounts: {headers: {Cloud-Allowed: "{accounts}", Cloud-Asks: "{id}"}, refused_at: [login.cloud.test/refused], refused_with: [403]}
rules:
  - id: paths-of-inside
    block: {urls: [inside.test/never-there, video.test/never-there]}
    why: {risk: This is never there.}
    instead: [watch]
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
  - id: staff-as-they-are
    allow: everything
    for: [staff]
  - id: kept
    allow: {apps: [video, cloud], categories: [search-engines]}
    for: [students]
    safe_search: true
    restricted: moderate
    accounts: {cloud: {allowed: [hillside.test, hillside-alumni.test], id: "42"}}
"""


@pytest.fixture(scope="module")
def services(test_authority: TestAuthority) -> Iterator[Origin]:
    origin = Origin(test_authority, everywhere())
    yield origin
    origin.close()


@pytest.fixture(scope="module")
def school(services: Origin, test_authority: TestAuthority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilterProcess]:  # fmt: skip
    process = FilterProcess(tmp_path_factory.mktemp("obliging"), services.port, test_authority.path)
    process.policy = with_obligations(POLICY)
    process.hosts = "".join(f"{address} {name}\n" for name, address in HOSTS.items())
    process.start()
    yield process
    process.stop()


def with_obligations(policy: str) -> str:
    before, _, rules = OBLIGED.partition("rules:\n")
    sections, _, apps = before.partition("apps:\n")
    return policy.replace("apps:\n", f"{sections.lstrip()}apps:\n{apps}", 1).replace("rules:\n", f"rules:\n{rules}", 1)


@pytest.fixture(autouse=True)
def nothing_seen(services: Origin) -> None:
    services.connections.clear()


def reached(services: Origin) -> set[str]:
    """The names of the machines that anything came to."""
    names = {address: name for name, address in reversed(HOSTS.items())}
    return {names[one.address] for one in services.connections if one.data or one.sni}


def fetched(process: FilterProcess, host: str, path: str = "/headers", source: str = PUPIL, **fields: str) -> bytes:
    with process.tunnel(host, source=source, alpn=["http/1.1"]) as connection:
        more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
        head = f"GET {path} HTTP/1.1\r\nHost: {host}:{process.origin_port}\r\nAccept: text/html\r\n{more}\r\n"
        connection.sendall(head.encode())
        return read_all(connection)


def assert_closed(answer: bytes) -> None:
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"This page comes from the web filter at Test School." in answer


@pytest.mark.parametrize("host", ["engine.test", "www.engine.test"])
def test_a_relayed_search_reaches_the_safe_address_and_nothing_else(
    school: FilterProcess, services: Origin, host: str
) -> None:
    with school.tunnel(host) as connection:
        assert "Test origins" in issuer(connection)  # not decrypted
        connection.sendall(get(f"{host}:{school.origin_port}", "/hello"))
        assert f"hello from {host}".encode() in read_all(connection)
    assert reached(services) == {"safe.engine.test"}
    assert {one.sni for one in services.connections} == {host}


def test_the_twin_without_the_obligation_is_untouched(school: FilterProcess, services: Origin) -> None:
    assert b"hello from engine.test" in fetched(school, "engine.test", "/hello", STAFF)
    assert reached(services) == {"engine.test"}
    services.connections.clear()
    answer = fetched(school, "query.test", "/headers?q=a&safe=off", STAFF, Video_Restrict="Own")
    assert b"GET /headers?q=a&safe=off " in answer
    assert b"Video-Restrict: Own" in answer


def test_what_is_decrypted_for_its_paths_reaches_the_safe_address_as_well(
    school: FilterProcess, services: Origin
) -> None:
    with school.tunnel("inside.test") as connection:
        assert "Test School" in issuer(connection)
        connection.sendall(get(f"inside.test:{school.origin_port}", "/hello"))
        assert b"hello from inside.test" in read_all(connection)
    assert reached(services) == {"safe.inside.test"}
    assert {one.sni for one in services.connections} == {"inside.test"}
    assert_closed(fetched(school, "inside.test", "/never-there"))


def test_and_over_http2(school: FilterProcess, services: Origin) -> None:
    with Http2Client(school, "h2.inside.test") as connection:
        streams = [connection.ask("/hello") for _ in range(3)]
        assert all(connection.answer(one).status == 200 for one in streams)
    assert reached(services) == {"safe.inside.test"}


def test_without_encryption_it_goes_there_too(school: FilterProcess, services: Origin) -> None:
    address = f"http://engine.test:{school.origin_port}/hello"
    with school.connect() as connection:
        connection.sendall(get(f"engine.test:{school.origin_port}", address))
        assert b"hello from engine.test" in read_all(connection)
    assert reached(services) == {"safe.engine.test"}


def test_pupils_and_staff_behind_one_connection_to_the_proxy_share_no_way(
    school: FilterProcess, services: Origin
) -> None:
    for source, place in ((PUPIL, "safe.engine.test"), (STAFF, "engine.test"), (PUPIL, "safe.engine.test")):
        services.connections.clear()
        with school.connect(source) as connection:
            connection.sendall(get(f"engine.test:{school.origin_port}", f"http://engine.test:{school.origin_port}/"))
            assert read_all(connection)
        assert reached(services) == {place}


@pytest.mark.parametrize(
    "query", ["?q=a", "?q=a&safe=off", "?safe=off&q=a", "?q=a&SAFE=off&%73afe=off", "?vm=p&q=a&vm=", "?q=a&+safe=x"]
)
def test_parameters_take_the_place_of_the_clients_own(school: FilterProcess, query: str) -> None:
    assert b"GET /headers?q=a&safe=active&vm=r HTTP" in fetched(school, "query.test", f"/headers{query}")


def test_an_address_without_a_query_gets_one_and_others_stay_as_they_were(school: FilterProcess) -> None:
    assert b"GET /headers?safe=active&vm=r HTTP" in fetched(school, "query.test", "/headers")
    odd = "/headers?a=%2F%20b&&c&unsafe=1&q=safe=off"
    assert b"GET /headers?a=%2F%20b&&c&unsafe=1&q=safe=off&safe=active&vm=r HTTP" in fetched(school, "query.test", odd)


@pytest.mark.parametrize("own", ["Strict", "Moderate", "off"])
def test_a_header_takes_the_place_of_the_clients_own(school: FilterProcess, services: Origin, own: str) -> None:
    answer = fetched(school, "video.test", VIDEO_RESTRICT=own)
    assert answer.lower().count(b"video-restrict: ") == 1
    assert b"video-restrict: Moderate" in answer
    assert reached(services) == {"video.test"}  # what is seen inside has the header, and needs no other address


@pytest.mark.parametrize(
    "said",
    [
        "Video-Restrict",
        "video-restrict",
        "keep-alive, VIDEO-RESTRICT",
        "keep-alive\r\nConnection: Video-Restrict",
        "close,video-restrict ,",
    ],
)
def test_nor_can_a_client_have_it_taken_out_on_the_way(school: FilterProcess, said: str) -> None:
    assert b"video-restrict: Moderate" in fetched(school, "video.test", Connection=said)
    answer = fetched(
        school, "login.cloud.test", Connection=said.replace("ideo-", "ideo-X, Cloud-Allowed, cloud-asks, ")
    )
    assert b"cloud-allowed: hillside.test,hillside-alumni.test" in answer
    assert b"cloud-asks: 42" in answer
    host = f"video.test:{school.origin_port}"
    with school.connect() as connection:  # without encryption
        head = f"GET http://{host}/headers HTTP/1.1\r\nHost: {host}\r\nConnection: {said}\r\n\r\n"
        connection.sendall(head.encode())
        assert b"video-restrict: Moderate" in read_all(connection)


def test_an_upgrade_still_reaches_the_origin(school: FilterProcess) -> None:
    upgrade = {
        "Upgrade": "websocket", "Connection": "Upgrade, Video-Restrict", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    with school.tunnel("video.test", alpn=["http/1.1"]) as connection:
        fields = "".join(f"{name}: {value}\r\n" for name, value in upgrade.items())
        connection.sendall(f"GET /ws HTTP/1.1\r\nHost: video.test:{school.origin_port}\r\n{fields}\r\n".encode())
        assert b" 101 " in read_head(connection)[:20]


def test_and_over_http2_to_an_origin_that_speaks_it(school: FilterProcess, services: Origin) -> None:
    with Http2Client(school, "h2.video.test") as connection:
        stream = connection.ask("/hello", fields=[("video-restrict", "off")])
        assert connection.answer(stream).status == 200
        stream = connection.ask("/hello", "POST", pieces=[b"body"], trailers=[("video-restrict", "off")])
        assert connection.answer(stream).status == 200
    seen = services.bytes_for("h2.video.test")
    assert b"'video-restrict': 'Moderate'" in seen
    assert b"off" not in seen


def test_only_the_schools_accounts_are_let_in(school: FilterProcess) -> None:
    answer = fetched(school, "login.cloud.test", Cloud_Allowed="else.test", cloud_asks="1")
    assert answer.lower().count(b"cloud-allowed") == 1
    assert b"cloud-allowed: hillside.test,hillside-alumni.test" in answer
    assert b"cloud-asks: 42" in answer
    assert b"else.test" not in answer


def test_a_wrong_account_is_explained_where_the_service_sends_it(school: FilterProcess, services: Origin) -> None:
    page = fetched(school, "login.cloud.test", "/refused?continue=x")
    assert_closed(page)
    assert b"You can only use your school account here." in page
    assert not services.bytes_for("login.cloud.test")
    assert b" 200 " in fetched(school, "login.cloud.test", "/refused", STAFF)[:20]


def test_a_wrong_account_is_explained_where_the_service_refuses_it(school: FilterProcess, services: Origin) -> None:
    services.answers["/team"] = [b"HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nnot yours"]
    assert b"your school account" in fetched(school, "cloud.test", "/team")
    assert b"your school account" in fetched(school, "cloud.test", "/team", sec_fetch_dest="document")
    assert b"not yours" in fetched(school, "cloud.test", "/team", sec_fetch_dest="empty")  # a program of the page
    assert b"not yours" in fetched(school, "cloud.test", "/team", STAFF)


def test_such_a_request_has_one_line(school: FilterProcess, services: Origin) -> None:
    services.answers["/mine"] = [b"HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nnot yours"]
    assert b"your school account" in fetched(school, "cloud.test", "/mine")
    about = lambda: [one for one in map(json.loads, school.decisions.splitlines()) if one["path"] == "/mine"]  # noqa: E731
    school.wait_for(about, "its line")
    assert [(one["reason"], one["host"], one["effect"]) for one in about()] == [("account", "cloud.test", "block")]


@pytest.mark.parametrize("host", ["plain.test", "lite.engine.test"])
def test_an_engine_that_cannot_be_made_safe_is_closed_with_a_reason(
    school: FilterProcess, services: Origin, host: str
) -> None:
    page = fetched(school, host, "/")
    assert_closed(page)
    assert b"a safe setting, and that does not work here" in page
    assert not services.connections


def test_where_the_safe_address_is_not_found_nothing_goes_elsewhere(school: FilterProcess, services: Origin) -> None:
    answer = fetched(school, "lost.test", "/")
    assert b" 502 " in answer[:20]
    assert b"We could not find the safe way to this site" in answer
    assert not services.connections


def test_a_carrier_does_not_carry_around_it(school: FilterProcess, services: Origin) -> None:
    assert_closed(fetched(school, "reader.test", "/read?u=https://engine.test/search%3Fq%3Da"))
    assert not services.bytes_for("reader.test")


def test_a_relay_ends_when_another_way_is_asked_for(
    services: Origin, test_authority: TestAuthority, tmp_path: Path
) -> None:
    process = FilterProcess(tmp_path, services.port, test_authority.path)
    process.hosts = "".join(f"{address} {name}\n" for name, address in HOSTS.items())
    process.policy = with_obligations(POLICY).replace("    safe_search: true\n", "")
    process.start()
    try:
        with process.tunnel("engine.test") as relayed, Http1Client(process, "inside.test") as inspected:
            relayed.sendall(get(f"engine.test:{process.origin_port}", "/hello"))
            assert b"hello" in read_all(relayed)
            assert inspected.ask("/hello").status == 200
            assert reached(services) == {"engine.test", "inside.test"}
            services.connections.clear()
            process.write_policy(with_obligations(POLICY))
            relayed.settimeout(20)
            with suppress(OSError):
                assert relayed.recv(1) == b""
            assert inspected.ask("/hello").status == 200
        assert reached(services) == {"safe.inside.test"}
    finally:
        process.stop()


def test_inside_somebodys_own_mitmproxy(services: Origin, test_authority: TestAuthority, tmp_path: Path) -> None:
    process = Mitmdump(tmp_path, services.port, test_authority.path)
    process.hosts = "".join(f"{address} {name}\n" for name, address in HOSTS.items())
    process.policy = with_obligations(POLICY)
    process.start()
    try:
        assert b"hello from engine.test" in fetched(process, "engine.test", "/hello")
        assert reached(services) == {"safe.engine.test"}
        assert b"video-restrict: Moderate" in fetched(process, "video.test", Video_Restrict="off")
        assert b"safe=active" in fetched(process, "query.test")
        assert_closed(fetched(process, "plain.test", "/"))
    finally:
        process.stop()


def test_the_head_of_the_tunnel_is_the_same_whether_or_not(school: FilterProcess) -> None:
    for source in (PUPIL, STAFF):
        with school.connect(source) as connection:
            connection.sendall(b"CONNECT engine.test:%d HTTP/1.1\r\nHost: x\r\n\r\n" % school.origin_port)
            assert read_head(connection).startswith(b"HTTP/1.1 200")
