"""Why did that just stop? And: is it the filter? Each for the device that asks, by its log."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from saywhy.explain.fault import FaultKind
from saywhy.explain.problem import PORTAL
from saywhy.observe.decision_log import DecisionRecord
from saywhy.observe.handshake_log import HandshakeRecord
from saywhy.observe.handshake_report import Inspected, report
from saywhy.observe.lately import Lately
from saywhy.policy.catalogue import WITHHELD
from saywhy.policy.own_hosts import PORTAL_NAME
from saywhy.portal.outside import Outside
from saywhy.portal.problem_types import MEMBERS, names
from tests.exceptions.conftest import NOW
from tests.observe.test_lately import REFUSED
from tests.portal.conftest import PROOF, World, csrf

DEVICE = "10.30.7.21"
HERE = {"X-Saywhy-Relay": PROOF, "X-Saywhy-Client": DEVICE, "X-Saywhy-Scheme": "http"}


def ago(minutes: float, host: str, **changes: object) -> DecisionRecord:
    known: dict[str, object] = {
        "at": NOW - timedelta(minutes=minutes),
        "host": host,
        "apps": (),
        "rule": None,
        "reference": None,
    }
    return replace(REFUSED, **{**known, **changes})  # type: ignore[arg-type]


def knows(world: World, *refused: DecisionRecord, **more: object) -> None:
    asked: list[str] = []

    def lately(device: str, _: datetime) -> Lately:
        asked.append(device)
        own = tuple(one for one in refused if one.device == device)
        return Lately(own, **more)  # type: ignore[arg-type]

    world.give(Outside(lately=lately))


def stopped(world: World, query: str = "") -> str:
    page = world.client().get(f"/stopped{query}", headers=HERE)
    assert page.status_code == 200
    return page.text


def is_it(world: World, address: str) -> tuple[int, str]:
    client = world.client()
    data = {"address": address, "csrf_token": csrf(client.get("/is-it-the-filter", headers=HERE))}
    page = client.post("/is-it-the-filter", data=data, headers=HERE)
    return page.status_code, page.text


class TestStopped:
    def test_tells_by_app_how_often_and_why_and_leads_to_the_form(self, world: World) -> None:
        of_app = [
            ago(one, f"{'api' if one % 2 else 'www'}.tiktok.example", apps=("tiktok",), reference="K7-42QX-9M")
            for one in range(1, 42)
        ]
        knows(world, *of_app, ago(50, "games.example", reference="A1-B2C3-D4"))
        page = stopped(world)
        assert "<bdi>TikTok</bdi> tried to connect 41 times" in page
        assert "<bdi>games.example</bdi> tried to connect once" in page
        assert page.index("TikTok") < page.index("games.example")
        assert "It keeps notes about you." in page
        assert "api.tiktok.example" in page
        tokens = re.findall(r'href="/ask/([^"]+)"', page)
        references = [world.references.read(one, world.now) for one in tokens]
        assert [(one.code, one.device) for one in references] == [("K7-42QX-9M", DEVICE), ("A1-B2C3-D4", DEVICE)]
        assert world.client().get(f"/ask/{tokens[1]}").status_code == 200

    def test_is_of_this_device_alone(self, world: World) -> None:
        knows(world, ago(1, "games.example", device="10.30.7.22"))
        page = stopped(world)
        assert "games.example" not in page
        assert "The filter has blocked nothing on this device in the last hour." in page
        assert "What the filter cannot see" in page

    def test_puts_the_reference_first_that_was_asked_for(self, world: World) -> None:
        knows(world, ago(1, "games.example"), ago(9, "chat.example", reference="K7-42QX-9M"))
        page = stopped(world, "?reference=k7-42qx-9m")
        assert page.index("chat.example") < page.index("games.example")
        assert "is not in this list" not in page
        assert "is not in this list" in stopped(world, "?reference=ZZ-ZZZZ-ZZ")
        assert "not in this list" not in stopped(world, "?reference=%3Cscript%3E")

    @pytest.mark.parametrize(
        ("record", "told", "untold"),
        [
            (ago(1, "floor.example", reason="locked"), ["It is not safe."], ["Ask for it"]),
            (ago(1, "hurt.example", reason="locked", rule="care"), ["Mrs Patel", "Room 12"], ["hurt.example", "tried to"]),
            # the log has no query: only the rule tells that it was a page that cares
            (ago(1, "search.example", rule="care"), ["Mrs Patel"], ["search.example"]),
            (ago(1, "films.example", rule="videos"), ["It may be open to you by now"], []),
            (ago(1, WITHHELD, path=WITHHELD, rule="sealed"), ["also blocked, once, an address that nobody may open"], ["not written", "tried to"]),
            (
                ago(1, "open.example", reason=FaultKind.UPSTREAM_CERTIFICATE.value),
                ["No school rule blocks it. This site could not prove who it is."],
                ["Ask for it"],
            ),
            (ago(1, "inner.example", reason="private-address"), ["inner.example"], ["may be open"]),
            (ago(1, "games.example", method="CONNECT", path=""), ["Games take time from lessons."], []),
            (ago(1, "games.example", port=8443), ["games.example"], ["Ask for it"]),
            (ago(1, "x" * 300), ["tried nothing"], []),
        ],
    )  # fmt: skip
    def test_whatever_the_log_holds_is_explained(
        self, world: World, record: DecisionRecord, told: list[str], untold: list[str]
    ) -> None:
        knows(world, record)
        page = stopped(world)
        if told != ["tried nothing"]:
            assert all(words in page for words in told), page
        assert not any(words in page for words in untold), page

    def test_many_places_are_told_in_part(self, world: World) -> None:
        knows(world, *(ago(one / 10, f"n{one}.games.example") for one in range(40)), cut=True)
        page = stopped(world)
        assert page.count("tried to connect") == 30
        assert "And 10 more" in page
        assert "may be missing here" in page

    def test_says_when_nothing_is_known(self, world: World) -> None:
        assert "so we cannot tell you what was blocked" in stopped(world)  # nobody gave one

    def test_says_when_the_certificate_is_not_trusted(self, world: World) -> None:
        ended = HandshakeRecord(NOW, None, DEVICE, "bank.example", 443, "unknown_ca")
        knows(world, handshakes=report([ended], Inspected()))
        assert "This device does not trust" in stopped(world)


class TestIsItTheFilter:
    @pytest.mark.parametrize(
        ("typed", "status", "told", "untold"),
        [
            ("games.example", 200, ["Yes, it is the filter", "Games take time from lessons.", "Ask for it"], []),
            ("TikTok", 200, ["Yes, it is the filter", "It keeps notes about you."], []),
            ("floor.example", 200, ["Yes, it is the filter", "It is not safe."], ["Ask for it"]),
            ("hurt.example", 200, ["Mrs Patel"], ["hurt.example</bdi>", "Yes, it is"]),
            ("open.example/a?b=c", 200, ["It is not the filter", 'href="https://open.example/a?b=c"', "has seen no trouble"], []),
            ("https://10.1.2.3/", 200, ["Yes, it is the filter"], []),
            ("my homework", 422, ["Write an address with a dot in it", "my homework"], []),
            ("", 422, ["Write the address that is not working"], []),
            ("javascript:alert(1)", 422, ["Only addresses of web pages"], ['href="javascript']),
            ("<script>.example", 422, ["&lt;script&gt;"], ["<script>"]),
        ],
    )  # fmt: skip
    def test_whatever_is_typed_gets_an_answer(
        self, world: World, typed: str, status: int, told: list[str], untold: list[str]
    ) -> None:
        knows(world)
        found, page = is_it(world, typed)
        assert found == status
        assert all(words in page for words in told), page
        assert not any(words in page for words in untold)

    def test_trouble_on_the_way_there_is_told(self, world: World) -> None:
        ended = HandshakeRecord(NOW, None, DEVICE, "open.example", 443, "unknown_ca")
        knows(
            world,
            ago(1, "open.example", reason=FaultKind.UPSTREAM_TIMEOUT.value),
            ago(2, "open.example", reason=FaultKind.UPSTREAM_TIMEOUT.value),
            ago(3, "cdn.games.example", page="open.example"),
            ended=(ended,),
            handshakes=report([ended], Inspected()),
        )
        page = is_it(world, "open.example")[1]
        assert "It is not the filter" in page
        assert "2 times in the last hour: " in page
        assert "these are blocked: <bdi>cdn.games.example</bdi>." in page
        assert "Once in the last day, an app on this device did not accept the" in page
        assert "has seen no trouble" not in page

    def test_names_no_group(self, world: World) -> None:
        knows(world)
        for typed in ("open.example", "10.1.2.3", "nowhere.example"):
            assert "Year 7" not in is_it(world, typed)[1]

    def test_is_asked_so_often_and_no_more(self, world: World) -> None:
        knows(world)
        client = world.client()
        data = {"address": "open.example", "csrf_token": csrf(client.get("/is-it-the-filter", headers=HERE))}
        told = [client.post("/is-it-the-filter", data=data, headers=HERE).status_code for _ in range(61)]
        assert (set(told[:60]), told[60]) == ({200}, 429)


class TestTypesOfProblems:
    def test_are_explained_at_their_own_address(self, world: World) -> None:
        client = world.client()
        assert f"http://{PORTAL_NAME}" == PORTAL
        assert all(f'href="/problems/{name}"' in client.get("/problems").text for name in names())
        for name in names():
            page = client.get(f"/problems/{name}")
            assert page.status_code == 200
            assert f"{PORTAL}/problems/{name}" in page.text
        assert all(f"<code>{member}</code>" in client.get("/problems/blocked").text for member in MEMBERS)
        assert client.get("/problems/none").status_code == 404
        documented = (Path(__file__).parents[2] / "docs" / "problem-type.md").read_text("utf-8")
        assert all(f"`{member}`" in documented for member in MEMBERS)
