"""A process that is killed at any moment loses nothing that it had promised, doubles nothing, and leaves a whole trail."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from saywhy.decide.engine import Engine
from saywhy.exceptions.request import Happening
from saywhy.exceptions.state import State
from saywhy.exceptions.store import Store
from tests.exceptions.conftest import NOW

ROOT = Path(__file__).parents[2]
WRITING = """
import sys
from pathlib import Path
from saywhy.decide.engine import Engine
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.state import NotPossible
from saywhy.exceptions.store import Store
from saywhy.policy.reading.load import load_policy
from tests.exceptions.conftest import IT, LEAD, NOW, OTHER_BOTH, THIS_SITE_TODAY, WHY, refusal, submission

url, policies, name = sys.argv[1:]
store, engine = Store(url), Engine(load_policy(Path(policies)))

def until_there(call, *what):
    # as people do whom a page tells that the store is busy
    while True:
        try:
            return call(*what)
        except StoreUnavailable:
            pass

number = 0
print("ready", flush=True)
sys.stdin.readline()
while True:
    number += 1
    chat = number % 2
    made = submission(refusal("chat.example", rule="chat") if chat else refusal(device=f"10.30.{number % 200}.1"))
    asked = until_there(store.submit, engine, made, f"{name} {number}", NOW)
    print("asked", asked.id, f"{name} {number}", flush=True)
    try:
        if number % 3 == 0:
            until_there(store.refuse, asked.id, engine, IT, "There is a board.", NOW)
            print("refused", asked.id, flush=True)
        else:
            until_there(store.approve, asked.id, engine, IT, THIS_SITE_TODAY, WHY, NOW)
            until_there(store.sign_off, asked.id, engine, LEAD if chat else OTHER_BOTH, WHY, NOW)
            print("granted", asked.id, flush=True)
    except NotPossible:  # answered by the other process's yes for the same
        pass
"""


@contextmanager
def writing(url: str, policies: Path, name: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", WRITING, url, str(policies), name]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT}/addons"},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_that_was_promised_is_lost_or_doubled(
    store: Store, url: str, engine: Engine, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    promised: list[list[str]] = []
    for round_ in range(2):
        with (
            writing(url, tmp_path / "policies", f"one {round_}") as one,
            writing(url, tmp_path / "policies", f"two {round_}") as two,
        ):
            for process in (one, two):
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
            for process in (one, two):
                assert process.stdout is not None
                # killed at whatever it is doing after so many answers
                said = [process.stdout.readline() for _ in range(random.randrange(5, 30))]
                process.kill()
                promised += [line.split(maxsplit=2) for line in said]
                promised += [line.split(maxsplit=2) for line in process.stdout if line.endswith("\n")]
    every = {one.id: one for one in store.requests(limit=10_000)}
    forms = Counter(line[2] for line in promised if line[0] == "asked")
    assert max(forms.values()) == 1
    for what, number, *_ in promised:
        assert what in {"asked", every[int(number)].state.value}
    for request in every.values():
        dossier = store.dossier(request.id)
        assert dossier is not None
        assert [one.what for one in dossier.timeline].count(Happening.SUBMITTED) == 1
        assert (dossier.grant is not None) == (request.state is State.GRANTED)
    assert len({line[1] for line in promised if line[0] == "asked"}) == sum(line[0] == "asked" for line in promised)
    assert store.check_trail().faults == ()


def test_a_form_sent_again_after_a_kill_is_the_same_request(
    store: Store, url: str, engine: Engine, tmp_path: Path
) -> None:
    """Who saw no answer sends the form again: there it is, or it is made now, once."""
    from tests.exceptions.conftest import submission

    with writing(url, tmp_path / "policies", "one") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        process.stdout.readline()
        process.kill()
    before = {one.id for one in store.requests(limit=10_000)}
    again = [store.submit(engine, submission(), "after", NOW).id for _ in range(2)]
    assert len(set(again) - before) == 1
