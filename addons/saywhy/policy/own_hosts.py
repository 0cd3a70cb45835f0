"""The names that the filter has for itself. Behind the proxy they lead to it without DNS; elsewhere there are none such.

`.internal` is reserved for private use (ICANN, 2024).
"""

from typing import Final

PORTAL_NAME: Final = "why.school.internal"
# Each of the following is there for the page that checks a device.
BLOCKED_NAME: Final = f"blocked.{PORTAL_NAME}"  # closed to everybody, whatever a policy says
TRUST_NAME: Final = f"trust.{PORTAL_NAME}"  # nobody has told a browser to pass over a warning about it
CLOCK_NAME: Final = f"clock.{PORTAL_NAME}"  # its certificate is valid for minutes only
# Each of the following is there for the self-test, which no figure of decisions and no log has. No rule says anything about
# them; behind them is an origin in the filter's own process.
_TESTED: Final = f"test.{PORTAL_NAME}"
TEST_BLOCKED: Final = f"blocked.{_TESTED}"
TEST_SEALED: Final = f"sealed.{_TESTED}"
TEST_RELAYED: Final = f"relayed.{_TESTED}"
TEST_INSPECTED: Final = f"inspected.{_TESTED}"
TEST_NAMES: Final = frozenset({TEST_BLOCKED, TEST_SEALED, TEST_RELAYED, TEST_INSPECTED})
TEST_CERTIFICATE: Final = f"*.{_TESTED}"
SEALED_PATH: Final = "/sealed"  # at TEST_SEALED: it is on the sealed lists, where a school has any
