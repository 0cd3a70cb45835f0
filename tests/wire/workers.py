"""Which worker has a connection: read from /proc, as nothing of the protocol tells."""

import socket
from pathlib import Path

from tests.wire.filter_process import FilterProcess, read_all
from tests.wire.test_wire_blocked import get


def worker_of(proxy: FilterProcess, connection: socket.socket) -> int:
    """The process that has the other end of a connection over IPv4. Raises LookupError for one that nobody has."""
    local, remote = _written(proxy.listen_port), _written(connection.getsockname()[1])
    inodes = {
        f"socket:[{fields[9]}]"
        for fields in (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
        if fields[1].endswith(local) and fields[2].endswith(remote)
    }
    for pid in proxy.worker_pids():
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            try:
                if str(descriptor.readlink()) in inodes:
                    return pid
            except FileNotFoundError:
                continue
    raise LookupError("no worker has it")


def _written(port: int) -> str:
    return f":{port:04X}"


def asked(proxy: FilterProcess, connection: socket.socket, host: str = "good.test", path: str = "/hello") -> bytes:
    """The answer to a request over plain HTTP; empty where the connection has ended."""
    named = f"{host}:{proxy.origin_port}"
    try:
        connection.sendall(get(named, f"http://{named}{path}"))
        return read_all(connection)
    except OSError:
        return b""


def at_every_worker(proxy: FilterProcess, most: int = 300, path: str = "/hello") -> dict[int, list[socket.socket]]:
    """Open connections that have been answered, at least two for each worker, by worker."""
    found: dict[int, list[socket.socket]] = {pid: [] for pid in proxy.worker_pids()}
    for _ in range(most):
        connection = proxy.connect()
        assert b" 200 " in asked(proxy, connection, path=path)[:20]
        found[worker_of(proxy, connection)].append(connection)
        if all(len(one) > 1 for one in found.values()):
            return found
    raise AssertionError({pid: len(one) for pid, one in found.items()})


def close(connections: dict[int, list[socket.socket]]) -> None:
    for held in connections.values():
        for one in held:
            one.close()
