"""The names that the filter has for itself. Behind the proxy they lead to it without DNS; elsewhere there are none such.

`.internal` is reserved for private use (ICANN, 2024).
"""

from typing import Final

PORTAL_NAME: Final = "why.school.internal"
# Each of the following is there for the page that checks a device.
BLOCKED_NAME: Final = f"blocked.{PORTAL_NAME}"  # closed to everybody, whatever a policy says
TRUST_NAME: Final = f"trust.{PORTAL_NAME}"  # nobody has told a browser to pass over a warning about it
CLOCK_NAME: Final = f"clock.{PORTAL_NAME}"  # its certificate is valid for minutes only
