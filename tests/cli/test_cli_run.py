import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from saywhy.serve import supervisor
from saywhy.serve.settings import Endpoint, Settings
from tests.cli.conftest import Say
from tests.wire.filter_process import free_port

WHILE_IT_LOADS = """
class Told:
    def find_spec(self, name, *_):
        if name == "saywhy.serve.supervisor":
            os.kill(os.getpid(), NUMBER)
sys.meta_path.insert(0, Told())
"""
WHILE_IT_PREPARES = """
from saywhy.serve import supervisor
prepare = supervisor.prepare
supervisor.prepare = lambda *given: (os.kill(os.getpid(), NUMBER), prepare(*given))[1]
"""
WHILE_IT_WAITS = """
from saywhy.serve import supervisor
waits = supervisor.Supervisor._wait_until_up
supervisor.Supervisor._wait_until_up = lambda self, *given: (os.kill(os.getpid(), NUMBER), waits(self, *given))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("moment", [WHILE_IT_LOADS, WHILE_IT_PREPARES, WHILE_IT_WAITS])
def test_told_to_end_before_it_has_started_it_says_so_and_ends_in_order(
    tmp_path: Path, moment: str, number: signal.Signals
) -> None:
    script = f"import os, sys\n{moment.replace('NUMBER', str(int(number)))}from saywhy.cli.main import run\nrun()\n"
    ports = (f"--{one}=127.0.0.1:{free_port()}" for one in ("listen", "portal", "metrics"))
    folders = (f"--policies={tmp_path / 'policies'}", f"--state={tmp_path / 'state'}")
    (tmp_path / "policies").mkdir()
    said = subprocess.run(
        [sys.executable, "-c", script, "run", *folders, *ports], capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stderr.splitlines()[-1]) == (0, "saywhy: told to end before it had started")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    settings: list[Settings] = []

    def note(given: Settings) -> int:
        settings.append(given)
        return 0

    monkeypatch.setattr(supervisor, "run", note)
    return settings


def test_without_options_everything_is_on_this_machine_and_in_this_folder(
    say: Say, started: list[Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert say("run").exit_code == 0
    assert started == [
        Settings(
            policies=tmp_path / "policies",
            state=tmp_path / "state",
            listen=(Endpoint("127.0.0.1", 8080),),
            portal=Endpoint("127.0.0.1", 8081),
            metrics=Endpoint("127.0.0.1", 9090),
            workers=os.process_cpu_count() or 1,
        )
    ]


def test_all_options_reach_the_supervisor(say: Say, started: list[Settings], tmp_path: Path) -> None:
    roots, hosts = tmp_path / "roots.pem", tmp_path / "hosts"
    roots.touch()
    hosts.touch()
    options = ["--policies", tmp_path / "p", "--state", tmp_path / "s", "--listen", "0.0.0.0:3128"]
    options += ["--portal", "[::1]:8000", "--metrics", "localhost:9100", "--upstream-ca", roots, "--hosts", hosts]
    options += ["--proxy-address", "Filter.school.example:3128"]
    assert say("run", *options).exit_code == 0
    assert started == [
        Settings(
            policies=tmp_path / "p",
            state=tmp_path / "s",
            listen=(Endpoint("0.0.0.0", 3128),),
            portal=Endpoint("::1", 8000),
            metrics=Endpoint("127.0.0.1", 9100),
            upstream_ca=roots,
            hosts=hosts,
            proxy_address=Endpoint("filter.school.example", 3128),
            workers=os.process_cpu_count() or 1,
        )
    ]


def test_the_proxy_may_listen_in_several_places(say: Say, started: list[Settings]) -> None:
    assert (
        say(
            "run",
            "--listen",
            "[::]:3128",
            "--listen",
            "127.0.0.1:8080",
            "--portal",
            "[::1]:8080",
            "--proxy-address",
            "[2001:db8::5]:8080",
        ).exit_code
        == 0
    )
    (settings,) = started
    assert [str(one) for one in settings.listen] == ["[::]:3128", "0.0.0.0:3128", "127.0.0.1:8080"]
    assert Settings.from_json(settings.as_json()) == settings


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--listen", "8080"), "HOST:PORT"),
        (("--portal", "127.0.0.1:0"), "HOST:PORT"),
        (("--metrics", "127.0.0.1:99999"), "HOST:PORT"),
        (("--listen", "proxy.example:8080"), "IP address"),
        (("--portal", "127.0.0.1:8080"), "127.0.0.1:8080 is --listen already"),
        (("--listen", "0.0.0.0:8081"), "127.0.0.1:8081 is --listen already"),
        (("--listen", "[::]:8081"), "127.0.0.1:8081 is --listen already"),
        (("--listen", "[::]:8000", "--listen", "0.0.0.0:8000"), "0.0.0.0:8000 is --listen already"),
        (("--listen", "[::1]:8000", "--listen", "[::1]:8000"), "[::1]:8000 is --listen already"),
        (("--upstream-ca", "/no/such/file"), "--upstream-ca"),
        (("--hosts", "/no/such/file"), "--hosts"),
        (("--proxy-address", "filter.school.example"), "a host and a port"),
        (("--proxy-address", "a b:8080"), "a host and a port"),
        (("--colour",), "--colour"),
    ],
)
def test_what_was_not_understood_starts_nothing(
    say: Say, started: list[Settings], options: tuple[str, ...], said: str
) -> None:
    done = say("run", *options)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())
    assert started == []


def test_the_exit_code_is_the_supervisors(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "run", lambda _: 1)
    assert say("run").exit_code == 1
