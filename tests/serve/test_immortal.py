"""What is loaded is left alone in memory, and what comes later ends as ever."""

import subprocess
import sys

import pytest

from saywhy.serve import immortal

TRIED = """
import gc, os, re, sys, weakref
from saywhy.serve import immortal
import saywhy.policy.reading.load as loaded

def mine(code):
    '''How many bytes are this process' own once it has run a function.'''
    reading, writing = os.pipe()
    if os.fork() == 0:
        code()
        found = re.search(r"Private_Dirty: +([0-9]+)", open("/proc/self/smaps_rollup").read())
        os.write(writing, found[1].encode())
        os._exit(0)
    os.wait()
    return int(os.read(reading, 20))

def refer():
    for one in kept:
        held.append(one)

class Thing:
    pass

kept = [Thing() for _ in range(100_000)]
held = list(range(100_000))
held.clear()
gc.freeze()
before = mine(refer)
gc.unfreeze()
immortal.make_immortal()
gc.freeze()
after = mine(refer)
forever = sys.getrefcount(None)
for one in (loaded.load_policy, loaded.load_policy.__code__, loaded.load_policy.__code__.co_consts, loaded.__dict__, kept[7]):
    assert sys.getrefcount(one) == forever, one
later = Thing()
noticed = weakref.ref(later)
del later
assert noticed() is None
assert before - after > 4_000, (before, after)
immortal.make_immortal()  # once more does no harm
print("tried")
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)


def test_what_is_there_is_written_to_no_more_and_what_comes_later_ends() -> None:
    done = run(TRIED)
    assert (done.stdout, done.stderr, done.returncode) == ("tried\n", "", 0)


def test_this_python_is_one_that_it_knows() -> None:
    assert immortal._FITS


@pytest.mark.parametrize("how", ["sys.version_info = (3, 14, 0)", "sys.maxsize = 2**31 - 1"])
def test_where_python_is_another_nothing_is_touched(how: str) -> None:
    done = run(
        f"import sys\n{how}\nfrom saywhy.serve import immortal\nclass Thing: pass\nmade = Thing()\n"
        "immortal.make_immortal()\nprint(sys.getrefcount(made))"
    )
    assert (done.stdout, done.returncode) == ("2\n", 0), done.stderr
