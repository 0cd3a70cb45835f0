"""A name server on loopback that answers as a test says, and counts what it was asked."""

import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from types import TracebackType
from typing import Self

NO_ERROR, SERVER_FAILURE, NAME_ERROR, REFUSED = 0, 2, 3, 5  # RFC 1035 section 4.1.1
_A, _CNAME, _AAAA = 1, 5, 28


@dataclass(frozen=True, slots=True)
class Says:
    """What is said about a name: addresses (with a TTL), names it stands for, or a code. None of it means: nothing."""

    addresses: tuple[str, ...] = ()
    ttl: int = 60
    aliases: tuple[str, ...] = ()
    code: int = NO_ERROR
    raw: Callable[[bytes], bytes] | None = None  # from the question to whatever is sent back


class NameServer:
    """Answers over UDP and TCP on one port. A name that is not known is NXDOMAIN; None is never answered."""

    def __init__(self, names: Mapping[str, Says | None]) -> None:
        self.names = dict(names)
        self.asked: Counter[str] = Counter()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, name="name server", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                question, peer = self._socket.recvfrom(4096)
                answer = self._answer(question)
                if answer is not None:
                    self._socket.sendto(answer, peer)
            except OSError:
                return

    def _answer(self, question: bytes) -> bytes | None:
        name, end = _name(question, 12)
        (kind,) = struct.unpack_from("!H", question, end)
        self.asked[name] += 1
        says = self.names.get(name, Says(code=NAME_ERROR))
        if says is None:
            return None
        if says.raw is not None:
            return says.raw(question)
        records, owner = b"", name
        for alias in says.aliases:
            records += _record(owner, _CNAME, says.ttl, _encoded(alias))
            owner = alias
        matching = [one for one in map(ip_address, says.addresses) if kind == (_A if one.version == 4 else _AAAA)]
        records += b"".join(_record(owner, kind, says.ttl, one.packed) for one in matching)
        count = len(says.aliases) + len(matching)
        head = question[:2] + struct.pack("!HHHHH", 0x8180 | says.code, 1, count, 0, 0)
        return head + question[12 : end + 4] + records


def _name(message: bytes, at: int) -> tuple[str, int]:
    labels = []
    while message[at]:
        labels.append(message[at + 1 : at + 1 + message[at]].decode().lower())
        at += 1 + message[at]
    return ".".join(labels), at + 1


def _encoded(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def _record(name: str, kind: int, ttl: int, data: bytes) -> bytes:
    return _encoded(name) + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data
