"""`saywhy handshakes`, from logs as the filter writes them."""

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from saywhy.observe.handshake_log import NONE, HandshakeRecord
from tests.cli.conftest import Say

NOW = datetime.now(UTC)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


def write(state: Path, *records: HandshakeRecord) -> None:
    for one in records:
        with (state / f"handshakes-{one.at:%Y-%m-%d}.jsonl").open("ab") as file:
            file.write(one.line())


def ended(device: str, host: str, days_ago: int = 0) -> HandshakeRecord:
    return HandshakeRecord(NOW - timedelta(days=days_ago), "Library", device, host, 443, "unknown_ca")


def test_without_any_it_says_so(say: Say, state: Path) -> None:
    said = say("handshakes", "--state", state)
    assert said.exit_code == 0
    assert said.output.startswith(
        "Nothing shows that a device or program refuses the school's certificate in the last 7 days"
    )


def test_a_device_is_named_with_what_it_says(say: Say, state: Path) -> None:
    write(state, ended("10.0.0.1", "a.example"), ended("10.0.0.1", "b.example"))
    output = say("handshakes", "--state", state).output
    assert "  10.0.0.1 (Library): a.example, b.example; it says unknown_ca, last on" in output
    assert "saywhy-ca.pem" in output


def test_only_the_days_that_are_asked_for_count(say: Say, state: Path) -> None:
    write(state, ended("10.0.0.1", "a.example", 3))
    assert "10.0.0.1" in say("handshakes", "--state", state).output
    assert "10.0.0.1" not in say("handshakes", "--state", state, "--days", 2).output


def test_a_request_that_was_looked_into_tells_a_program_from_a_device(say: Say, state: Path) -> None:
    write(state, *[ended("10.0.0.1", "bank.example")] * 3)
    line = {"device": "10.0.0.1", "method": "GET", "scheme": "https", "host": "b.example", "port": 443, "path": "/"}
    log = state / f"decisions-{NOW:%Y-%m-%d}.jsonl"
    log.write_text(json.dumps(line | {"method": "CONNECT", "path": ""}, separators=(",", ":")) + "\n")
    assert "  10.0.0.1 (Library)" in say("handshakes", "--state", state).output
    with log.open("a") as file:
        file.write(json.dumps(line, separators=(",", ":")) + "\n")
    output = say("handshakes", "--state", state).output
    assert "  bank.example: 1 device, 3 times; they say unknown_ca" in output
    assert "10.0.0.1" not in output


def test_what_is_looked_into_at_the_same_host_is_compared(say: Say, state: Path) -> None:
    write(state, *[ended("10.0.0.1", "bank.example")] * 3)
    with (state / f"decisions-{NOW:%Y-%m-%d}.jsonl").open("w") as log:
        for device, host in (("10.0.0.1", "b.example"), ("10.0.0.2", "bank.example")):
            line = {"device": device, "method": "GET", "scheme": "https", "host": host, "port": 443, "path": "/"}
            log.write(json.dumps(line, separators=(",", ":")) + "\n")
    assert "Nothing shows" in say("handshakes", "--state", state).output


def test_one_that_came_to_its_end_is_not_counted_as_ended(say: Say, state: Path) -> None:
    write(state, replace(ended("10.0.0.1", "a.example"), alert=NONE))
    assert json.loads(say("handshakes", "--state", state, "--json").output)["handshakes"] == 0


def test_lines_that_cannot_be_read_are_counted(say: Say, state: Path) -> None:
    write(state, ended("10.0.0.1", "a.example"))
    with (state / f"handshakes-{NOW:%Y-%m-%d}.jsonl").open("ab") as file:
        file.write(b'{"time": "20')
    assert json.loads(say("handshakes", "--state", state, "--json").output)["unreadable"] == 1


def test_a_compressed_log_that_was_cut_off_is_told_and_the_rest_is_shown(say: Say, state: Path) -> None:
    write(state, ended("10.0.0.1", "a.example"))
    packed = gzip.compress(ended("10.0.0.2", "b.example", 1).line() * 500)
    (state / f"handshakes-{NOW - timedelta(days=1):%Y-%m-%d}.jsonl.gz").write_bytes(packed[:-20])
    said = say("handshakes", "--state", state)
    assert said.exit_code == 0
    assert "10.0.0.1" in said.output
    assert "cannot be read to its end" in said.output + said.stderr


def test_a_state_folder_that_is_not_there_is_an_error(say: Say, tmp_path: Path) -> None:
    assert say("handshakes", "--state", tmp_path / "none").exit_code == 2
