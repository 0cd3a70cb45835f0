"""`saywhy selfcheck`: what is tried, what it says of it, and the record that is kept."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from saywhy.proxy.lane.own_origin import TOLD
from tests.cli.conftest import Say
from tests.cli.test_cli_account import keep
from tests.serve.selfcheck.open_proxy import OpenProxy
from tests.wire.certificates import TestAuthority

NOWHERE = "127.0.0.1:1"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, on a machine that names no proxy."""
    for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[OpenProxy]:
    made = OpenProxy(TestAuthority(tmp_path), f"{TOLD}\n")
    yield made
    made.close()


def test_nothing_that_cannot_be_reached_counts_as_blocked(say: Say) -> None:
    done = say("selfcheck", "--via", NOWHERE, "--by", "IT support", "--device", "tablet", "--place", "Library")
    assert done.exit_code == 1
    assert "by IT support, on tablet, Library\nThrough http://127.0.0.1:1, as this device\n" in done.stdout
    assert "WRONG  blocked: what is closed to everybody: it could not be reached, which does not mean that it is blocked" in done.stdout  # fmt: skip
    assert "No policy could be asked on this machine, so no group was decided for." in done.stdout
    assert "8 checks through the filter, 0 by decision: 8 NOT as expected." in done.stdout


def test_what_lets_all_through_is_told(say: Say, proxy: OpenProxy) -> None:
    done = say(
        "selfcheck", "--via", f"http://127.0.0.1:{proxy.port}", "--blocked", "http://a.example/x?q", "--allowed", "http://b.example/"
    )  # fmt: skip
    assert done.exit_code == 1
    assert "WRONG  blocked-plain: the same without TLS: it was LET THROUGH" in done.stdout
    assert "ok     allowed-plain: let-through (what is open, without TLS)" in done.stdout
    assert "WRONG  http://a.example/x: it was LET THROUGH" in done.stdout
    assert "ok     http://b.example/: let-through" in done.stdout
    assert "?q" not in done.stdout  # no query is kept anywhere


def test_groups_are_decided_for_on_the_filters_machine(say: Say, policies: Path, elsewhere: Path) -> None:
    keep(policies, elsewhere / "state")
    record = elsewhere / "checks.jsonl"
    for _ in range(2):
        done = say("selfcheck", "--via", NOWHERE, "--group", "year7", "--record", record, "--json")
        assert done.exit_code == 1
    told = json.loads(done.stdout)
    kept = [json.loads(line) for line in record.read_text().splitlines()]
    assert (len(kept), kept[1]) == (2, told)
    assert (told["result"], told["via"]) == ("wrong", "http://127.0.0.1:1")
    assert {"at", "by", "device", "place", "policy"} < told.keys()
    decided = {one["what"]: one for one in told["checks"] if one["how"] == "decision"}
    assert {one["group"] for one in decided.values()} == {"year7"}
    illegal = decided["illegal"]
    assert (illegal["outcome"], illegal["good"], illegal["expected"]) == ("block", True, "blocked")
    assert illegal["detail"] == "by the filter itself, as no sealed lists are in force here"
    assert (decided["self-harm"]["good"], decided["self-harm"]["detail"]) == (False, "by rule default")
    text = say("selfcheck", "--via", NOWHERE, "--group", "year7").stdout
    assert "WRONG  self-harm: allow, expected blocked (by rule default)" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "no filter runs here and this system names no proxy"),
        (("--via", "filter"), "is no address of a proxy"),
        (("--via", "https://filter.example:1"), "is no address of a proxy"),
        (("--via", "filter:port"), "is no address of a proxy"),
        (("--via", NOWHERE, "--ca", "none.pem"), "there is no file none.pem"),
        (("--via", NOWHERE, "--blocked", "http://"), "--blocked"),
        (("--via", NOWHERE, "--group", "year7"), "no policy is in force on this machine"),
    ],
)
def test_what_cannot_be_tried_is_said(say: Say, arguments: tuple[str, ...], said: str) -> None:
    done = say("selfcheck", *arguments)
    assert done.exit_code == 2
    assert said in " ".join(done.output.replace("│", " ").split())


def test_a_group_that_is_not_there_and_a_record_that_cannot_be_kept(say: Say, policies: Path, elsewhere: Path) -> None:
    keep(policies, elsewhere / "state")
    assert "there is no group" in say("selfcheck", "--via", NOWHERE, "--group", "year77").output
    done = say("selfcheck", "--via", NOWHERE, "--record", elsewhere)
    assert done.exit_code == 1
    assert "the record below was not kept" in done.output
    assert "Checked on" in done.output


def test_the_proxy_of_the_environment_is_taken(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", f"http://{NOWHERE}")
    assert "Through http://127.0.0.1:1, as this device" in say("selfcheck").stdout
