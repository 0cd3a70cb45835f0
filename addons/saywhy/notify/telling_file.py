"""`telling.yaml`: read into `Telling`, or every problem that it has, by line and column, as a policy is.

Passwords, keys and URLs that are secrets stand in files of their own, or in the environment; the file names them.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from saywhy.notify.settings import Box, MailServer, Replies, Security, Shape, Telling, Webhook
from saywhy.notify.telling_schema import MailPart, RepliesPart, TellingPart, WebhookPart, read_url
from saywhy.policy.codes import Code
from saywhy.policy.part import Reading
from saywhy.policy.problem import PolicyError, Problem
from saywhy.policy.reading.files import Folder, UnreadableError
from saywhy.policy.reading.validation_errors import problems_of
from saywhy.policy.reading.yaml12 import Document, Loc, read_yaml
from saywhy.policy.suggest import did_you_mean, quoted

FILE_NAME: Final = "telling.yaml"
_PORTS: Final = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}  # RFC 6409, RFC 8314, RFC 5321
_LARGEST: Final = 1024 * 1024  # bytes of the file
_LARGEST_SECRET: Final = 8192  # bytes of a file with a secret
_SHORTEST_KEY: Final = 16  # bytes of a key that webhooks are signed with


def read_telling(path: Path, environment: Mapping[str, str] | None = None) -> Telling:
    """Read the file. Files that it names lie beside it, or where it says. Raises PolicyError with every problem."""
    folder = Folder(path.parent)
    try:
        document = read_yaml(folder.read(path.name, _LARGEST), folder.shown(path.name))
    except UnreadableError as error:
        raise PolicyError([folder.problem(path.name, error.what, error.instead, code=error.code)]) from None
    if document.root is None:
        raise PolicyError(document.problems)
    found = _Found(document, path.parent, os.environ if environment is None else environment, list(document.problems))
    reading = Reading()
    try:
        part = TellingPart.model_validate(document.root.value, context=reading)
    except ValidationError as error:
        found.problems.extend(problems_of(document, error, reading))
        part = None
    for loc in document.nothings():
        found.problem(loc, "nothing is written here", "write a value, or take the key out", Code.NOTHING_WRITTEN)
    telling = None if part is None else found.telling(part)
    if found.problems or telling is None:
        raise PolicyError(sorted(set(found.problems)))
    return telling


@dataclass(slots=True)
class _Found:
    """What the file says, and what is wrong with it beyond its shape."""

    document: Document
    folder: Path
    environment: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def problem(self, loc: Loc, what: str, instead: str, code: Code, *, of_key: bool = False) -> None:
        self.problems.append(self.document.problem(loc, what, instead, code=code, of_key=of_key))

    def telling(self, part: TellingPart) -> Telling:
        webhooks = {name: self._webhook(("webhooks", name), one) for name, one in part.webhooks.items()}
        for role, box in part.roles.items():
            for index, name in enumerate(box.webhooks):
                if name not in webhooks:
                    loc = ("roles", role, "webhooks", index)
                    meant = did_you_mean(name, list(webhooks)) if webhooks else "name it under webhooks"
                    self.problem(loc, f"there is no webhook {quoted(name)}", meant, Code.UNKNOWN_NAME)
            if box.mail and part.mail is None:
                self.problem(("roles", role, "mail"), "no mail server is named", "write mail:", Code.MISSING_KEY)
        if part.replies is not None and part.mail is None:
            self.problem(("replies",), "no mail server is named", "write mail:", Code.MISSING_KEY)
        return Telling(
            portal=part.portal,
            mail=None if part.mail is None else self._mail(("mail",), part.mail),
            replies=None if part.replies is None else _replies(part.replies),
            webhooks=webhooks,
            roles={name: Box(tuple(one.mail), tuple(one.webhooks)) for name, one in part.roles.items()},
            asker_domains=frozenset(() if part.askers is None else part.askers.domains),
            every=timedelta(minutes=part.every),
            words=part.words,
        )

    def _mail(self, loc: Loc, part: MailPart) -> MailServer:
        security = Security(part.security)
        password = self._secret(loc, "password", part.password_file, part.password_env)
        if (part.user is None) != (password is None):
            has, lacks = ("user", "password_file") if password is None else ("a password", "user")
            self.problem(loc, f"there is {has} without {lacks}", f"write {lacks}:", Code.MISSING_KEY)
        if password is not None and security is Security.NONE:
            what = "a password would be sent for everybody to read"
            self.problem((*loc, "security"), what, "write starttls or tls, or leave user out", Code.NEVER_USED)
        return MailServer(
            host=part.server,
            port=part.port or _PORTS[security],
            security=security,
            sender=part.sender,
            user=part.user or "",
            password=password or "",
            roots=self._roots(loc, part.roots),
        )

    def _webhook(self, loc: Loc, part: WebhookPart) -> Webhook:
        url = part.url or self._secret(loc, "url", part.url_file, part.url_env) or ""
        if part.url is not None and (part.url_file or part.url_env):
            self.problem((*loc, "url"), "the address is given twice", "write one of them", Code.SAID_TWICE)
        elif not url and not (part.url_file or part.url_env):
            self.problem(loc, "no address is given", "write url_file: or url:", Code.MISSING_KEY)
        elif url and part.url is None:
            try:
                read_url(url)
            except ValueError as error:
                key = "url_file" if part.url_file else "url_env"
                self.problem((*loc, key), f"what stands there {error}", "write https://…", Code.BAD_ADDRESS)
        shape = Shape(part.shape)
        secret = self._secret(loc, "secret", part.secret_file, part.secret_env)
        if secret is not None and len(secret.encode()) < _SHORTEST_KEY:
            key = "secret_file" if part.secret_file else "secret_env"
            what = f"the key has fewer than {_SHORTEST_KEY} characters"
            self.problem((*loc, key), what, "make one: openssl rand -hex 32", Code.BAD_NAME)
        if secret is not None and shape is not Shape.JSON:
            self.problem(loc, f"{shape.value} checks no signature", "take secret_file out", Code.NEVER_USED)
        return Webhook(url, shape, (secret or "").encode(), self._roots(loc, part.roots))

    def _secret(self, loc: Loc, name: str, file: str | None, variable: str | None) -> str | None:
        """What stands in a file or in the environment, without white space around it; None where neither is named."""
        if file is not None and variable is not None:
            self.problem((*loc, f"{name}_env"), f"the {name} is given twice", "write one of them", Code.SAID_TWICE)
        if file is not None:
            try:
                content = Folder(self.folder).read(file, _LARGEST_SECRET)
                text = content.decode().strip()
            except UnreadableError as error:
                self.problem((*loc, f"{name}_file"), f"{file}: {error.what}", error.instead, error.code)
                return ""
            except UnicodeDecodeError:
                text = ""
            if not text or not text.isprintable():
                what = f"{file} does not hold one line of text"
                self.problem((*loc, f"{name}_file"), what, f"write the {name} into it, alone", Code.EMPTY_FILE)
            return text
        if variable is not None:
            text = self.environment.get(variable, "").strip()
            if not text or not text.isprintable():
                what = f"the environment of the filter has no {variable}"
                self.problem((*loc, f"{name}_env"), what, "set it, or write a file", Code.NOTHING_WRITTEN)
            return text
        return None

    def _roots(self, loc: Loc, name: str | None) -> Path | None:
        if name is None:
            return None
        try:
            Folder(self.folder).read(name)
        except UnreadableError as error:
            self.problem((*loc, "roots"), f"{name}: {error.what}", error.instead, error.code)
        return (self.folder / name).absolute()


def _replies(part: RepliesPart) -> Replies:
    listening = None if part.listen is None else replace(part.listen, lmtp=part.protocol == "lmtp")
    return Replies(part.domain, listening)
