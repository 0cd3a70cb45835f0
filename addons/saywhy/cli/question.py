"""Who opens what, and when, as arguments of a command: read, or refused with what to write instead."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import typer

from saywhy.cli.asker import parse_asker
from saywhy.cli.inquiry import Inquiry, inquire
from saywhy.cli.listed import with_lists
from saywhy.cli.problems import shown
from saywhy.decide.access import Access, Target, target_of_host, target_of_url
from saywhy.explain.words import Languages
from saywhy.policy.address import AddressError
from saywhy.policy.policy import Policy
from saywhy.policy.problem import PolicyError
from saywhy.policy.reading.load import load_policy
from saywhy.rehearse.parse_moment import parse_moment


@dataclass(frozen=True, slots=True)
class Question:
    """An access to be decided under a policy."""

    folder: Path
    policy: Policy
    access: Access

    def inquiry(self, *, reference: str | None = None, languages: Languages | None = None) -> Inquiry:
        """The question, answered."""
        return inquire(self.folder, self.policy, self.access, reference=reference, languages=languages)


def asked(  # the arguments of a command
    url: str, asker: str, at: str, policies: Path, now: datetime, *, host_only: bool, lists: Path | None = None
) -> Question:
    """Read a command's arguments. Raises typer.BadParameter, or typer.Exit after printing a policy's problems."""
    try:
        target = parse_target(url, host_only=host_only)
    except AddressError as error:
        raise typer.BadParameter(str(error), param_hint="URL") from None
    policy = policy_in(policies)
    if lists is not None:
        policy = with_lists(policy, lists)
    try:
        subject = parse_asker(asker, policy)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--as") from None
    zone = policy.school.timezone
    try:
        moment = parse_moment(at, now, zone) if at else now.astimezone(zone)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--at") from None
    return Question(policies, policy, Access(subject, target, moment))


def policy_in(folder: Path) -> Policy:
    """The policy of a folder. Its problems are printed, and end the command with 1."""
    try:
        return load_policy(folder)
    except PolicyError as error:
        for line in shown(error.problems):
            typer.echo(line, err=True)
        raise typer.Exit(1) from None


def parse_target(text: str, *, host_only: bool) -> Target:
    """The target of a URL, or of a host alone. Raises AddressError."""
    plain = text.strip()
    if plain.count(":") > 1 and not plain.startswith("[") and "/" not in plain:
        return target_of_host(plain) if host_only else target_of_url(f"https://[{plain}]/")
    target = target_of_url(plain)
    return Target(target.host, target.port) if host_only else target
