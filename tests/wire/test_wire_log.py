"""The decision log of a real run: every line is as its schema says, comes out again as it did, and survives a kill."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress

import jsonschema
import pytest
from typer.testing import CliRunner

from saywhy.cli.file_kinds import file_kinds
from saywhy.cli.main import app
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import FilterProcess, read_all, read_head
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get

PLAIN = ("good.test/a", "blocked.test/", "www.blocked.test/", "paths.test/shorts/1", "paths.test/other", "locked.test/x", "nowhere.test/",
    "private.test/")  # fmt: skip


@pytest.fixture(scope="module")
def logged(
    shared_origin: Origin, test_authority: TestAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FilterProcess]:
    """A filter that many things were asked of, of each way."""
    process = FilterProcess(tmp_path_factory.mktemp("logged"), shared_origin.port, test_authority.path)
    process.start()
    port = process.origin_port
    for source in ("127.0.0.1", "127.0.99.1"):
        for address in PLAIN:
            host, _, path = address.partition("/")
            with process.connect(source) as connection:
                connection.sendall(get(f"{host}:{port}", f"http://{host}:{port}/{path}?q=secret"))
                read_all(connection)
        for host in ("good.test", "blocked.test", "fine.test", "expired.test"):
            with process.tunnel(host, source=source) as connection:
                connection.sendall(get(f"{host}:{port}", "/in?q=secret", headers="Referer: https://page.test/\r\n"))
                read_all(connection)
    with suppress(OSError):
        process.tunnel("fine.test", alpn=["imap"])
    with process.connect() as connection:
        connection.sendall(get("127.0.0.1:9", "http://127.0.0.1:9/last"))
        read_all(connection)
    process.wait_for(lambda: "/last" in process.decisions and '"refuse"' in process.decisions, "the lines")
    yield process
    process.stop()


def run(process: FilterProcess, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["log", "--state", str(process.state), *words])
    return done.exit_code, done.output


def test_every_line_is_as_the_schema_says(logged: FilterProcess) -> None:
    check = jsonschema.Draft202012Validator(file_kinds()["log"].schema())
    lines = [json.loads(line) for line in logged.decisions.splitlines()]
    assert [error.message for line in lines for error in check.iter_errors(line)] == []
    assert {line["way"] for line in lines} == {"relay", "inspect", "plain", "refuse"}
    assert {line["reason"] for line in lines} >= {"rule", "locked", "default", "private-address", "protocol-refused"}
    assert "secret" not in logged.decisions


def test_ways_are_told_apart_as_in_figures(logged: FilterProcess) -> None:
    _, relayed = run(logged, "--way", "relay", "--json")
    assert {(one["host"], one["path"]) for one in map(json.loads, relayed.splitlines())} == {
        ("fine.test", ""),
        ("blocked.test", ""),  # staff may
    }
    _, inspected = run(logged, "--way", "inspect", "--host", "good.test", "--json")
    assert {one["path"] for one in map(json.loads, inspected.splitlines())} == {"/in"}


def test_every_line_comes_out_again_as_it_did(logged: FilterProcess) -> None:
    code, said = run(logged, "--replay", "--json")
    counts = json.loads(said)
    assert code == 0, said
    assert counts.keys() == {"same", "resolved"} | (counts.keys() & {"fault"})
    assert counts["resolved"] == 2, "a name that leads to a private address, from each place"
    assert sum(counts.values()) == len(logged.decisions.splitlines())


def test_what_a_page_did_not_get_is_told_with_what_would_mend_it(logged: FilterProcess) -> None:
    code, said = run(logged, "--page", "page.test")
    assert code == 0
    assert "blocked.test: once on 1 device, last on" in said
    assert "a rule above blocked that allows {apps: [blocked]}" in said


def test_of_what_a_killed_process_had_answered_only_the_last_moment_is_missing(
    own_filter: FilterProcess, origin: Origin
) -> None:
    own_filter.start()
    host, answered = f"good.test:{origin.port}", list[float]()
    with own_filter.connect() as connection:

        def ask() -> None:
            connection.sendall(get(host, f"http://{host}/number/{len(answered)}"))
            assert read_all(connection)
            answered.append(time.monotonic())

        while '"path":"/number/9"' not in own_filter.decisions:
            ask()
        for _ in range(30):
            ask()
        os.kill(own_filter.worker_pid(), signal.SIGKILL)
        killed = time.monotonic()
        read_head(connection)
    own_filter.wait_for(lambda: "starting it again" in own_filter.output, "the supervisor to notice")
    paths = [json.loads(line)["path"] for line in own_filter.decisions.splitlines()]
    written = [f"/number/{number}" for number in range(len(paths))]
    assert paths == written, "whole lines, in order, none left out in between"
    missing = answered[len(paths) :]
    assert all(killed - at < 1 for at in missing), "0.1 s, and what a busy machine takes"
