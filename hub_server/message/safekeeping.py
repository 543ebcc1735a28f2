"""What is said only after it is kept: one place where a database that fails is answered for."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import IntegrityError

from hub_server.database import Database, DatabaseError
from hub_server.intake import Fresh, Intake
from hub_server.ops.alarms import Alarms
from hub_server.speaker import Speaker
from hub_server.views.hub import Refused

LOG: Final = logging.getLogger(__name__)
NOT_KEPT: Final = (
    "The store's computer cannot keep this at the moment, so nothing has changed. Please try again."
)


class Safekeeping:
    """Keeps one store's stays and decisions, and says when the database does not."""

    def __init__(
        self, database: Database, intake: Intake, speaker: Speaker, alarms: Alarms
    ) -> None:
        self._database = database
        self._intake = intake
        self._speaker = speaker
        self._alarms = alarms

    def keep(self, fresh: Fresh) -> bool:
        """One transaction for `fresh` and the decisions that wait; False: undone, all of it."""
        try:
            self._write(fresh)
        except IntegrityError:
            return self._keep_what_fits(fresh)
        except DatabaseError:
            return self._give_up()
        self.look()
        return True

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Somebody's request: where it cannot be kept they are told so.

        Raises:
            Refused: 503, nothing has changed.
        """
        try:
            yield
        except DatabaseError:
            self.look()
            raise Refused(503, "database", NOT_KEPT) from None
        except IntegrityError as error:
            LOG.error("a request does not fit the database: %s; our fault", error.orig)  # noqa: TRY400 - it is answered
            raise Refused(503, "database", NOT_KEPT) from None

    @contextmanager
    def retrying(self) -> Iterator[None]:
        """The clock's work: what cannot be kept now is done at a later tick."""
        try:
            yield
        except DatabaseError:
            self.look()

    def look(self) -> None:
        """Raise or mend the alarm about the database."""
        if self._database.fault is None:
            self._alarms.mended("database")
        else:
            self._alarms.raised("database", f"database: {self._database.fault}")

    def probe(self) -> None:
        """See whether a fault is over."""
        self._database.probe()
        self.look()

    def _keep_what_fits(self, fresh: Fresh) -> bool:
        self._speaker.rollback()
        try:
            self._write(self._intake.without_orphans(fresh))
        except DatabaseError:
            return self._give_up()
        self.look()
        return True

    def _write(self, fresh: Fresh) -> None:
        with self._database.begin():
            self._intake.save(fresh)
            self._speaker.save()

    def _give_up(self) -> bool:
        self.look()
        self._intake.forget()
        self._speaker.rollback()
        return False
