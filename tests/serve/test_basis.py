"""What a command answers from: what is in force in a state folder, or a policy's folder with the same beside it."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from saywhy.decide.access import Access, subject_at, subject_in, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.store import Store
from saywhy.lists.compile import Compilation, ListWords
from saywhy.lists.index import open_index
from saywhy.lists.sealed_store import SealedStore
from saywhy.lists.taken import TakenLists
from saywhy.policy.reading.load import load_policy
from saywhy.serve.basis import Basis, BasisError, in_force, of_folder, open_lists
from saywhy.serve.engine_watch import EngineMaker
from saywhy.serve.secret import SEALED_LISTS, derived, ensure_secret
from saywhy.serve.settings import Endpoint, Settings
from tests.exceptions.conftest import refusal, say_yes, submission
from tests.serve.keeping import BROKEN, CHANGED, GOOD, NOW, School

SEALED = "http://bad.example/page"


@pytest.fixture
def settings(school: School) -> Settings:
    """Those of `saywhy run` with this school's policy and a state folder beside it."""
    here = Endpoint("127.0.0.1", 0)
    (school.path / "state").mkdir()
    return Settings(school.folder, school.path / "state", (here,), here, here)


def publish(folder: Path, *names: str, updated: str = "2026-11-20T03:00:00+00:00") -> None:
    """A list of gambling sites, as `saywhy lists` publishes it."""
    folder.mkdir(exist_ok=True)
    compilation = Compilation()
    compilation.add(ListWords("bets", "category", "gambling", updated), [["c", "names:1", name] for name in names])
    compilation.write(folder / "index")


def seal(settings: Settings) -> SealedStore:
    """A sealed list with one address, under this state folder's key."""
    key = derived(ensure_secret(settings.secret), SEALED_LISTS)
    store = SealedStore(settings.lists_folder, key, settings.sealed_copy)
    store.seal("iwf", "urls", [SEALED])
    return store


def what_is_in_force(settings: Settings, *, running: bool = True) -> Basis:
    found = in_force(settings, running=running)
    assert found is not None
    return found


class TestWhatIsInForce:
    def test_where_nothing_ever_was_there_is_none(self, settings: Settings) -> None:
        assert in_force(settings, running=False) is None

    @pytest.mark.parametrize("running", [True, False])
    def test_it_is_the_revision_and_says_so(self, school: School, settings: Settings, running: bool) -> None:
        school.start()
        found = what_is_in_force(settings, running=running)
        whose = "the running filter" if running else f"what was in force last in {settings.state}"
        assert found.told == f"{whose}, revision {school.in_force}"
        assert (found.engine.revision, found.running) == (school.in_force, running)
        assert (found.state, found.notes, found.engine.lists, found.engine.sealed) == (settings.state, (), None, None)

    def test_while_the_folder_has_those_files_they_are_named_from_there(
        self, school: School, settings: Settings
    ) -> None:
        school.start()
        assert what_is_in_force(settings).folder == school.folder

    def test_while_the_folder_has_others_they_are_named_where_they_are_kept(
        self, school: School, settings: Settings
    ) -> None:
        school.start()
        before = school.in_force
        school.look(BROKEN)
        found = what_is_in_force(settings)
        assert found.engine.revision == before
        assert (found.folder / "school.yaml").read_text() == GOOD

    def test_a_damaged_note_of_what_is_in_force_is_not_taken_for_none(self, school: School, settings: Settings) -> None:
        school.start()
        (settings.revisions / "current").write_bytes(b"{")
        with pytest.raises(BasisError, match="is damaged; --policies names a folder"):
            in_force(settings, running=True)

    def test_a_revision_that_is_damaged_is_an_error(self, school: School, settings: Settings) -> None:
        school.start()
        (school.revisions.folder(school.in_force) / "school.yaml").write_text(CHANGED)
        with pytest.raises(BasisError, match=f"the files of revision {school.in_force} .* are damaged"):
            in_force(settings, running=False)


class TestAFolder:
    def test_where_nothing_is_in_force_it_is_named_alone(self, school: School, settings: Settings) -> None:
        found = of_folder(school.folder, settings, running=False)
        assert (found.told, found.folder) == (f"the folder {school.folder}", school.folder)

    @pytest.mark.parametrize(
        ("text", "differs"),
        [
            (GOOD, ", which is what is in force"),
            (CHANGED, ", which differs from what is in force in 1 rule"),
            (CHANGED.replace("allow: {apps: [blocked]}", "allow: {apps: [youtube]}"), ", which differs from what is in force in 2 rules"),
            (f"# a note\n{GOOD}", ", which differs from what is in force in other things than rules"),
        ],
    )  # fmt: skip
    def test_it_says_how_it_differs(self, school: School, settings: Settings, text: str, differs: str) -> None:
        school.start()
        school.save(text)
        assert of_folder(school.folder, settings, running=True).told == f"the folder {school.folder}{differs}"

    def test_where_no_filter_runs_it_is_what_was_in_force(self, school: School, settings: Settings) -> None:
        school.start()
        assert of_folder(school.folder, settings, running=False).told.endswith(", which is what was in force last")

    def test_beside_a_revision_that_cannot_be_read_it_still_answers(self, school: School, settings: Settings) -> None:
        school.start()
        (school.revisions.folder(school.in_force) / "school.yaml").write_text(CHANGED)
        told = of_folder(school.folder, settings, running=True).told
        assert told == f"the folder {school.folder}, beside which what is in force cannot be read"

    def test_it_has_the_lists_and_the_state_folder_of_what_is_in_force(
        self, school: School, settings: Settings
    ) -> None:
        publish(settings.lists_folder, "bet.example")
        found = of_folder(school.folder, settings, running=False)
        assert found.engine.membership("www.bet.example", None).categories == {"gambling"}
        assert found.state == settings.state

    def test_without_a_state_folder_there_is_none_to_look_into(self, school: School, settings: Settings) -> None:
        settings.state.rmdir()
        assert of_folder(school.folder, settings, running=False).state is None


class TestLists:
    def test_where_there_are_none_nothing_is_said_of_them(self, settings: Settings) -> None:
        assert open_lists(settings.lists_folder) is None
        settings.lists_folder.mkdir()
        assert open_lists(settings.lists_folder) is None

    def test_those_that_were_in_force_and_are_gone_are_told(self, school: School, settings: Settings) -> None:
        TakenLists(settings.lists_taken, settings.lists_folder).remember(any_lists=True)
        with pytest.raises(BasisError, match="the lists that were in force are gone; put the folder back"):
            of_folder(school.folder, settings, running=False)

    @pytest.mark.parametrize(
        ("updated", "said"),
        [
            ("2026-11-20T03:00:00+00:00", "lists of 20 November 2026"),
            ("2026-11-01", "lists of 1 November 2026"),
            ("", "its lists"),
            ("soon", "its lists"),
        ],
    )
    def test_it_says_how_old_the_newest_is(self, school: School, settings: Settings, updated: str, said: str) -> None:
        school.start()
        publish(settings.lists_folder, "bet.example", updated=updated)
        assert what_is_in_force(settings).told == f"the running filter, revision {school.in_force}, {said}"
        told = of_folder(school.folder, settings, running=True).told
        assert told == f"the folder {school.folder}, which is what is in force, {said}"

    def test_another_folder_of_lists_may_be_named(self, school: School, settings: Settings) -> None:
        publish(settings.lists_folder, "bet.example")
        publish(school.path / "others", "poker.example")
        engine = of_folder(school.folder, replace(settings, lists=school.path / "others"), running=False).engine
        assert [bool(engine.membership(one, None).categories) for one in ("bet.example", "poker.example")] == [
            False,
            True,
        ]

    @pytest.mark.parametrize(
        ("damage", "said"),
        [
            ("index", "the lists cannot be read: "),
            ("no-index", "and no index; `saywhy lists compile` makes it"),
            ("no-folder", "there is no folder .*; the lists of `saywhy run` are in its state folder"),
        ],
    )
    def test_lists_that_cannot_be_read_are_an_error(
        self, school: School, settings: Settings, damage: str, said: str
    ) -> None:
        school.start()
        if damage == "index":
            settings.lists_folder.mkdir()
            (settings.lists_folder / "index").write_bytes(b"damaged")
        elif damage == "no-index":
            (settings.lists_folder / "bets").mkdir(parents=True)
            (settings.lists_folder / "bets/list.json").write_text("{}")
        else:
            settings = replace(settings, lists=school.path / "nowhere")
        with pytest.raises(BasisError, match=said):
            in_force(settings, running=False)
        with pytest.raises(BasisError, match=said):
            of_folder(school.folder, settings, running=False)


class TestSealedLists:
    def test_they_decide_as_in_the_filter(self, school: School, settings: Settings) -> None:
        seal(settings)
        found = of_folder(school.folder, settings, running=False)
        assert found.notes == ()
        assert decided(found.engine, SEALED) is Reason.LOCKED
        assert decided(found.engine, "http://bad.example/other") is Reason.DEFAULT

    @pytest.mark.parametrize("gone", ["register", "all"])
    def test_those_that_somebody_took_away_are_read_from_the_copy_and_that_is_noted(
        self, school: School, settings: Settings, gone: str
    ) -> None:
        folder = seal(settings).folder
        for file in folder.iterdir() if gone == "all" else [folder / "register"]:
            file.unlink()
        if gone == "all":
            folder.rmdir()
        found = of_folder(school.folder, settings, running=False)
        assert decided(found.engine, SEALED) is Reason.LOCKED
        (note,) = found.notes
        assert note.startswith("the register of sealed lists is gone")

    @pytest.mark.parametrize("trouble", ["no-key", "half-a-key", "changed"])
    def test_those_that_cannot_be_read_are_noted_and_left_out(
        self, school: School, settings: Settings, trouble: str
    ) -> None:
        seal(settings)
        if trouble == "no-key":
            settings.secret.unlink()
        elif trouble == "half-a-key":
            settings.secret.write_bytes(b"half")
        else:
            for folder in (settings.lists_folder / ".sealed", settings.sealed_copy):
                (folder / "register").write_bytes(b"{}\nmine")
        found = of_folder(school.folder, settings, running=False)
        assert decided(found.engine, SEALED) is Reason.DEFAULT
        (note,) = found.notes
        assert note.startswith("the sealed lists were not looked at: ")
        assert "bad.example" not in note


class TestPermits:
    @pytest.fixture
    def permitted(self, school: School, settings: Settings) -> Settings:
        """A state folder whose store has a permit for blocked.test, for one device until the end of the week."""
        store = Store(settings.database)
        store.migrate()
        engine = Engine(load_policy(school.folder))
        refused = refusal("blocked.test", "/", "blocked", groups=("year9",), place="127.0.0.0/8", device="127.0.0.1")
        asked = store.submit(engine, submission(refused), "form", NOW)
        say_yes(store, engine, asked.id, Chosen("device", "site", "this-week"), NOW)
        store.close()
        return settings

    def test_those_that_may_be_about_a_host_are_found(self, school: School, permitted: Settings) -> None:
        basis = of_folder(school.folder, permitted, running=False)
        held, note = basis.permits(NOW, "www.blocked.test")
        assert held is not None
        assert ([one.what.site for one in held], note) == (["blocked.test"], "")
        subject = subject_at(basis.engine, ip_address("127.0.0.1"))
        access = Access(subject, target_of_url("http://www.blocked.test/"), NOW)
        assert decide(basis.engine, Grants(held), access).reason is Reason.GRANT
        assert basis.permits(NOW, "other.test") == ([], "")
        assert basis.permits(NOW + timedelta(days=8), "blocked.test") == ([], "")

    def test_without_a_store_or_a_state_folder_there_are_none(self, school: School, settings: Settings) -> None:
        basis = of_folder(school.folder, settings, running=False)
        assert basis.permits(NOW, "blocked.test") == (None, "")
        assert replace(basis, state=None).permits(NOW, "blocked.test") == (None, "")
        assert list(settings.state.iterdir()) == []

    def test_a_store_that_cannot_be_read_is_noted(self, school: School, permitted: Settings) -> None:
        (permitted.state / "saywhy.sqlite3").write_bytes(b"something else entirely" * 100)
        held, note = of_folder(school.folder, permitted, running=False).permits(NOW, "blocked.test")
        assert held is None
        assert note.startswith("the permits were not looked at: the store ")


def decided(engine: Engine, url: str) -> Reason:
    access = Access(subject_in(engine.policy, ("year9",)), target_of_url(url), NOW)
    return decide(engine, NO_GRANTS, access).reason


def files_in(folder: Path) -> dict[str, tuple[int, bytes]]:
    found = (one for one in sorted(folder.rglob("*")) if one.is_file())
    return {str(one): (one.stat().st_mtime_ns, one.read_bytes()) for one in found}


def test_it_is_put_together_as_the_running_filter_has_it(school: School, settings: Settings) -> None:
    policy = school.start()
    assert policy is not None
    publish(settings.lists_folder, "bet.example")
    sealed = seal(settings).open().sealed
    taken = list[Engine]()
    joined = EngineMaker(taken.append)
    joined.sealed(sealed)
    joined.lists(open_index(settings.lists_folder / "index"))
    joined.policy(policy)
    found = what_is_in_force(settings).engine
    assert found.policy == taken[-1].policy
    urls = (SEALED, "http://bet.example/", "http://locked.test/", "http://blocked.test/", "http://fine.test/")
    assert [decided(found, url) for url in urls] == [decided(taken[-1], url) for url in urls]
    for url in urls:
        target = target_of_url(url)
        assert found.membership(target.host, target.url) == taken[-1].membership(target.host, target.url)


def test_nothing_is_written(school: School, settings: Settings) -> None:
    school.start()
    publish(settings.lists_folder, "bet.example")
    seal(settings)
    before = files_in(school.path)
    what_is_in_force(settings)
    of_folder(school.folder, settings, running=False)
    assert files_in(school.path) == before
