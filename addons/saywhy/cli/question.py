"""Who opens what, and when, as arguments of a command: read, or refused with what to write instead."""

from dataclasses import dataclass, replace
from datetime import datetime

import typer

from saywhy.cli.asker import parse_asker
from saywhy.cli.inquiry import Inquiry, inquire
from saywhy.decide.access import Access, Target, target_of_host, target_of_url
from saywhy.decide.opened import opened_as, read_media_type, read_method
from saywhy.explain.words import Languages
from saywhy.policy.address import AddressError
from saywhy.rehearse.parse_moment import parse_moment
from saywhy.serve.basis import Basis


@dataclass(frozen=True, slots=True)
class Question:
    """An access to be decided, and by what."""

    basis: Basis
    access: Access

    def inquiry(
        self, *, reference: str | None = None, languages: Languages | None = None, language: str = ""
    ) -> Inquiry:
        """The question, answered; told in a language, by default the school's own."""
        return inquire(self.basis, self.access, reference=reference, languages=languages, language=language)

    def used(self, *, method: str, uploads: bool, file: str, kind: str) -> "Question":
        """The same question about an address that is used so. Raises typer.BadParameter."""
        try:
            method = read_method(method) if method else ""
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--method") from None
        try:
            kind = read_media_type(kind) if kind else ""
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--type") from None
        target = opened_as(self.access.target, method=method, uploads=uploads, file=file, kind=kind)
        return replace(self, access=replace(self.access, target=target))


def asked(url: str, asker: str, at: str, basis: Basis, now: datetime, *, host_only: bool) -> Question:
    """Read a command's arguments. Raises typer.BadParameter."""
    try:
        target = parse_target(url, host_only=host_only)
    except AddressError as error:
        raise typer.BadParameter(str(error), param_hint="URL") from None
    try:
        subject = parse_asker(asker, basis.engine)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--as") from None
    zone = basis.engine.policy.school.timezone
    try:
        moment = parse_moment(at, now, zone) if at else now.astimezone(zone)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--at") from None
    return Question(basis, Access(subject, target, moment))


def parse_target(text: str, *, host_only: bool) -> Target:
    """The target of a URL, or of a host alone. Raises AddressError."""
    plain = text.strip()
    if plain.count(":") > 1 and not plain.startswith("[") and "/" not in plain:
        return target_of_host(plain) if host_only else target_of_url(f"https://[{plain}]/")
    target = target_of_url(plain)
    return target.by_name if host_only else target
