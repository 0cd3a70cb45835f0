"""What is overridden, replaced or copied of mitmproxy, h2 and h11 is what it was when it was read.

An upgrade that changes one of these methods fails here, under its name: read it again, change what stands on it, and write the
new digests down with REWRITE_EXPECTED=1.
"""

import ast
import hashlib
import importlib
import inspect
import json
import os
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FunctionType

import pytest

from saywhy.proxy import http, mitm

_DIGESTS = Path(__file__).with_name("upstream_digests.json")
_UPSTREAM = ("mitmproxy", "h2", "h11", "wsproto")
# Assigned to classes of theirs, where no base class tells it (`mitmproxy_patches`): what these do, and what they call.
_REPLACED = (
    ("mitmproxy.http", "Headers.get_all"),
    ("mitmproxy.http", "MessageData.__post_init__"),
    ("mitmproxy.coretypes.multidict", "_MultiDict.get_all"),
    ("mitmproxy.coretypes.multidict", "_MultiDict.__getitem__"),
)


def _is_theirs(module: str) -> bool:
    return module.partition(".")[0] in _UPSTREAM


def _overridden() -> Iterator[tuple[str, str]]:
    """Every method of theirs that a class of ours takes the place of: its module, and its name there."""
    rooms = [(room.__name__, found.name) for room in (http, mitm) for found in pkgutil.iter_modules(room.__path__)]
    for room, file in rooms:
        module = importlib.import_module(f"{room}.{file}")
        for _, ours in inspect.getmembers(module, inspect.isclass):
            if ours.__module__ != module.__name__:
                continue
            for name, member in vars(ours).items():
                if not isinstance(member, FunctionType):
                    continue
                for base in ours.__mro__[1:]:
                    theirs = vars(base).get(name)
                    if isinstance(theirs, FunctionType) and _is_theirs(theirs.__module__):
                        yield theirs.__module__, theirs.__qualname__
                        break


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(importlib.import_module(module)))


def _digest(module: str, qualified: str) -> str | None:
    """Of what it does, from its file: comments and its docstring count for nothing. None: nobody wrote it (data classes)."""
    body: list[ast.stmt] = _tree(module).body
    for name in qualified.split("."):
        found = [
            one
            for one in body
            if isinstance(one, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and one.name == name
        ]
        if not found:
            return None
        body = found[-1].body
    written = found[-1]
    kept = body[1:] if ast.get_docstring(written) is not None else body
    head = "" if isinstance(written, ast.ClassDef) else ast.unparse(written.args)
    return hashlib.sha256("\n".join([head, *map(ast.unparse, kept)]).encode()).hexdigest()[:16]


FOUND = {f"{module}.{name}": _digest(module, name) for module, name in sorted({*_overridden(), *_REPLACED})}
DIGESTS = {name: digest for name, digest in FOUND.items() if digest is not None}
KNOWN: dict[str, str] = json.loads(_DIGESTS.read_text()) if _DIGESTS.exists() else {}


def test_there_is_much_of_it() -> None:
    assert len(DIGESTS) > 30


def test_what_is_written_down_is_what_is_overridden() -> None:
    if os.environ.get("REWRITE_EXPECTED"):
        _DIGESTS.write_text(json.dumps(DIGESTS, indent=1) + "\n")
        pytest.fail("written anew: look at what changed, and run again")
    assert sorted(DIGESTS) == sorted(KNOWN)


@pytest.mark.parametrize("name", sorted(DIGESTS))
def test_it_is_what_it_was_when_it_was_read(name: str) -> None:
    assert DIGESTS[name] == KNOWN.get(name), (
        f"{name} is not what it was: read it again (CONTRIBUTING.md, upgrading mitmproxy)"
    )
