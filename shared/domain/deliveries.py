from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.links import LinkPurpose


class MailState(StrEnum):
    """Where a mail stands, in words for people.

    ``refused``: the server said no for good, or the mail became useless before it said yes, or a report said later that
    it did not arrive. ``held``: a limit on mails keeps it back. ``obsolete``: nobody needs it any more, or a newer mail
    took its place.
    """

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    HELD = "held"
    OBSOLETE = "obsolete"


BACKOFF_SECONDS = (1, 2, 5, 10, 30, 60, 60, 60, 120, 240, 480, 900)
"""After the first, second, ... temporary answer; the last one repeats. For the first minutes somebody waits for it."""

BACKOFF_SPREAD = 0.2
"""Share of a delay by which jitter may move it either way, so that what failed together does not return together."""

ANNOUNCE_AGAIN_SECONDS = (30, 60, 120, 240, 300)
"""After the first, second, ... announcement; the last one repeats."""

CRASHES_TO_PARK = 5

NOTICE_USEFUL_HOURS = 48


def backoff(attempts: int, jitter: float) -> timedelta:
    """Give the wait before the next attempt after a temporary answer (4xx, time-out, refused); it never ends.

    ``attempts`` is the number of attempts so far, the failed one included: 1 or more. ``jitter`` is drawn by the
    caller from -1 to 1 and moves the wait by up to a fifth.

    Raises:
        ValueError: ``attempts`` or ``jitter`` out of range.
    """
    if not -1 <= jitter <= 1:
        raise ValueError(f"jitter is from -1 to 1, not {jitter}")
    return timedelta(seconds=_entry(BACKOFF_SECONDS, attempts) * (1 + BACKOFF_SPREAD * jitter))


def announce_again_after(announcements: int) -> timedelta:
    """Give how long a row stays unannounced after its latest announcement, while nobody takes it.

    ``announcements`` is the number so far, the latest included: 1 or more.

    Raises:
        ValueError: ``announcements`` is less than 1.
    """
    return timedelta(seconds=_entry(ANNOUNCE_AGAIN_SECONDS, announcements))


def is_parked(crashes: int) -> bool:
    """True when a row was taken so often without any outcome that it must wait for a person (poison never loops)."""
    return crashes >= CRASHES_TO_PARK


def is_useless(purpose: LinkPurpose | None, *, created_at: datetime, now: datetime) -> bool:
    """True when a waiting mail has become too old to be worth sending: a notice after 48 hours, to the second.

    ``purpose`` is that of the link in the mail, None for a notice without one. A link mail never grows too old:
    its link is stamped at the hand-over, and renewed when it died. Times are aware UTC.
    """
    return purpose is None and now - created_at >= timedelta(hours=NOTICE_USEFUL_HOURS)


def _entry(seconds: tuple[int, ...], count: int) -> int:
    if count < 1:
        raise ValueError(f"counted from 1, not {count}")
    return seconds[min(count, len(seconds)) - 1]
