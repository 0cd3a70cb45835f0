"""What has to be there before anything listens: folders, key, authority, tables, the first accounts."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from saywhy.atomic_files import make_folder
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.store import Store
from saywhy.policy.policy import Policy
from saywhy.policy.problem import Problem
from saywhy.proxy.tls.authority import AuthorityError, combined_roots, ensure_authority
from saywhy.serve.clock import wall_clock
from saywhy.serve.policy_keeper import PolicyKeeper
from saywhy.serve.revisions import Current, RevisionError, Revisions
from saywhy.serve.roots import upstream_roots
from saywhy.serve.secret import SecretError, ensure_secret
from saywhy.serve.settings import Settings

logger = logging.getLogger(__name__)


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
    store_problem: str = ""  # why requests and permits cannot be kept or read now; deciding goes on


type Roles = Mapping[str, str]  # titles by id
type PreparesStore = Callable[[Settings, Roles], Sequence[tuple[str, str]]]  # as `prepare_store`


def roles_of(policy: Policy | None) -> Roles:
    """The roles of a policy, which has some; none without one."""
    return {role.id: role.title for role in policy.roles.values()} if policy else {}


def prepare_store(settings: Settings, roles: Roles) -> Sequence[tuple[str, str]]:
    """Make what the store lacks: tables, the first accounts. Gives those made just now. Raises StoreUnavailable."""
    store = Store(lambda: settings.database)
    try:
        store.migrate()
        return store.accounts.ensure_first_accounts(roles) if roles else []
    finally:
        store.close()


def prepare(settings: Settings, now: datetime, prepare_store: PreparesStore = prepare_store) -> Prepared:
    """Make what is missing. A policy with problems is no reason not to start: the last good one is in force then.

    Where there never was one, everything is refused until it is good. Nor is a store that cannot be used, or a disk that is
    full: what is not needed for deciding is told, and tried again.

    Raises StartError.
    """
    try:
        make_folder(settings.state)
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
        roots = upstream_roots(settings)
    except AuthorityError as error:
        raise StartError(str(error)) from None
    try:
        combined_roots(roots, certificate, settings.all_roots)
    except AuthorityError as error:  # a convenience for programs: nothing here needs it
        logger.warning("%s", error)
    store_problem = ""
    passwords: Sequence[tuple[str, str]] = ()
    try:
        passwords = prepare_store(settings, roles_of(policy))
    except StoreUnavailable as error:
        store_problem = str(error)
    problems = revisions.folder_state.problems
    if keeper.unkept is not None:
        problems = (keeper.unkept, *(one for one in problems if one != keeper.unkept))
    return Prepared(certificate, policy, problems, keeper, revisions.current(), passwords, store_problem)


def policy_in_force(revisions: Path) -> Policy | None:
    """What is in force in a folder of revisions; None where nothing ever was, or where it cannot be read."""
    found = Revisions(revisions)
    current = found.current()
    if current is None:
        return None
    try:
        return found.load(current.revision)[0]
    except RevisionError:
        return None
