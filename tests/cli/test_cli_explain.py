import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from saywhy.cli.as_json import as_dict
from saywhy.cli.inquiry import inquire
from saywhy.cli.question import parse_target
from saywhy.decide.access import Access, subject_in
from saywhy.decide.engine import Engine
from saywhy.policy.address import AddressError
from saywhy.policy.reading.load import load_policy
from saywhy.serve.basis import Basis
from tests.cli.conftest import ROOT, Say, Shell

LESSON = "2026-11-23T10:00"
EVENING = "2026-11-23T18:00"


def answer(say: Say, policies: Path, url: str, asker: str = "year7", at: str = LESSON, *more: str) -> dict[str, Any]:
    done = say("explain", url, "--as", asker, "--at", at, "--policies", policies, "--json", *more)
    assert done.exit_code == 0, done.output
    loaded: dict[str, Any] = json.loads(done.output)
    return loaded


@pytest.mark.parametrize(
    ("url", "asker", "at", "effect", "reason", "rule"),
    [
        ("https://www.tiktok.com/@x", "year7", LESSON, "block", "rule", "tiktok"),
        ("www.tiktok.com", "staff", LESSON, "allow", "default", "default"),
        ("https://games.example/", "year7", LESSON, "block", "rule", "games"),
        ("https://games.example/", "year7", EVENING, "allow", "default", "default"),
        ("https://games.example/", "year7", "sunday 10:00", "allow", "default", "default"),
        ("http://bet.example/", "staff", EVENING, "block", "locked", "gambling"),
        ("https://videos.example/SHORTS/1", "10.30.7.9", LESSON, "block", "rule", "shorts"),
        ("https://videos.example/watch", "10.30.7.9", LESSON, "allow", "default", "default"),
        ("https://videos.example/shorts/1", "year7", LESSON, "allow", "default", "default"),
        ("https://example.org:8443/", "staff", LESSON, "block", "port", None),
        ("http://203.0.113.9/", "staff", LESSON, "block", "private-address", None),
        ("http://8.8.8.8/", "staff", LESSON, "block", "address-literal", None),
        ("http://192.0.2.7/", "staff", LESSON, "allow", "default", "default"),
        ("::1", "staff", LESSON, "block", "private-address", None),
    ],
)
def test_the_decision(
    say: Say, policies: Path, url: str, asker: str, at: str, effect: str, reason: str, rule: str | None
) -> None:
    given = answer(say, policies, url, asker, at)
    assert (given["effect"], given["reason"]) == (effect, reason)
    if rule != "default":
        assert given["rule"] == rule
    else:
        assert given["number"] == 0


def test_the_rule_has_its_number_file_and_line(say: Say, policies: Path) -> None:
    given = answer(say, policies, "tiktok.com")
    lines = (policies / "rules.yaml").read_text().splitlines()
    assert (given["number"], given["total"]) == (4, 5)
    assert given["file"] == str(policies / "rules.yaml")
    assert "id: tiktok" in lines[given["line"] - 1]


def test_each_rule_before_says_why_it_did_not_decide(say: Say, policies: Path) -> None:
    trace = answer(say, policies, "games.example", "staff", EVENING)["trace"]
    assert [(step["rule"], step["mismatch"]) for step in trace] == [
        ("gambling", "target"),
        ("games", "group"),
        ("shorts", "target"),
        ("tiktok", "target"),
        ("self-harm", "target"),
    ]
    assert trace[1]["because"] == "it is for students, not for staff"


@pytest.mark.parametrize(
    ("url", "asker", "at", "number", "because"),
    [
        ("tiktok.com", "staff", LESSON, 1, "it is about category gambling"),
        ("games.example", "year7", EVENING, 2, "it holds in lesson time, not on Monday at 18:00"),
        ("games.example", "10.99.0.1", LESSON, 2, "it is for students, not for people of no group"),
        ("videos.example/shorts/1", "year7", LESSON, 3, "it holds at Year 7 classrooms, not at an unknown place"),
        ("games.example:99", "year7", LESSON, 2, "it matches, but something stronger decides"),
    ],
)
def test_the_reasons_are_in_words(
    say: Say, policies: Path, url: str, asker: str, at: str, number: int, because: str
) -> None:
    trace = answer(say, policies, url, asker, at)["trace"]
    assert next(step["because"] for step in trace if step["number"] == number) == because


def test_what_the_address_is_names_the_line_that_says_so(say: Say, policies: Path) -> None:
    given = answer(say, policies, "www.bet.example")
    assert given["categories"] == ["gambling"]
    assert given["belongs"] == [
        {
            "kind": "category",
            "id": "gambling",
            "entry": "bet.example",
            "file": str(policies / "lists" / "gambling.txt"),
            "line": 2,
        }
    ]


def test_alternatives_are_those_that_this_reader_may_open(say: Say, policies: Path) -> None:
    given = answer(say, policies, "tiktok.com")
    assert [one["url"] for one in given["alternatives"]] == ["https://www.bbc.co.uk/bitesize?x=1"]
    assert [(one["name"], one["rule"]) for one in given["dropped"]] == [("TikTok for schools", "tiktok")]
    assert given["told"]["why"] == "TikTok collects a great deal about people."
    offer = ["this-lesson", "this-page"]
    assert given["ask"] == {"decides": ["it"], "signs_off": ["safeguarding"], "together": [], "offer": offer}


def test_places_that_a_page_has_no_room_for_are_told_apart(say: Say, policies: Path) -> None:
    more = "".join(f'      - {{name: Place {n}, url: "https://{n}.example/", trusted: Yes.}}\n' for n in range(3))
    (policies / "sites.yaml").write_text((policies / "sites.yaml").read_text() + more)
    given = answer(say, policies, "tiktok.com")
    assert [one["name"] for one in given["alternatives"]] == ["BBC Bitesize", "Place 0", "Place 1"]
    assert [(one["name"], one["because"]) for one in given["left_out"]] == [
        ("Place 2", "a page offers at most 3 places, each once")
    ]
    done = say("explain", "tiktok.com", "--as", "year7", "--policies", policies)
    assert "Not offered: Place 2 (short-videos), a page offers at most 3 places" in done.output


def test_a_page_that_cares_has_no_room_for_places(say: Say, policies: Path) -> None:
    rules = (policies / "rules.yaml").read_text()
    (policies / "rules.yaml").write_text(rules.replace("    help:", "    instead: [short-videos]\n    help:"))
    given = answer(say, policies, "harm.example")
    assert {one["because"] for one in given["left_out"]} == {"a page that cares names people, not places"}
    assert given["alternatives"] == given["dropped"] == []


def test_several_groups_are_written_with_commas_or_plus(say: Say, policies: Path) -> None:
    assert answer(say, policies, "tiktok.com", "staff + year7") == answer(say, policies, "tiktok.com", "staff,year7")


def test_the_name_alone_may_leave_the_answer_open(say: Say, policies: Path) -> None:
    given = answer(say, policies, "https://videos.example/shorts/1", "10.30.7.9", LESSON, "--host-only")
    assert given["url"] is None
    assert given["needs_url"] is True
    assert next(step["mismatch"] for step in given["trace"] if step["rule"] == "shorts") == "needs-url"


def test_the_name_alone_may_leave_open_what_an_address_is(say: Say, policies: Path) -> None:
    sites = (policies / "sites.yaml").read_text()
    (policies / "sites.yaml").write_text(sites.replace("apps:\n", 'apps:\n  clips: {urls: ["videos.example/c/*"]}\n'))
    done = say("explain", "videos.example", "--as", "year7", "--policies", policies, "--host-only")
    assert "  perhaps app clips: that depends on the path\n" in done.output


def test_a_page_that_cares_tells_whom_to_turn_to(say: Say, policies: Path) -> None:
    given = answer(say, policies, "harm.example")
    assert given["told"]["kind"] == "care"
    assert [one["name"] for one in given["told"]["help"]] == ["Mrs Okafor"]


def test_every_key_is_documented(say: Say, policies: Path) -> None:
    text = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    given = answer(say, policies, "tiktok.com")
    parts = [given, given["belongs"][0], given["trace"][0], given["told"], given["alternatives"][0], given["ask"]]
    keys = {key for part in [*parts, given["dropped"][0]] for key in part}
    assert {key for key in keys if f"`{key}`" not in text} == set()


def test_the_text_has_the_answer_first_and_then_why(say: Say, policies: Path) -> None:
    done = say("explain", "https://www.tiktok.com/@x", "--as", "year7,students", "--at", LESSON, "--policies", policies)
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert lines[0] == "Blocked: https://www.tiktok.com/@x"
    assert lines[1] == "  for Year 7, Students (reads as: secondary), Monday 23 November 2026 at 10:00"
    assert lines[2].startswith(f"  by rule 4 of 5, tiktok ({policies / 'rules.yaml'}:")
    assert lines[3] == "  because: the first rule that matches [rule]"
    for said in (
        "1  gambling: it is about category gambling",
        f"app tiktok: tiktok.com ({policies / 'sites.yaml'}:5)",
        "TikTok collects a great deal about people.",
        "A version without tracking.",
        "Decided by Senior leadership team on 03 September 2026.",
        "Watch short, funny videos: BBC Bitesize",
        "Not offered: TikTok for schools (short-videos), blocked for this reader by rule 4 of 5",
        "An exception is decided by: IT support, Safeguarding lead.",
        "Answered from the folder ",
    ):
        assert said in done.output


def test_an_allowed_address_is_no_refusal_in_words_either(say: Say, policies: Path) -> None:
    done = say("explain", "example.org", "--as", "10.99.0.1", "--at", LESSON, "--policies", policies)
    assert done.output.startswith("Allowed: https://example.org/\n  for somebody of no group (reads as: adult)")
    assert "What its reader is told" not in done.output
    assert "nothing that the policy lists" in done.output


def test_without_a_time_it_is_now(say: Say, policies: Path) -> None:
    assert say("explain", "example.org", "--as", "staff", "--policies", policies).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tiktok.com",), "--as"),
        (("tiktok.com", "--as", "yaer7"), "did you mean 'year7'?"),
        (("tiktok.com", "--as", "year7", "--at", "soon"), "is no time"),
        (("ftp://tiktok.com/", "--as", "year7"), "only http, https, ws and wss"),
        (("", "--as", "year7"), "not a web address"),
        (("https://", "--as", "year7"), "not a web address"),
        (("javascript:alert(1)", "--as", "year7"), "not a"),
    ],
)
def test_what_was_not_understood_ends_with_2(say: Say, policies: Path, arguments: tuple[str, ...], said: str) -> None:
    done = say("explain", *arguments, "--policies", policies)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_a_policy_with_problems_ends_with_1_and_their_places(say: Say, policies: Path) -> None:
    (policies / "more.yaml").write_text("rulez: []\n")
    done = say("explain", "tiktok.com", "--as", "year7", "--policies", policies, "--json")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert f"{policies / 'more.yaml'}:1:1: unknown key 'rulez'" in done.stderr


def test_it_is_the_same_answer_as_that_of_the_function_that_the_proxy_calls(say: Say, policies: Path) -> None:
    policy = load_policy(policies)
    at = datetime.fromisoformat(LESSON).replace(tzinfo=policy.school.timezone)
    access = Access(subject_in(policy, ("year7",)), parse_target("tiktok.com", host_only=False), at)
    basis = Basis(Engine(policy), policies, f"the folder {policies}", None)
    assert answer(say, policies, "tiktok.com") == json.loads(json.dumps(as_dict(inquire(basis, access))))


def test_as_a_program_it_reads_the_folder_policies_here(
    shell: Shell, policies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(policies.parent)
    done = shell("explain", "tiktok.com", "--as", "year7", "--at", LESSON, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["file"] == str(Path("policies", "rules.yaml"))


@pytest.mark.parametrize("text", ["http://", "a b", "https://exa mple/"])
def test_a_target_that_no_browser_could_open_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        parse_target(text, host_only=False)


@pytest.mark.parametrize(
    ("url", "way", "because"),
    [
        ("https://plain.example/x", "relay", "relayed unseen: nothing inside it matters to this policy"),
        ("https://bank.example/x", "relay", "relayed unseen: this site is never decrypted (`inspection`)"),
        ("https://club.example/", "relay", "relayed unseen: programs of the app club refuse a school's certificate"),
        ("https://videos.example/watch", "inspect", "decrypted: what is allowed here depends on the path"),
        ("https://shown.example/", "inspect", "decrypted: `inspection` says so of this site"),
        ("https://tiktok.com/", "inspect", "decrypted, so that a page can be shown; nothing of it goes to the site"),
        (
            "https://bank.games.example/",
            "refuse",
            "refused unseen: this site is never decrypted (`inspection`), so no page can be shown inside it",
        ),
    ],
)
def test_what_becomes_of_the_connection(say: Say, policies: Path, url: str, way: str, because: str) -> None:
    (policies / "inspection.yaml").write_text(
        "inspection:\n  never: {domains: [bank.example, bank.games.example]}\n  always: {domains: [shown.example]}\n"
        "apps: {club: {domains: [club.example], pins: true}}\n"
    )
    given = answer(say, policies, url, "10.30.7.9")
    protocols = "" if way == "refuse" else "the web's alone; others are refused, and that is logged"
    assert given["connection"] == {"way": way, "because": because, "protocols": protocols}
    done = say("explain", url, "--as", "10.30.7.9", "--at", LESSON, "--policies", policies)
    assert f"  connection: {because}" in done.output.splitlines()
    assert ("  protocols: " in done.output) == bool(protocols)


@pytest.mark.parametrize(
    ("url", "protocols"),
    [
        (
            "https://push.example/",
            "the web's and, for the app push, apns-security-v3, apns-pack-v1; others are refused",
        ),
        ("https://talk.example/", "the web's and, for the app talk, whatever else it speaks; others are refused"),
        ("https://shown.example/", "the web's alone; others are refused"),  # decrypted, and then it is HTTP or nothing
    ],
)
def test_what_an_app_speaks_besides_is_told(say: Say, policies: Path, url: str, protocols: str) -> None:
    (policies / "inspection.yaml").write_text(
        "inspection: {always: {domains: [shown.example]}}\n"
        "apps:\n"
        "  push: {domains: [push.example], protocols: [apns-security-v3, apns-pack-v1]}\n"
        "  talk: {domains: [talk.example, shown.example], protocols: [anything]}\n"
    )
    given = answer(say, policies, url, "10.30.7.9")
    assert given["connection"]["protocols"].startswith(protocols)


def test_a_request_that_would_not_be_seen_is_said_to_pass(say: Say, policies: Path) -> None:
    rule = (
        (policies / "rules.yaml").read_text().replace("categories: [gambling]", "categories: [gambling, encrypted-dns]")
    )
    (policies / "rules.yaml").write_text(rule)
    given = answer(say, policies, "https://plain.example/dns-query?dns=AAAB")
    assert (given["effect"], given["signs"], given["connection"]["way"]) == ("block", ["encrypted-dns"], "relay")
    assert given["connection"]["because"].endswith("so this request would pass, and be closed only if it is decrypted")


def test_the_address_inside_a_carriers_is_named(say: Say, policies: Path) -> None:
    url = "https://translate.google.com/translate?u=https%3A%2F%2Fwww.tiktok.com%2F%40x"
    given = answer(say, policies, url)
    assert (given["rule"], given["carried"]) == ("tiktok", "https://www.tiktok.com/@x")
    done = say("explain", url, "--as", "year7", "--at", LESSON, "--policies", policies)
    assert "  decided on the address inside it: https://www.tiktok.com/@x" in done.output.splitlines()


def test_of_plain_http_no_connection_is_told(say: Say, policies: Path) -> None:
    assert answer(say, policies, "http://plain.example/x")["connection"] is None


def test_what_is_done_may_be_said_and_the_answer_may_still_change_it(say: Say, policies: Path) -> None:
    rules = (policies / "rules.yaml").read_text()
    no_programs = """rules:
  - id: no-programs
    block: {domains: [files.example]}
    files: [programs]
    why: A program can harm a computer.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-09-01
    owner: it
"""
    (policies / "rules.yaml").write_text(rules.replace("rules:\n", no_programs, 1))
    page = answer(say, policies, "https://files.example/x")
    assert (page["effect"], page["needs_answer"], page["connection"]["way"]) == ("allow", True, "inspect")
    assert page["trace"][0]["mismatch"] == "needs-answer"
    program = answer(say, policies, "https://files.example/x", "year7", LESSON, "--file", "setup.exe")
    assert (program["effect"], program["rule"], program["uses"]) == ("block", "no-programs", ["file:programs"])
    assert "This is a program." in program["told"]["happened"]
    posted = answer(
        say, policies, "https://files.example/x", "year7", LESSON, "--method", "post", "--type", "text/html"
    )
    assert (posted["effect"], posted["uses"]) == ("allow", ["posting"])
    for wrong in (("--method", "P OST"), ("--type", "zip"), ("--host-only", "--uploads")):
        assert say("explain", "files.example", "--as", "year7", "--policies", policies, *wrong).exit_code == 2
