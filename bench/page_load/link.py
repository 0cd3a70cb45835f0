"""The way between filter and origin: a link with a round trip, between two network namespaces.

Two TUN devices, and a process that passes each packet on after half a round trip, as netem would; many kernels have no netem.
Both ends speak their own kernel's TCP over it: opening a connection takes a round trip, and a new one starts slowly. Packets
go in the pieces that segmentation offload makes of them (virtio_net.h), so that passing them on costs next to nothing.
"""

import fcntl
import os
import select
import socket
import statistics
import struct
import subprocess
import time
from collections import deque
from contextlib import suppress
from ctypes import c_double
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Value
from pathlib import Path
from typing import Any, Final

NEAR: Final = "198.51.100.254"  # a documentation network (RFC 5737)
_TUNSETIFF: Final = 0x400454CA  # linux/if_tun.h
_TUNSETOFFLOAD: Final = 0x400454D0
_IFF_TUN, _IFF_NO_PI, _IFF_VNET_HDR = 0x0001, 0x1000, 0x4000
_CHECKSUMS_AND_TCP4: Final = 0x01 | 0x02  # TUN_F_CSUM, TUN_F_TSO4
_LONGEST: Final = 65_536 + 64  # a packet in one piece, and the head before it
_READ_AT_ONCE: Final = 64
_QUEUED: Final = 10_000  # packets that a device holds until they are read: none is to be lost

type Waiting = deque[tuple[float, bytes]]  # when a packet is due, and the packet


class Link:
    """`round_trip` can be set while it is there. What is started by `inside` is at its far end."""

    def __init__(self, far: tuple[str, ...]) -> None:
        """`far`: the addresses at the far end, in the /24 of `NEAR`."""
        self._half: Any = Value(c_double, 0.0, lock=False)
        context = get_context("fork")
        told, tells = context.Pipe(duplex=False)
        self._process = context.Process(target=_carry, args=(far, self._half, tells), daemon=True)
        self._process.start()
        tells.close()
        try:
            told.recv()
        except EOFError:
            raise RuntimeError("the link did not come up: is there a /dev/net/tun?") from None

    def inside(self, command: tuple[str, ...]) -> list[str]:
        """The command that runs this one at the far end."""
        return ["nsenter", f"--net=/proc/{self._process.pid}/ns/net", *command]

    def set_round_trip(self, seconds: float) -> None:
        """From now on."""
        self._half.value = seconds / 2

    def stop(self) -> None:
        """Take it away."""
        self._process.terminate()
        self._process.join()


def connecting(address: str, port: int, times: int = 9) -> float:
    """How many seconds it takes to open a connection: a round trip as it is, at the median."""
    taken = []
    for _ in range(times):
        before = time.perf_counter()
        socket.create_connection((address, port), timeout=10).close()
        taken.append(time.perf_counter() - before)
    return statistics.median(taken)


def _carry(far: tuple[str, ...], half: Any, tells: Connection) -> None:
    """The process of the link: a device here, one in a namespace of its own, and what passes between them."""
    ends = [_end("near", (NEAR,))]
    os.unshare(os.CLONE_NEWNET)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    ends.append(_end("far", far))
    tells.send(None)
    pass_on(ends[0], ends[1], half)


def _end(name: str, addresses: tuple[str, ...]) -> int:
    """A new TUN device in this namespace, with these addresses, as a file that does not block."""
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI | _IFF_VNET_HDR))
    fcntl.ioctl(end, _TUNSETOFFLOAD, _CHECKSUMS_AND_TCP4)
    for address in addresses:
        subprocess.run(["ip", "address", "add", f"{address}/24", "dev", name], check=True)
    subprocess.run(["ip", "link", "set", name, "txqueuelen", str(_QUEUED), "up"], check=True)
    Path("/proc/sys/net/ipv4/tcp_no_metrics_save").write_text("1")  # no way learns from the one before
    return end


def pass_on(one: int, other: int, half: Any) -> None:
    """Read packets at both ends, and write each at the other one `half.value` seconds later, until an end is closed."""
    waiting: dict[int, Waiting] = {one: deque(), other: deque()}  # by where they go
    while True:
        due = min((queue[0][0] for queue in waiting.values() if queue), default=None)
        wait = None if due is None else max(0.0, due - time.monotonic())
        readable, _, _ = select.select((one, other), (), (), wait)
        now = time.monotonic()
        for end in readable:
            queue = waiting[other if end == one else one]
            with suppress(BlockingIOError):
                for _ in range(_READ_AT_ONCE):
                    packet = os.read(end, _LONGEST)
                    if not packet:
                        return
                    queue.append((now + half.value, packet))
        for end, queue in waiting.items():
            while queue and queue[0][0] <= now:
                os.write(end, queue.popleft()[1])
