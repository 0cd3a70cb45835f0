"""What has to be there before anything listens: folders, key, authority, tables, the first accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from addons.exceptions.database import StoreUnavailable
from addons.exceptions.store import Store
from addons.policy.policy import Policy
from addons.policy.problem import Problem
from addons.proxy.authority import AuthorityError, combined_roots, ensure_authority
from addons.serve.accepting import PolicyKeeper
from addons.serve.clock import wall_clock
from addons.serve.revisions import Current, Revisions
from addons.serve.roots import upstream_roots
from addons.serve.secret import SecretError, ensure_secret
from addons.serve.settings import Settings


class StartError(Exception):
    """Saywhy cannot start; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was found and made."""

    certificate: Path
    policy: Policy | None  # what is in force
    problems: tuple[Problem, ...]  # of the policy's folder
    keeper: PolicyKeeper  # has begun; to be started
    current: Current | None
    passwords: Sequence[tuple[str, str]]  # account, password; only those made just now


def prepare(settings: Settings, now: datetime) -> Prepared:
    """Make what is missing. A policy with problems is no reason not to start: the last good one is in force then.

    Where there never was one, everything is refused until it is good.

    Raises StartError.
    """
    try:
        settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        ensure_secret(settings.secret)
    except OSError as error:
        raise StartError(f"{settings.state}: the state folder cannot be used ({error.strerror})") from None
    except SecretError as error:
        raise StartError(str(error)) from None
    revisions = Revisions(settings.revisions)
    keeper = PolicyKeeper(
        settings.policies, revisions, wall_clock, poll=settings.policy_settled / 2, settled=settings.policy_settled
    )
    try:
        policy = keeper.begin()
    except OSError as error:
        raise StartError(f"{revisions.root}: the policy cannot be kept there ({error.strerror or error})") from None
    try:
        certificate = ensure_authority(settings.authority, policy.school.name if policy else "School", now)
        combined_roots(upstream_roots(settings), certificate, settings.all_roots)
        store = Store(settings.database)
        store.migrate()
        roles = {role.id: role.title for role in policy.roles.values()} if policy else {}
        passwords = store.accounts.ensure_first_accounts(roles) if roles else []
        store.close()
    except (AuthorityError, StoreUnavailable) as error:
        raise StartError(str(error)) from None
    return Prepared(certificate, policy, revisions.standing.problems, keeper, revisions.current(), passwords)
