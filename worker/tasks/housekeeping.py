"""The queue housekeeping: what the calendar asks for. Every chore may run twice without harm."""

from typing import Any

from celery import shared_task

from shared import clock
from shared.messages import Chore
from shared.services import (
    canary_prune,
    canary_walk,
    operator_names_rank,
    role_request_ladder,
    role_request_route,
    tidy,
)
from worker import bounces


@shared_task(name=Chore.ADVANCE_ROLE_REQUESTS, bind=True)
def advance_role_requests(self: Any) -> None:
    """Remind, ask the next level, or let expire, wherever the time has come."""
    _until_done(self.app.workshop, role_request_ladder.advance)


@shared_task(name=Chore.REROUTE_ROLE_REQUESTS, bind=True)
def reroute_role_requests(self: Any) -> None:
    """Find somebody else where the last one who could decide is gone."""
    _until_done(self.app.workshop, role_request_route.reroute)


@shared_task(name=Chore.TIDY, bind=True)
def tidy_up(self: Any) -> None:
    """Take away what nobody needs any more."""
    _until_done(self.app.workshop, tidy.tidy)
    _until_done(self.app.workshop, canary_prune.prune)
    _until_done(self.app.workshop, operator_names_rank.rank)


@shared_task(name=Chore.READ_BOUNCES, bind=True)
def read_bounces(self: Any) -> None:
    """Find out which mails came back."""
    bounces.read_mailbox(self.app.workshop.settings, self.app.workshop.database)


@shared_task(name=Chore.WALK_CANARY, bind=True)
def walk_canary(self: Any) -> None:
    """Bring the canary's walk as far as the mails that it waits for allow."""
    _until_done(self.app.workshop, canary_walk.walk)


def _until_done(workshop: Any, chore: Any) -> None:
    """Run a chore in small transactions until one finds nothing left to do."""
    while True:
        with workshop.database.transaction() as session:
            if not chore(session, settings=workshop.settings, now=clock.now(session)):
                return
