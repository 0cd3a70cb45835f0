"""Sends and answers real packets: `probe.py listen tcp/443 udp/53`, `probe.py ask ADDRESS tcp/443 udp/53`.

It runs inside a network namespace, by itself.
"""

import json
import socket
import sys
import threading
import time

PAUSE = 0.02  # seconds between two questions: a router limits how many refusals it sends
PATIENCE = 2.0  # seconds for an answer; a refusal has to come much sooner


def listen(ports: list[str]) -> None:
    """Answer "pong" to everybody, by IPv4 and IPv6."""
    for port in ports:
        kind, number = port.split("/")
        sort = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
        answering = socket.socket(socket.AF_INET6, sort)
        answering.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        answering.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        answering.bind(("::", int(number)))
        if kind == "tcp":
            answering.listen()
        threading.Thread(target=answer, args=(answering, kind), daemon=True).start()
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    threading.Event().wait()


def answer(answering: socket.socket, kind: str) -> None:
    """Answer at one socket for ever."""
    while True:
        if kind == "tcp":
            client, _ = answering.accept()
            with client:
                client.sendall(b"pong")
        else:
            _, client_address = answering.recvfrom(100)
            answering.sendto(b"pong", client_address)


def ask(address: str, port: str) -> tuple[str, float]:
    """What comes of asking one port, and the seconds that it took."""
    kind, number = port.split("/")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    began = time.monotonic()
    with socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as asking:
        asking.settimeout(PATIENCE)
        try:
            asking.connect((address, int(number)))
            if kind == "udp":
                asking.send(b"ping")
            outcome = "answered" if asking.recv(100) == b"pong" else "nothing"
        except ConnectionRefusedError:
            outcome = "refused"
        except TimeoutError:
            outcome = "silence"
        except OSError as error:
            outcome = str(error)
    return outcome, time.monotonic() - began


if __name__ == "__main__":
    doing, *arguments = sys.argv[1:]
    if doing == "listen":
        listen(arguments)
    else:
        found = {}
        for port in arguments[1:]:
            found[port] = ask(arguments[0], port)
            time.sleep(PAUSE)
        sys.stdout.write(json.dumps(found))
