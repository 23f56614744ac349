"""Reading the mailbox to which delivery reports come."""

import logging
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from shared import clock
from shared.bounce_folder import FOR_A_PERSON, SEEN, BounceFolder
from shared.db import Database, is_away
from shared.services.bounces import Outcome, take_report, understood
from shared.settings import Settings

AT_ONCE = 1_000
"""Reports read in one go; the rest is read a minute later."""
LONGEST_WAIT = 3600.0
"""Seconds for which a report that cannot be settled is read again each minute; then it is for a person."""
_SETTLED = frozenset(Outcome) - {Outcome.NOT_UNDERSTOOD, Outcome.TOO_EARLY}

logger = logging.getLogger(__name__)


def read_mailbox(settings: Settings, database: Database) -> Counter[Outcome]:
    """Read what is new in ``BOUNCES_MAILDIR``, each report in a transaction of its own.

    A report that was read moves to ``cur``, flagged where it was not understood. One that fails stays where it is and
    holds up no other; so does one about a mail that is not recorded as sent yet. Nothing happens without the setting.
    """
    read: Counter[Outcome] = Counter()
    if settings.bounces_maildir is None:
        return read
    folder = BounceFolder(settings.bounces_maildir)
    try:
        for path in folder.unread():
            outcome = _read_one(folder, path, settings, database)
            read.update(filter(None, [outcome]))
            if read.total() >= AT_ONCE:
                break
    except OSError as error:
        logger.error("BOUNCES_MAILDIR cannot be read: %s", error.strerror)  # noqa: TRY400 - the place says nothing
    if read:
        logger.info("delivery reports: %s", ", ".join(f"{count} {outcome}" for outcome, count in read.items()))
    return read


def _read_one(folder: BounceFolder, path: Path, settings: Settings, database: Database) -> Outcome | None:
    """Read one report; None when it fails, or when another worker was faster.

    Raises:
        SQLAlchemyError: the database is away, for all of them.
    """
    try:
        report = understood(folder.read(path), settings=settings)
        with database.transaction() as session:
            outcome = take_report(session, report, now=clock.now(session))
        if outcome is not Outcome.TOO_EARLY or _has_waited_long(path):
            folder.put_away(path, SEEN if outcome in _SETTLED else FOR_A_PERSON)
    except FileNotFoundError:
        return None
    except Exception as error:
        if is_away(error):
            raise
        logger.exception("a delivery report could not be read", extra={"file": path.name})
        with suppress(OSError):
            if _has_waited_long(path):
                folder.put_away(path, FOR_A_PERSON)
        return None
    return outcome


def _has_waited_long(path: Path) -> bool:
    """True for a report that could not be settled for an hour: others must not wait behind it for ever."""
    return time.time() - path.stat().st_mtime > LONGEST_WAIT
