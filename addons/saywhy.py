"""What `mitmdump -s addons/saywhy.py` loads, for those who already run mitmproxy.

Folders and addresses come from the environment; docs/architecture.md names them.
"""

import sys
from pathlib import Path

sys.path.insert(
    0, str(Path(__file__).resolve().parent)
)  # the package beside this file goes before a module of its name

from saywhy.serve.script import install


def load(loader: object) -> None:
    """Put the filter into mitmproxy's chain of addons."""
    del loader
    install()
