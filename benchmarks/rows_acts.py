"""What is done all day: each act with what it needs in front of all that is over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.rows_behind import ADDRESSES, PEOPLE
from gateway.web.operations_figures import read_overview
from shared import clock, outbox
from shared.domain.environments import Environment
from shared.messages import Queue, Task
from shared.models import Account, Organisation, OutboxRow
from shared.services import audit, audit_seal, decisions_waiting, role_request_ladder, role_request_route, tidy
from shared.services.sign_up import SignUp, sign_up
from shared.settings import Settings
from tests.builders import a_membership, an_account, an_organisation
from tests.builders_role_requests import a_role_request, an_assignment
from worker import mailer
from worker.glance import MAIL

OPEN = 20
"""Requests that wait for one approver, and rows of work that are due."""
A_LONG_TIME = timedelta(days=40)
"""After which every request that nobody decided is over."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What is under way."""

    settings: Settings
    approver: Account
    office: Organisation
    post: UUID
    people: list[UUID]
    now: datetime


class Act(NamedTuple):
    """One thing that is done."""

    name: str
    do: Callable[[Session, Scene], object]
    prepare: Callable[[Session, Scene], object] = lambda _session, _scene: None
    """Done in the same transaction, before the time is taken."""
    is_done: Callable[[Session], bool] = lambda _session: True
    """Says afterwards whether anything was done at all."""


def a_scene(session: Session, settings: Settings) -> Scene:
    """An approver of a national authority whom 20 of 100 people wait for."""
    now = datetime.now(UTC)
    people = [an_account(session) for _ in range(PEOPLE)]
    post = an_organisation(session).posts[0]
    office = an_organisation(session, kind="authority", role="CCA", name="Central Authority")
    a_membership(session, people[0], office.posts[0])
    for applicant in people[1 : OPEN + 1]:
        an_assignment(session, a_role_request(session, applicant, post, now=now), office=office, account=people[0])
    return Scene(settings, people[0], office, post.id, [one.id for one in people], now)


def _write_work(session: Session, _scene: Scene) -> None:
    for number in range(OPEN):
        outbox.add(session, task=Task.DELIVER_EMAILS, queue=Queue.MAIL_URGENT, subject_id=UUID(int=number))
    session.flush()


def _write_events(session: Session, scene: Scene) -> None:
    for _ in range(OPEN):
        audit.record(
            session,
            action="account.created",
            actor=audit.SYSTEM,
            subject_type="account",
            subject_id=scene.approver.id,
            now=scene.now,
        )
    session.flush()


def _take_and_finish(session: Session, scene: Scene) -> None:
    taken = outbox.take(session, session.info["row_id"], worker=1, reading=MAIL, lifetime=scene.settings.link_lifetime)
    assert taken is not None
    outbox.finish(session, taken, "done", then=mailer._sent, email_id=taken.subject_id)  # noqa: SLF001 - what the worker records


def _write_mail(session: Session, scene: Scene) -> None:
    _sign_up(session, scene)
    waiting = select(OutboxRow.id).where(OutboxRow.finished_at.is_(None))
    session.info["row_id"] = session.scalars(waiting.order_by(OutboxRow.created_at.desc()).limit(1)).one()


def _is_sent(session: Session) -> bool:
    return session.get_one(OutboxRow, session.info["row_id"]).outcome == "done"


def _sign_up(session: Session, scene: Scene) -> None:
    form = SignUp(
        first_name="Ann",
        last_name="Peeters",
        email=f"person{ADDRESSES - 1}@people.example",  # nobody's, and many old mails went there
        email_language="en",
        ui_language="en",
    )
    sign_up(session, form, settings=scene.settings, now=clock.now(session))


ACTS = (
    Act("sign-up, limits on", _sign_up),
    Act(f"announce {OPEN} mails", lambda session, _: outbox.announce(session), _write_work),
    Act("take a mail, record its end", _take_and_finish, _write_mail, _is_sent),
    Act(f"seal {OPEN} events", lambda session, scene: audit_seal.seal(session, scene.settings.keyring), _write_events),
    Act(
        f"inbox of an approver, {OPEN} waiting",
        lambda session, scene: decisions_waiting.list_waiting(
            session, scene.approver, Environment.PRODUCTION, now=scene.now
        ),
    ),
    Act(
        "ladder, nothing due",
        lambda session, scene: role_request_ladder.advance(session, settings=scene.settings, now=scene.now),
    ),
    Act(
        f"ladder, {OPEN} requests expire",
        lambda session, scene: role_request_ladder.advance(
            session, settings=scene.settings, now=scene.now + A_LONG_TIME
        ),
    ),
    Act(
        "reroute, all as it should be",
        lambda session, scene: role_request_route.reroute(session, settings=scene.settings, now=scene.now),
    ),
    Act("tidy, nothing over", lambda session, scene: tidy.tidy(session, settings=scene.settings, now=scene.now)),
    Act("operations page", lambda session, _: read_overview(session)),
)
