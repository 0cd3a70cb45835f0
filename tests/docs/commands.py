"""The commands of a page: its `sh` blocks, run in order in one shell, in a copy of the checkout, on a network to nowhere.

A block is run as it stands, unless a comment right above it says why that cannot be: `<!-- not run: why -->`. One that goes
on until Ctrl-C has `<!-- keeps running -->` there; what follows it finds it running.
"""

import io
import os
import re
import shlex
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = sorted(
    [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "policies" / "README.md"]
)
_FENCE: Final = re.compile(
    r"(?:^(?P<mark>[ ]*<!--[^\n]*-->)\n)?^(?P<indent>[ ]*)```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^[ ]*```$",
    re.MULTILINE | re.DOTALL,
)
_NOT_RUN: Final = re.compile(r"<!-- not run: (.{10,}) -->")
_KEEPS_RUNNING: Final = "<!-- keeps running -->"
_PROGRAMS: Final = [
    "apt",
    "apt-get",
    "cd",
    "chromium",
    "cp",
    "curl",
    "docker",
    "export",
    "git",
    "ip",
    "make",
    "mitmdump",
    "nft",
    "npm",
    "pip",
    "pip3",
    "podman",
    "pytest",
    "python",
    "python3",
    "saywhy",
    "sh",
    "sudo",
    "sysctl",
    "systemctl",
    "tar",
    "wget",
]
_COMMAND: Final = re.compile(rf"^(?: {{4,}}|\t)(?:\$ )?(?:\.venv/bin/)?(?:{'|'.join(_PROGRAMS)}) .+$", re.MULTILINE)
_AS_ROOT: Final = () if os.geteuid() == 0 else ("--user", "--map-root-user")
_OF_ITS_OWN: Final = ["unshare", *_AS_ROOT, "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
_START: Final = "set -euo pipefail\nip link set lo up\n"


@dataclass(frozen=True, slots=True)
class Block:
    """Commands of a page. `line` is that of the first of them; `mark` the comment above, or an empty text."""

    line: int
    text: str
    mark: str

    @property
    def is_run(self) -> bool:
        """Whether it is run at all."""
        return _NOT_RUN.fullmatch(self.mark) is None

    @property
    def keeps_running(self) -> bool:
        """Whether it goes on until Ctrl-C."""
        return self.mark == _KEEPS_RUNNING


def blocks(text: str) -> list[Block]:
    """The `sh` blocks of a page."""
    return [
        Block(
            text.count("\n", 0, found.start("text")) + 1,
            "".join(line.removeprefix(found["indent"]) for line in found["text"].splitlines(keepends=True)),
            (found["mark"] or "").strip(),
        )
        for found in _FENCE.finditer(text)
        if found["language"] in ("sh", "bash", "shell", "console")
    ]


def strays(text: str) -> Iterator[str]:
    """Lines of commands that stand in no `sh` block, and marks that nobody understands."""
    bare = _FENCE.sub("", text)
    yield from (line.strip() for line in _COMMAND.findall(bare))
    for found in _FENCE.finditer(text):
        if not found["language"] and _COMMAND.search("    " + found["text"]):
            yield found["text"].splitlines()[0]
    for block in blocks(text):
        if block.mark and block.is_run and not block.keeps_running:
            yield block.mark


def copy_of_the_checkout(folder: Path) -> None:
    """What git knows of this checkout, and the archive that a reader has downloaded: UT1's, with little in it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        source = ROOT / name
        if source.is_file() and not name.startswith("tests/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(source.read_bytes())
    with tarfile.open(folder / "blacklists.tar.gz", "w:gz") as archive:
        for category in ("gambling", "malware"):
            content = f"{category}.example\n".encode()
            about = tarfile.TarInfo(f"blacklists/{category}/domains")
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))


def script_of(page: list[Block]) -> str:
    """The blocks as one script, which says on descriptor 3 where it is."""
    parts = [_START]
    for block in page:
        if not block.is_run:
            continue
        parts.append(f"echo {block.line} >&3\n")
        if block.keeps_running:
            output = shlex.quote(f".running-{block.line}")
            parts += [
                f"{{\n{block.text}}} > {output} 2>&1 &\n",
                f"for _ in $(seq 600); do grep -qs Ctrl-C {output} && break; sleep 0.1; done\n",
                f"grep -q Ctrl-C {output} || {{ cat {output} >&2; exit 1; }}\n",
            ]
        else:
            parts.append(block.text)
    return "".join(parts)


def run(page: list[Block], folder: Path, programs: Path) -> tuple[int, str]:
    """Run the blocks in a folder, with these programs first on the path: the line that failed (0: none), and all output."""
    lines = folder.parent / "lines"
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    registry = str(folder.parent / "registry")  # only the filters of the page itself are found
    environment |= {
        "PATH": f"{programs}:{environment['PATH']}",
        "HOME": str(folder.parent),
        "SAYWHY_REGISTRY": registry,
    }
    with lines.open("wb") as where:
        done = subprocess.run(
            [*_OF_ITS_OWN, "bash", "-c", f"exec 3>&{where.fileno()}\n{script_of(page)}"],
            cwd=folder,
            env=environment,
            pass_fds=[where.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=110,
        )
    reached = lines.read_text().split()
    return 0 if done.returncode == 0 else int(reached[-1]), done.stdout.decode("utf-8", "replace")
