"""The store of requests and grants. Every change reads the state and writes what follows in one transaction.

Its parts, by what they do: `asking`, `answering`, `permits`, `reading`, `checking`, `forgetting`, `blocks`, `discussing`, `precedents`, `escalating`;
what is new goes into one of them or beside them.
"""

import logging
from collections.abc import Callable
from typing import Final

from saywhy.exceptions.accounts import Accounts
from saywhy.exceptions.answering import Answering
from saywhy.exceptions.asking import Asking
from saywhy.exceptions.blocks import Blocks
from saywhy.exceptions.category_reports import CategoryReports
from saywhy.exceptions.checking import Checking
from saywhy.exceptions.choosing_further import FurtherTargets
from saywhy.exceptions.chosen_lines import TrailLines
from saywhy.exceptions.database import Database
from saywhy.exceptions.details import AskedDetails
from saywhy.exceptions.discussing import Discussing
from saywhy.exceptions.drafts import Drafts
from saywhy.exceptions.escalating import Escalating
from saywhy.exceptions.figures import Figures
from saywhy.exceptions.forgetting import Forgetting
from saywhy.exceptions.goes import Goes
from saywhy.exceptions.joining import Joining
from saywhy.exceptions.listing import Listing
from saywhy.exceptions.meetings import Meetings
from saywhy.exceptions.outbox import Outbox
from saywhy.exceptions.precedents import Precedents
from saywhy.exceptions.reading import Reading
from saywhy.exceptions.stored import UnknownRequest

__all__ = ["Store", "UnknownRequest"]
_log: Final = logging.getLogger(__name__)


class Store(Asking, Answering, Reading, Checking, Forgetting, TrailLines, Blocks, Discussing, Precedents, Escalating):
    """Requests, reviews, timelines and grants behind one SQLAlchemy URL, or what gives it once it is needed. Safe to use from several threads.

    Every method raises StoreUnavailable when the store cannot be used. `report` is told of each grant that cannot be
    read, and so is not in force.
    """

    def __init__(self, url: str | Callable[[], str], report: Callable[[str], None] = _log.error) -> None:
        super().__init__(Database(url), report)
        self.accounts = Accounts(self._database)
        self.outbox = Outbox(self._database)
        self.drafts = Drafts(self._database)
        self.details = AskedDetails(self._database)
        self.joining = Joining(self._database)
        self.listing = Listing(self._database)
        self.goes = Goes(self._database, report)
        self.further = FurtherTargets(self._database)
        self.categories = CategoryReports(self._database)
        self.meetings = Meetings(self._database)
        self.figures = Figures(self._database)

    def migrate(self) -> None:
        """Make the tables, or bring them up to date. Several processes may do so at once."""
        self._database.migrate()

    def close(self) -> None:
        """Give every connection back."""
        self._database.close()
