"""Reading a list of events that grows, each of them once, though some appear later than others of the same time."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, Generic, TypeVar
from uuid import UUID

from shared.services.figures_mails import Event

OVERLAP: Final = timedelta(seconds=30)
"""How long after its own time an event may be committed: several times what a lock may be waited for."""
LOOK_BACK: Final = timedelta(minutes=5)
"""What a process that has just started counts of the past: a restart within that time loses nothing."""

E = TypeVar("E", bound=Event)


class Journal(Generic[E]):
    """What was read of one list."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self._until: datetime | None = None
        self._known: dict[UUID, datetime] = {}

    def since(self, now: datetime) -> datetime:
        """From when to read again."""
        if self._until is None:
            return now - LOOK_BACK
        # The product's clock can be set back in a demonstration.
        return min(self._until, now) - OVERLAP

    def new(self, events: Iterable[E], at_once: int) -> Iterator[list[E]]:
        """Give those that were not known, some at a time; each is known once the caller asks for the next.

        What the caller could not finish is given again next time.
        """
        unknown = (event for event in events if event.id not in self._known)
        while batch := list(islice(unknown, at_once)):
            yield batch
            self._known.update((event.id, event.at) for event in batch)

    def was_read(self, now: datetime) -> None:
        """Note that everything up to now was given, and forget what cannot be given again."""
        self._until = now
        self._known = {known: at for known, at in self._known.items() if at > now - OVERLAP}
