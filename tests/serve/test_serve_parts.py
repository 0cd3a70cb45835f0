"""settings, secret, watching, first_start and screen as far as they stand alone."""

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from saywhy.decide.grants import Grants
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.store import Store
from saywhy.observe.labels import PORTAL_EVENTS
from saywhy.portal.context import Noticed
from saywhy.serve.child import SETTINGS, forget_key_logs, settings_from_parent
from saywhy.serve.first_start import StartError, prepare
from saywhy.serve.folder_fingerprint import fingerprint
from saywhy.serve.grant_watch import GrantWatch
from saywhy.serve.screen import welcome
from saywhy.serve.secret import SecretError, derived, ensure_secret
from saywhy.serve.settings import Endpoint, Settings, parse_endpoint
from tests.exceptions.conftest import say_yes, school, submission
from tests.wire.filter_process import POLICY

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
GOOD = POLICY.replace("ORIGIN_PORT", "8443")


def settings(folder: Path, policy: str | None = GOOD) -> Settings:
    if policy is not None:
        (folder / "policies").mkdir(exist_ok=True)
        (folder / "policies" / "school.yaml").write_text(policy)
    one, two, three = (Endpoint("127.0.0.1", port) for port in (8080, 8081, 9090))
    return Settings(folder / "policies", folder / "state", (one,), two, three)


class Records:
    def __init__(self) -> None:
        self.loaded: list[str] = []
        self.failed = 0
        self.faults: list[str] = []

    def policy_loaded(self, revision: str, at: datetime, groups: object = None) -> None:
        self.loaded.append(revision)

    def policy_failed(self, at: datetime) -> None:
        self.failed += 1

    def fault(self, kind: str) -> None:
        self.faults.append(kind)


class TestEndpoints:
    @pytest.mark.parametrize(
        ("text", "endpoint"),
        [
            ("127.0.0.1:8080", Endpoint("127.0.0.1", 8080)),
            ("[::1]:80", Endpoint("::1", 80)),
            ("localhost:1", Endpoint("127.0.0.1", 1)),
            (" 0.0.0.0:65535 ", Endpoint("0.0.0.0", 65535)),
        ],
    )
    def test_are_read(self, text: str, endpoint: Endpoint) -> None:
        assert parse_endpoint(text) == endpoint
        assert parse_endpoint(str(endpoint)) == endpoint

    @pytest.mark.parametrize(
        "text", ["", "8080", ":8080", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "x:80", "1.2.3.4:8o"]
    )
    def test_or_refused_with_what_to_write(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"HOST:PORT|127\.0\.0\.1"):
            parse_endpoint(text)

    def test_a_wildcard_is_knocked_at_on_loopback(self) -> None:
        assert Endpoint("0.0.0.0", 1).reachable_host == "127.0.0.1"
        assert Endpoint("::", 1).reachable_host == "::1"


def test_settings_reach_a_child_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = settings(tmp_path)
    monkeypatch.setenv(SETTINGS, given.as_json())
    assert settings_from_parent() == given


def test_nothing_tells_mitmproxy_to_write_keys_down(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSLKEYLOGFILE", "MITMPROXY_SSLKEYLOGFILE"):
        monkeypatch.setenv(name, "keys")
    forget_key_logs()
    assert not {"SSLKEYLOGFILE", "MITMPROXY_SSLKEYLOGFILE"} & os.environ.keys()


class TestSecret:
    def test_is_made_once_for_its_user_alone(self, tmp_path: Path) -> None:
        first = ensure_secret(tmp_path / "key")
        assert len(first) == 32
        assert ensure_secret(tmp_path / "key") == first
        assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600

    def test_one_that_is_cut_short_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "key").write_bytes(b"short")
        with pytest.raises(SecretError, match="delete the file"):
            ensure_secret(tmp_path / "key")

    def test_keys_for_two_purposes_differ(self) -> None:
        assert derived(b"x" * 32, "one") != derived(b"x" * 32, "two")


def test_a_fingerprint_changes_with_the_files_that_are_read(tmp_path: Path) -> None:
    assert fingerprint(tmp_path / "missing") == ()
    (tmp_path / "a.yaml").write_text("1")
    found = [fingerprint(tmp_path)]
    assert fingerprint(tmp_path) == found[0]
    (tmp_path / "README.md").write_text("what nobody reads")
    assert fingerprint(tmp_path) == found[0]
    for name, text in (("a.yaml", "12"), ("b.yaml", ""), ("c.yml", "")):
        (tmp_path / name).write_text(text)
        found.append(fingerprint(tmp_path))
    found.append(fingerprint(tmp_path, ["lists/games.txt"]))
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "games.txt").write_text("")
    found.append(fingerprint(tmp_path, ["lists/games.txt"]))
    assert len(set(found)) == len(found)


class TestGrantWatch:
    def test_reads_the_grants_when_they_changed_and_keeps_them_when_the_store_is_down(self) -> None:
        class Stored:
            number = 0
            down = False
            read = 0

            def change_number(self) -> int:
                if self.down:
                    raise StoreUnavailable("the disk is gone")
                return self.number

            def live_grants(self, now: datetime) -> tuple[()]:
                self.read += 1
                return ()

            @property
            def goes(self) -> "Stored":
                return self

            def live(self, now: datetime) -> tuple[()]:
                return ()

        store, taken, records = Stored(), list[Grants](), Records()
        watch = GrantWatch(store, taken.append, records, lambda: NOW)  # type: ignore[arg-type]
        watch.poll()
        watch.poll()
        assert store.read == 1
        store.number = 1
        watch.poll()
        assert store.read == 2
        store.down = True
        watch.poll()
        watch.poll()
        assert (len(taken), records.faults) == (2, ["store"])
        store.down, store.number = False, 2
        watch.poll()
        assert len(taken) == 3

    def test_a_clock_that_is_set_back_revives_no_permit(self, tmp_path: Path) -> None:
        store = Store(f"sqlite:///{tmp_path / 'store.sqlite3'}")
        store.migrate()
        engine = school(tmp_path / "policies")
        asked = store.submit(engine, submission(), "a", NOW)
        say_yes(store, engine, asked.id, at=NOW)
        (grant,) = store.live_grants(NOW)
        moment, taken = [NOW], list[Grants]()
        watch = GrantWatch(store, taken.append, Records(), lambda: moment[0])
        watch.poll()
        assert taken[-1].count == 1
        moment[0] = grant.ends
        watch.poll()
        assert taken[-1].count == 0
        moment[0] = NOW
        watch.poll()
        assert taken[-1].count == 0
        assert store.live_grants(NOW) == ()
        started_anew = list[Grants]()
        GrantWatch(store, started_anew.append, Records(), lambda: NOW).poll()
        assert started_anew[-1].count == 0
        store.close()


class TestFirstStart:
    def test_makes_all_that_is_missing_and_shows_passwords_once(self, tmp_path: Path) -> None:
        given = settings(tmp_path)
        first = prepare(given, NOW)
        assert first.policy is not None
        assert first.certificate.exists()
        roots = given.all_roots.read_text()
        assert first.certificate.read_text() in roots
        assert roots.count("BEGIN CERTIFICATE") > 50
        assert [name for name, _ in first.passwords] == ["it", "safeguarding"]
        assert not prepare(given, NOW).passwords
        assert stat.S_IMODE(given.state.stat().st_mode) == 0o700
        screen = welcome(given, first)
        for name, password in first.passwords:
            assert name in screen
            assert password in screen

    @pytest.mark.parametrize("policy", [None, "", "rules: ["])
    def test_a_bad_policy_is_told_and_does_not_keep_it_from_starting(self, tmp_path: Path, policy: str | None) -> None:
        prepared = prepare(settings(tmp_path, policy), NOW)
        assert prepared.policy is None
        assert prepared.problems
        assert "EVERYTHING IS REFUSED" in welcome(settings(tmp_path, policy), prepared)

    def test_a_state_folder_that_cannot_be_used_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "state").write_text("")
        with pytest.raises(StartError, match="state"):
            prepare(settings(tmp_path), NOW)


def test_everything_the_portal_notices_has_a_label() -> None:
    assert set(Noticed) == PORTAL_EVENTS
