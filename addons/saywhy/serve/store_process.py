"""What the store lacks is made by a process that ends with that: what it takes of memory, Alembic above all, is given back."""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Final

from saywhy.exceptions.database import StoreUnavailable
from saywhy.serve.child import SETTINGS, log_to_stderr, settings_from_parent
from saywhy.serve.first_start import prepare_store
from saywhy.serve.fork_server import ForkServer
from saywhy.serve.settings import Settings

_ROLES: Final = "SAYWHY_ROLES"
_ANSWER: Final = "SAYWHY_ANSWER"


def prepare_store_apart(server: ForkServer, settings: Settings, roles: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """Do what `prepare_store` does, in a process of its own. Raises what it raises, and StartError."""
    reading, writing = os.pipe()
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        told = {SETTINGS: settings.as_json(), _ROLES: json.dumps(roles)}
        process = server.start(__name__, told, nothing, {_ANSWER: writing})
    finally:
        os.close(writing)
        os.close(nothing)
    with os.fdopen(reading, "rb") as answers:
        answer = answers.read()
    if code := process.wait():
        raise StoreUnavailable(
            f"the store could not be prepared: that process ended with {code}; what it said stands above"
        )
    match json.loads(answer):
        case {"made": [*made]}:
            return [(str(account), str(password)) for account, password in made]
        case {"problem": problem}:
            raise StoreUnavailable(problem)
    raise AssertionError


def main() -> None:
    """In the process of its own."""
    log_to_stderr("store")
    settings, roles = settings_from_parent(), json.loads(os.environ[_ROLES])
    try:
        answer: dict[str, object] = {"made": list(prepare_store(settings, roles))}
    except StoreUnavailable as error:
        answer = {"problem": str(error)}
    with os.fdopen(int(os.environ[_ANSWER]), "wb") as answers:
        answers.write(json.dumps(answer).encode())
