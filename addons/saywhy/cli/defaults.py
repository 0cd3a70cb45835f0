"""What `saywhy run` takes where it is not told otherwise, and where other commands look for it."""

from pathlib import Path
from typing import Final

from saywhy.serve.settings import Endpoint, Settings

DEFAULTS: Final = Settings(
    policies=Path("policies"),
    state=Path("state"),
    listen=(Endpoint("127.0.0.1", 8080),),
    portal=Endpoint("127.0.0.1", 8081),
    metrics=Endpoint("127.0.0.1", 9090),
)
