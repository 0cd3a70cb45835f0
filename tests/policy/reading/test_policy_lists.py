from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.decide.engine import Engine
from saywhy.policy.catalogue import Source
from saywhy.policy.problem import PolicyError
from saywhy.policy.reading.lists import Entry, parse_list
from saywhy.policy.reading.load import load_policy


def test_a_list_is_one_domain_a_line_with_comments_and_blank_lines() -> None:
    content = "\ufeff# Betting\r\n\r\nBet.Example\r\n  casino.example.  # the largest\r\nfaß.example".encode()
    entries, problems = parse_list(content, "gambling.txt")
    assert entries == [Entry("bet.example", 3), Entry("casino.example", 4), Entry("xn--fa-hia.example", 5)]
    assert problems == []


@pytest.mark.parametrize(
    ("line", "column", "says"),
    [
        ("  0.0.0.0 bet.example", 3, "is no domain; write bet.example alone"),
        ("||bet.example^", 1, "is no domain"),
        ("https://bet.example/slots", 1, "write bet.example, or list bet.example/slots under urls"),
        ("*.bet.example", 1, "write bet.example, it covers its subdomains"),
        ("bet example", 1, "is no domain"),
        ("a" * 64 + ".example", 1, "is no domain"),
        ("12345", 1, "is read by browsers as the address 0.0.48.57"),
    ],
)
def test_a_line_that_is_no_domain_is_pointed_at(line: str, column: int, says: str) -> None:
    _, problems = parse_list(f"bet.example\n{line}\n".encode(), "school/gambling.txt")
    assert len(problems) == 1
    assert str(problems[0]).startswith(f"school/gambling.txt:2:{column}: ")
    assert says in str(problems[0])


def test_a_list_in_another_format_is_not_told_line_by_line_to_its_end() -> None:
    _, problems = parse_list(b"0.0.0.0 bet.example\n" * 1000, "hosts.txt")
    assert len(problems) == 21
    assert (
        str(problems[-1]) == "hosts.txt:21:1: 980 more lines, from this one on, are no domains; write one domain a line"
    )


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# nothing yet\n", b"\xef\xbb\xbf"])
def test_an_empty_list_is_a_problem(content: bytes) -> None:
    assert [problem.what for problem in parse_list(content, "x")[1]] == ["the list is empty"]


def test_bytes_that_are_not_utf_8_are_pointed_at() -> None:
    _, problems = parse_list(b"bet.example\nb\xff", "x.txt")
    assert str(problems[0]) == "x.txt:2:2: a byte that is not UTF-8; save the file as UTF-8"


@given(st.binary(max_size=100))
def test_any_bytes_are_entries_or_problems(content: bytes) -> None:
    entries, problems = parse_list(content, "x")
    assert entries or problems
    assert all(entry.line <= content.count(b"\n") + content.count(b"\r") + 1 for entry in entries)


def test_a_list_may_serve_several_and_each_name_belongs_to_all(school: Path) -> None:
    (school / "categories.yaml").write_text(
        "categories:\n"
        "  gambling: {lists: [lists/gambling.txt]}\n"
        "  games: {lists: [lists/gambling.txt, lists/gambling.txt]}\n"
    )
    because = Engine(load_policy(school)).membership("casino.example", None).because
    assert [(one.id, one.source) for one in because] == [
        ("gambling", Source("lists/gambling.txt", 3)),
        ("games", Source("lists/gambling.txt", 3)),
    ]


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside.txt"])
def test_a_link_out_of_the_folder_is_not_followed(school: Path, target: str) -> None:
    Path("outside.txt").write_text("bet.example\n")
    (school / "lists" / "gambling.txt").unlink()
    (school / "lists" / "gambling.txt").symlink_to(Path("..") / target if target.startswith(".") else target)
    with pytest.raises(PolicyError, match="lies outside the policy folder"):
        load_policy(school)


def test_a_link_within_the_folder_is_followed(school: Path) -> None:
    (school / "lists").rename(school / "data")
    (school / "lists").symlink_to("data")
    assert Engine(load_policy(school)).membership("casino.example", None).categories == {"gambling"}
