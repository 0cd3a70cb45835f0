"""What every proxy of the comparison is: something that is started in a folder, listens, and has processes."""

import os
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bench.peers.client import Way
from bench.peers.waiting import until_listening


@dataclass(frozen=True, slots=True)
class World:
    """What all proxies share: a folder, the names that are listed, who vouches for the origin, what they are called."""

    folder: Path
    listed: Path  # one name a line
    listed_count: int
    origin_ca: Path
    hosts: Path


class Peer(ABC):
    """One proxy. `trust` is the certificate (PEM) of the authority it inspects with."""

    key: ClassVar[str]
    label: ClassVar[str]
    told: ClassVar[str]  # how it is set up, for the document
    port: ClassVar[int]
    can: ClassVar[frozenset[str]]  # keys of scenarios
    cannot: ClassVar[Mapping[str, str]] = {}  # keys of scenarios that others can, and why it cannot
    page_words: ClassVar[bytes] = b""
    idle_most: ClassVar[int] = 10_000

    def __init__(self, world: World) -> None:
        self.world = world
        self.folder = world.folder / self.key
        self.folder.mkdir()
        self.trust = Path()
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def prepare(self) -> None:
        """Write settings and lists."""

    @abstractmethod
    def command(self) -> Sequence[str]:
        """What starts it in the foreground."""

    def environment(self) -> Mapping[str, str]:
        """Variables besides those there are."""
        return {}

    def directory(self) -> Path:
        """Where it is started."""
        return self.folder

    def start(self) -> None:
        """Prepare, start, wait until it listens."""
        self.prepare()
        with (self.folder / "output").open("wb") as output:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.directory(),
                env={**os.environ, **self.environment()},
            )
        try:
            until_listening("127.0.0.1", self.port, self._process)
        except RuntimeError as error:
            raise RuntimeError(f"{self.label}: {error}\n{self.said()}") from None

    def stop(self) -> None:
        """End it, kindly first."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def said(self) -> str:
        """The end of what it wrote."""
        with suppress(OSError):
            return (self.folder / "output").read_text("utf-8", "replace")[-2000:]
        return ""

    @property
    def pid(self) -> int:
        """The root of its processes."""
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether that one runs."""
        return self._process is not None and self._process.poll() is None

    def way(self, *, inspected: bool) -> Way:
        """How clients reach it, and whom they trust when it inspects or relays."""
        return Way(self.port, self.trust if inspected else self.world.origin_ca)
