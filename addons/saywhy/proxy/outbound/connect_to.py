"""Connections that lead to another host than the one that was asked for: to a service's own safe address.

What the origin has to prove, and what it is asked for, stays the host that was decided on.
"""

from typing import Self


class ConnectToHost(str):
    """A host that is connected to in the place of `asked`; as a text it is the host itself."""

    __slots__ = ("asked",)

    asked: str

    def __new__(cls, through: str, asked: str) -> Self:
        """Lead to `through` what was asked of `asked`."""
        made = super().__new__(cls, through)
        made.asked = asked
        return made


def asked_of(host: str) -> str:
    """The host that was asked for, of what is connected to."""
    return host.asked if isinstance(host, ConnectToHost) else host
