"""Reading all figures in one transaction, at most once every few seconds however many ask."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import update_wrapper
from typing import Final

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from shared.db import Database
from shared.services.figures_cost import bound_cost, took_too_long
from shared.version import VERSION

FRESH: Final = 3.0
"""Seconds for which a reading is handed out again."""

LONGEST: Final = 8.0
"""Seconds for all of them: Prometheus waits for ten. What is not read by then is told to be missing."""


Source = Callable[[Session], Iterable[Metric]]
"""Reads some figures within the caller's transaction; a function, or something that carries the name of one."""

logger = logging.getLogger(__name__)


class Reading(Collector):
    """The figures of all sources, for a registry of prometheus_client."""

    def __init__(self, database: Database, sources: Sequence[Source]) -> None:
        """Prepare; the database is asked when somebody wants to know."""
        self._database = database
        self._sources = sources
        self._lock = threading.Lock()
        self._until = 0.0
        self._families: list[Metric] = []

    def collect(self) -> Iterator[Metric]:
        """Give every figure; without the database, only that it is away."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._families = list(self._read())
                self._until = time.monotonic() + FRESH
            families = self._families
        return iter(families)

    def _read(self) -> Iterator[Metric]:
        began = time.monotonic()
        try:
            families = list(self._ask())
        except SQLAlchemyError as error:
            logger.warning("the figures cannot be read", extra={"error": type(error).__name__})
            families = None
        yield GaugeMetricFamily(
            "gatehouse_database_up", "1 when the figures could be read from the database.", families is not None
        )
        build = GaugeMetricFamily("gatehouse_build_info", "1, for the version of the product.", labels=["version"])
        build.add_metric([VERSION], 1)
        yield build
        yield from families or ()
        yield GaugeMetricFamily(
            "gatehouse_scrape_seconds", "How long the latest reading took.", time.monotonic() - began
        )

    def _ask(self) -> Iterator[Metric]:
        missing = GaugeMetricFamily(
            "gatehouse_figures_missing", "1 for a source of figures that took too long to read.", labels=["source"]
        )
        end = time.monotonic() + LONGEST
        with self._database.reading() as session:
            for source in self._sources:
                told = _told(session, source, seconds=end - time.monotonic())
                missing.add_metric([_name(source)], told is None)
                yield from told or ()
        yield missing


def _told(session: Session, source: Source, *, seconds: float) -> list[Metric] | None:
    """What a source tells; None when that takes longer, which must not hide what all others tell."""
    if seconds <= 0:
        return None
    bound_cost(session, seconds=seconds)
    try:
        with session.begin_nested():
            return list(source(session))
    except DBAPIError as error:
        if not took_too_long(error):
            raise
        logger.warning("a figure takes too long to read", extra={"source": _name(source)})
        return None


def _name(source: Source) -> str:
    name: str = source.__qualname__
    return name


class Seldom:
    """A source that is asked anew only once in a while, because asking it costs much."""

    def __init__(self, source: Source, *, every: float) -> None:
        """``every``: seconds for which its latest answer is good enough, or that it took too long."""
        update_wrapper(self, source)
        self._source = source
        self._every = every
        self._until = 0.0
        self._answer: list[Metric] | DBAPIError = []

    def __call__(self, session: Session) -> Iterable[Metric]:
        """Give its figures, perhaps those of a while ago.

        Raises:
            DBAPIError: the database did not answer, now, or in time a while ago.
        """
        if time.monotonic() >= self._until:
            self._answer = self._ask(session)
            self._until = time.monotonic() + self._every
        if isinstance(self._answer, DBAPIError):
            raise self._answer
        return self._answer

    def _ask(self, session: Session) -> list[Metric] | DBAPIError:
        try:
            return list(self._source(session))
        except DBAPIError as error:
            if took_too_long(error):
                return error
            raise
