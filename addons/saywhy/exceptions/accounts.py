"""Those who answer: accounts, their passwords and their sessions.

Passwords are generated and hold 80 bits, until somebody chooses one of their own; argon2id guards the hashes all the same.
"""

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from saywhy.exceptions.database import Database, StoreUnavailable
from saywhy.exceptions.mail_address import MailAddress
from saywhy.exceptions.readable import grouped, readable_code
from saywhy.exceptions.request import Account, Happening, Step
from saywhy.exceptions.tables import AccountRoleRow, AccountRow, SignInRow
from saywhy.exceptions.trail import record

SIGN_IN_LASTS: Final = timedelta(hours=8)  # a working day; it is not prolonged by use
IDLE_LASTS: Final = timedelta(minutes=30)  # nobody has been here: the next at this machine may be somebody else
_NOTED_EVERY: Final = timedelta(minutes=1)  # so that not every click writes
FIRST_START: Final = "first start"  # by whom the first accounts are made
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
SHORTEST_PASSWORD: Final = 15  # characters, where a password alone lets somebody in (NIST SP 800-63B-4, 3.1.1.2)
LONGEST_PASSWORD: Final = 256
_FEWEST_SIGNS: Final = 5  # different ones, so that it is no single key held down
# OWASP's recommended minimum for argon2id: 19 MiB, two passes, one lane.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class AccountError(ValueError):
    """No such account, or one that cannot be made; the message says which and why."""


class PasswordError(ValueError):
    """A password that cannot be chosen; the message says why and what to do."""


class Accounts:
    """Accounts in the store. Every method raises StoreUnavailable when the store cannot be used."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    def ensure_first_accounts(self, roles: Mapping[str, str]) -> list[tuple[str, str]]:
        """At the very first start, an account for each role (id to title), named like the role's id.

        Gives names and passwords, this once; an empty list when there are accounts already.
        """
        if self._any():
            return []
        named: dict[str, list[str]] = {}
        for role in roles:
            named.setdefault(_name_for(role), []).append(role)
        made = [(name, grouped(readable_code())) for name in named]
        hashed = [_HASHER.hash(password) for _, password in made]
        with self._database.writing() as session:
            if session.scalar(select(func.count()).select_from(AccountRow)):
                return []  # another process was first
            for (name, _), hash_ in zip(made, hashed, strict=True):
                _add(session, name, hash_, named[name])
                self._tell(session, Happening.ACCOUNT_ADDED, FIRST_START, name, named[name])
        return made

    def add_account(self, name: str, roles: Collection[str], by: str = "") -> str:
        """Make an account and give its password, this once; `by` is told in the audit trail. Raises AccountError."""
        plain = account_name(name)
        password = grouped(readable_code())
        hash_ = _HASHER.hash(password)
        with self._database.writing() as session:
            if session.get(AccountRow, plain) is not None:
                raise AccountError(f"there is an account {plain!r} already")
            _add(session, plain, hash_, roles)
            self._tell(session, Happening.ACCOUNT_ADDED, by, plain, roles)
        return password

    def reset_password(self, name: str, by: str = "") -> str:
        """Give an account a new password, this once, and end its sessions. Raises AccountError."""
        plain = account_name(name)
        password = grouped(readable_code())
        hash_ = _HASHER.hash(password)
        with self._database.writing() as session:
            _existing(session, plain).password = hash_
            _end_sessions(session, plain)
            self._tell(session, Happening.PASSWORD_RESET, by, plain)
        return password

    def every_account(self) -> tuple[Account, ...]:
        """All accounts, by name."""
        with self._database.reading() as session:
            return tuple(
                _account(session, name) for name in session.scalars(select(AccountRow.name).order_by(AccountRow.name))
            )

    def remove_account(self, name: str, by: str = "") -> None:
        """Take an account away; its sessions end. What it answered stays, with its name. Raises AccountError."""
        plain = account_name(name)
        with self._database.writing() as session:
            session.delete(_existing(session, plain))
            self._tell(session, Happening.ACCOUNT_REMOVED, by, plain)

    def change_roles(self, name: str, roles: Collection[str], by: str = "") -> None:
        """Give an account these roles and no others; they count from its next click. Raises AccountError."""
        plain = account_name(name)
        with self._database.writing() as session:
            _existing(session, plain)
            session.execute(delete(AccountRoleRow).where(AccountRoleRow.account == plain))
            _add_roles(session, plain, roles)
            self._tell(session, Happening.ROLES_CHANGED, by, plain, roles)

    def change_mail(self, name: str, mail: MailAddress | None, by: str = "") -> None:
        """Give an account an address that it is told things at, or none. Raises AccountError."""
        plain = account_name(name)
        with self._database.writing() as session:
            _existing(session, plain).mail = None if mail is None else mail.text
            self._tell(session, Happening.MAIL_CHANGED, by, plain)

    def addresses(self) -> Mapping[Account, MailAddress]:
        """The accounts that have an address, by name, and theirs."""
        chosen = select(AccountRow.name, AccountRow.mail).where(AccountRow.mail.is_not(None)).order_by(AccountRow.name)
        with self._database.reading() as session:
            return {_account(session, name): MailAddress.parse(mail or "") for name, mail in session.execute(chosen)}

    def change_password(self, name: str, old: str, new: str) -> bool:
        """Take the password that somebody chose in place of their old one, and end every session of the account.

        False where the old one is not right, or is changed at the same moment. Raises PasswordError and AccountError.
        """
        plain = account_name(name)
        check_choice(plain, old, new)
        with self._database.reading() as session:
            stored = _existing(session, plain).password
        if not _is_right(stored, _typed(old)):
            return False
        hash_ = _HASHER.hash(_typed(new))
        with self._database.writing() as session:
            row = _existing(session, plain)
            if row.password != stored:
                return False
            row.password = hash_
            _end_sessions(session, plain)
        return True

    def check_password(self, name: str, password: str) -> Account | None:
        """The account, if the password is its own. An unknown name costs the same hash as a known one."""
        plain = name.strip().lower()
        given = _typed(password)
        with self._database.reading() as session:
            row = session.get(AccountRow, plain) if _NAME.fullmatch(plain) else None
            stored = None if row is None else row.password
            account = None if row is None else _account(session, plain)
        right = _is_right(self._nobody if stored is None else stored, given)
        if not right or stored is None or account is None:
            return None
        if _HASHER.check_needs_rehash(stored):
            self._rehash(plain, stored, given)
        return account

    def sign_in(self, account: Account, at: datetime, instead_of: str | None = None) -> str:
        """Begin a session and give its token, of which only the hash is kept; the one before it in this browser ends."""
        token = secrets.token_urlsafe(32)
        with self._database.writing() as session:
            session.execute(delete(SignInRow).where(SignInRow.ends <= at))
            if instead_of is not None:
                session.execute(delete(SignInRow).where(SignInRow.token == _hashed(instead_of)))
            session.add(SignInRow(token=_hashed(token), account=account.name, ends=at + SIGN_IN_LASTS, used_at=at))
        return token

    def signed_in(self, token: str, at: datetime) -> Account | None:
        """Whose session this is, with the roles they hold now; None once it has ended, or has not been used for long."""
        with self._database.reading() as session:
            row = session.get(SignInRow, _hashed(token))
            if row is None or row.ends <= at or row.used_at + IDLE_LASTS <= at:
                return None
            used_at, account = row.used_at, _account(session, row.account)
        if at - used_at >= _NOTED_EVERY:
            with suppress(StoreUnavailable):  # it may then end too soon, never too late
                self._note_use(token, at)
        return account

    def _note_use(self, token: str, at: datetime) -> None:
        with self._database.writing() as session:
            session.execute(
                update(SignInRow).where(SignInRow.token == _hashed(token), SignInRow.used_at < at).values(used_at=at)
            )

    def sign_out(self, token: str) -> None:
        """End a session."""
        with self._database.writing() as session:
            session.execute(delete(SignInRow).where(SignInRow.token == _hashed(token)))

    @cached_property
    def _nobody(self) -> str:
        return _HASHER.hash(secrets.token_hex(16))

    def _any(self) -> bool:
        with self._database.reading() as session:
            return bool(session.scalar(select(func.count()).select_from(AccountRow)))

    def _tell(self, session: Session, what: Happening, by: str, about: str, roles: Collection[str] = ()) -> None:
        without = {Happening.PASSWORD_RESET, Happening.MAIL_CHANGED}
        held = {"roles": sorted(set(roles))} if what not in without else {}
        record(session, Step(self._now(), what, by, about=about, facts=held))

    def _rehash(self, name: str, stored: str, password: str) -> None:
        hash_ = _HASHER.hash(password)
        with self._database.writing() as session:
            row = session.get(AccountRow, name)
            if row is not None and row.password == stored:
                row.password = hash_


def account_name(text: str) -> str:
    """A name as accounts are kept by. Raises AccountError."""
    plain = text.strip().lower()
    if _NAME.fullmatch(plain) is None:
        raise AccountError(f"{text!r} is no account name; use letters a to z, digits and . _ @ - (64 at the most)")
    return plain


def check_choice(name: str, old: str, new: str) -> None:
    """Whether a password may be chosen by this account: long, not its name, not one key, another one. Raises PasswordError."""
    plain = _typed(new)
    if len(plain) < SHORTEST_PASSWORD:
        raise PasswordError(f"Use {SHORTEST_PASSWORD} characters or more")
    if len(plain) >= LONGEST_PASSWORD:
        raise PasswordError(f"Use fewer than {LONGEST_PASSWORD} characters")
    if len(set(plain.lower().replace(name, ""))) < _FEWEST_SIGNS:
        raise PasswordError("Use more than your name and a few characters again and again")
    if plain == _typed(old):
        raise PasswordError("Choose another one than the password that you have")


def _is_right(stored: str, given: str) -> bool:
    try:
        return _HASHER.verify(stored, given)
    except (VerificationError, InvalidHashError):
        return False


def _typed(password: str) -> str:
    """A password in one form, however a keyboard writes its characters (NIST SP 800-63B-4, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password.strip())[:LONGEST_PASSWORD]


def _name_for(role: str) -> str:
    # A role's id is the policy's own business; an account's name has to be typed.
    return account_name(re.sub(r"[^a-z0-9._@-]+", "-", role.lower()).strip("-._@")[:64] or "staff")


def _add(session: Session, name: str, hash_: str, roles: Collection[str]) -> None:
    session.add(AccountRow(name=name, password=hash_))
    session.flush()
    _add_roles(session, name, roles)


def _add_roles(session: Session, name: str, roles: Collection[str]) -> None:
    session.add_all(AccountRoleRow(account=name, role=role) for role in sorted(set(roles)))


def _existing(session: Session, name: str) -> AccountRow:
    row = session.get(AccountRow, name)
    if row is None:
        raise AccountError(f"there is no account {name!r}")
    return row


def _end_sessions(session: Session, name: str) -> None:
    session.execute(delete(SignInRow).where(SignInRow.account == name))


def _account(session: Session, name: str) -> Account:
    roles = session.scalars(select(AccountRoleRow.role).where(AccountRoleRow.account == name))
    return Account(name, frozenset(roles))


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
