"""A policy with what the lists of a folder say, for commands that decide or look up."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from saywhy.policy.policy import Policy


def with_lists(policy: "Policy", folder: Path) -> "Policy":
    """The policy as the filter has it with these lists. A damaged index ends the command with 1."""
    from saywhy.lists.attach import attached
    from saywhy.lists.index import open_index
    from saywhy.lists.index_file import DamagedIndexError
    from saywhy.lists.store import ListStore

    path = ListStore(folder).index
    try:
        return attached(policy, open_index(path))
    except FileNotFoundError:
        return policy
    except (DamagedIndexError, OSError) as error:
        typer.echo(f"saywhy: the lists cannot be read: {error}", err=True)
        raise typer.Exit(1) from None
