"""Networks, ports and protocols of a policy: read, or refused with what to write instead."""

import re
from ipaddress import ip_interface, ip_network
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from saywhy.policy import json_shapes
from saywhy.policy.codes import Code
from saywhy.policy.part import mistake, wrong_kind
from saywhy.policy.school import Network
from saywhy.policy.suggest import quoted
from saywhy.policy.text_fields import read_name


def _network(value: Any) -> Network:
    text = read_name(value, "a network", "write it like 10.30.7.0/24")
    try:
        return ip_network(text)
    except ValueError:
        pass
    try:
        meant = ip_interface(text).network
    except ValueError:
        raise mistake(
            f"{quoted(text)} is no network",
            "write it like 10.30.7.0/24, or one address like 10.30.7.9",
            code=Code.BAD_NETWORK,
        ) from None
    address = text.partition("/")[0]
    if meant.prefixlen == 0:
        what = f"{quoted(text)} is every address there is"
        raise mistake(
            what, f"write {meant} where that is meant, or {address} for that one address", code=Code.BAD_NETWORK
        )
    raise mistake(f"{quoted(text)} is an address within a network", f"write {meant} for the network, or {address} for that one address", code=Code.BAD_NETWORK)  # fmt: skip


def _port(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong_kind("a port number", "write a number from 1 to 65535, without quotes")
    if not 1 <= value <= 65_535:
        raise mistake(f"{value} is no port", "write a number from 1 to 65535", code=Code.BAD_PORT)
    return value


def _ports(value: Any) -> str:
    first, mark, last = (read_name(value, "a port") if isinstance(value, str) else str(value)).partition("-")
    if not mark:
        return str(_port(value))
    if not (isinstance(value, str) and first.isdecimal() and last.isdecimal()):
        raise mistake(f"{quoted(str(value))} is no range of ports", "write it like 8801-8810", code=Code.BAD_PORT)
    if _port(int(first)) >= _port(int(last)):
        raise mistake(f"{quoted(str(value))} ends before it begins", "write the lower port first", code=Code.BAD_PORT)
    return f"{int(first)}-{int(last)}"


def _protocol(value: Any) -> str:
    text = read_name(value, "the name of a protocol", "write it like apns-security-v3")
    if not re.fullmatch(r"[!-~]{1,255}", text):
        instead = "write it as programs name it in TLS (ALPN), like apns-security-v3"
        raise mistake(f"{quoted(text)} is no name of a protocol", instead, code=Code.BAD_NAME)
    return text


NetworkText = Annotated[Network, PlainValidator(_network), WithJsonSchema(json_shapes.NETWORK)]
Ports = Annotated[str, PlainValidator(_ports), WithJsonSchema(json_shapes.PORTS)]
Port = Annotated[int, PlainValidator(_port), WithJsonSchema(json_shapes.PORT)]
Protocol = Annotated[str, PlainValidator(_protocol), WithJsonSchema(json_shapes.PROTOCOL)]
