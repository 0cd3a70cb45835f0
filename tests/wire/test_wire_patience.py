"""What one side does not take is not read from the other, over HTTP/1 and HTTP/2, stream by stream."""

import re
import ssl
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import pytest

from tests.wire.filter_process import FilterProcess
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get

WINDOW = 65_535  # of a stream and of a connection, where nobody says otherwise (RFC 9113 section 6.9.2)


def memory(pid: int) -> int:
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) // 1024


class Http2Client:
    """An HTTP/2 client that takes only what a test lets it take."""

    def __init__(self, running: FilterProcess, host: str) -> None:
        self.connection: ssl.SSLSocket = running.tunnel(host, alpn=["h2"])
        assert self.connection.selected_alpn_protocol() == "h2"
        self.named = f"{host}:{running.origin_port}"
        self.state = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.state.initiate_connection()
        self.flush()
        self.received: dict[int, bytes] = {}
        self.ended: set[int] = set()

    def flush(self) -> None:
        self.connection.sendall(self.state.data_to_send())

    def ask(self, path: str) -> int:
        stream: int = self.state.get_next_available_stream_id()
        fields = [(":method", "GET"), (":scheme", "https"), (":path", path), (":authority", self.named)]
        self.state.send_headers(stream, fields, end_stream=True)
        self.received[stream] = b""
        self.flush()
        return stream

    def read(self, *, taking: bool, seconds: float = 20) -> None:
        """Read once, and take what came or let it wait."""
        self.connection.settimeout(seconds)
        for event in self.state.receive_data(self.connection.recv(65536)):
            if isinstance(event, h2.events.DataReceived):
                assert event.stream_id is not None
                self.received[event.stream_id] += event.data or b""
                if taking and event.flow_controlled_length:
                    self.state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                assert event.stream_id is not None
                self.ended.add(event.stream_id)
        self.flush()


@pytest.mark.parametrize("host", ["big.test", "h2.test"], ids=["from HTTP/1", "from HTTP/2"])
def test_a_stalled_http2_client_costs_no_memory(running: FilterProcess, origin: Origin, host: str) -> None:
    pid = running.worker_pid()
    before = memory(pid)
    client = Http2Client(running, host)
    client.state.increment_flow_control_window(10_000_000)  # the connection is open, only the stream stalls
    client.flush()
    stalled = client.ask("/big/300")
    while len(client.received[stalled]) < WINDOW:
        client.read(taking=False)
    with pytest.raises(TimeoutError):
        client.read(taking=False, seconds=2)
    assert memory(pid) - before < 30
    beside = client.ask("/hello")
    while beside not in client.ended:
        client.read(taking=False)
    assert client.received[beside].startswith(b"hello")
    client.connection.close()


@pytest.mark.parametrize("host", ["big.test", "h2.test"], ids=["from HTTP/1", "from HTTP/2"])
def test_what_stalled_goes_on_when_it_is_taken_again(running: FilterProcess, origin: Origin, host: str) -> None:
    client = Http2Client(running, host)
    stream = client.ask("/big/5")
    while len(client.received[stream]) < WINDOW:
        client.read(taking=False)
    client.state.increment_flow_control_window(WINDOW)
    client.state.increment_flow_control_window(WINDOW, stream)
    client.flush()
    while stream not in client.ended:
        client.read(taking=True)
    assert len(client.received[stream]) == 5 * 1024 * 1024
    client.connection.close()


@pytest.mark.parametrize("host", ["fine.test", "good.test"], ids=["relayed", "inspected"])
def test_a_stalled_http1_client_costs_no_memory(running: FilterProcess, origin: Origin, host: str) -> None:
    pid = running.worker_pid()
    before = memory(pid)
    with running.tunnel(host) as connection:
        connection.sendall(get(f"{host}:{origin.port}", "/big/300"))
        connection.settimeout(2)
        assert connection.recv(1000)
        sent = [one for one in origin.connections if one.sni == host]
        assert len(sent) == 1
        running.wait_for(lambda: memory(pid) - before < 30, "the memory to be flat", 5)
        received = 0
        while received < 20 * 1024 * 1024:
            received += len(connection.recv(65536))
