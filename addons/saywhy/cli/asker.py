"""`--as`: who asks, as groups or as an address of a place."""

import re
from ipaddress import ip_address

from saywhy.decide.access import Subject, subject_at, subject_in
from saywhy.decide.engine import Engine
from saywhy.policy.suggest import did_you_mean, listed


def parse_asker(text: str, engine: Engine) -> Subject:
    """Read `year7`, `year7,students` (or with +; the most telling first) or `10.30.7.21`. Raises ValueError with what is known."""
    plain = text.strip()
    try:
        return subject_at(engine, ip_address(plain))
    except ValueError:
        groups = tuple(dict.fromkeys(name.strip() for name in re.split(r"[,+]", plain) if name.strip()))
    policy = engine.policy
    known = f"The groups are {listed(policy.groups)}" if policy.groups else "The policy names no groups"
    if not groups:
        raise ValueError(f"{text!r} names nobody. {known}")
    try:
        return subject_in(policy, groups)
    except KeyError as error:
        meant = did_you_mean(error.args[0], policy.groups)
        said = f"{meant} {known}" if meant.startswith("did") else known
        raise ValueError(f"there is no group {error.args[0]!r}; {said[:1].lower()}{said[1:]}") from None
