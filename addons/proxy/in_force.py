"""What is in force now: policy and grants, each an immutable snapshot that is swapped by reference."""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

from addons.decide.access import Subject, subject_at
from addons.decide.grants import NO_GRANTS, Grants
from addons.policy.policy import Policy

_REMEMBERED = 8192


class InForce:
    """The current policy (None until one has loaded) and grants. Written by `serve`, read on the way of a request."""

    def __init__(self, policy: Policy | None = None, grants: Grants = NO_GRANTS) -> None:
        self._policy = policy
        self.grants = grants
        self._subjects: OrderedDict[str, Subject] = OrderedDict()

    @property
    def policy(self) -> Policy | None:
        """The last good policy."""
        return self._policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        self._policy, self._subjects = policy, OrderedDict()

    def subject_at(self, policy: Policy, peer: str) -> Subject:
        """The subject behind a client's address, as the operating system gives it."""
        subjects = self._subjects
        known = subjects.get(peer)
        if known is not None:
            return known
        address = ip_address(peer.partition("%")[0])
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        subject = subject_at(policy, address)
        subjects[peer] = subject
        if len(subjects) > _REMEMBERED:
            subjects.popitem(last=False)
        return subject
