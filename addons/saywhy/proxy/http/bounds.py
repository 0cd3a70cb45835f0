"""What both lanes hold to: how much may wait, be kept, or be passed over, in bytes."""

from typing import Final

MOST_WAITING: Final = 262_144  # of further requests, while one is answered
MOST_PASSED_OVER: Final = 262_144  # of a refused request's body, to keep its connection
MOST_KEPT: Final = 65_536  # of a request's body, until its answer begins
MOST_UNWRITTEN: Final = 131_072  # to be written, before the other side is not read any more
