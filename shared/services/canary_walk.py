"""The canary's walk from sign-up to expiry, through the services that everybody's requests go through."""

import logging
import secrets
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared import clock
from shared.domain.canary import EVERY, LONGEST_STAGE, MAILS, NEXT, Outcome, Stage, address_of
from shared.domain.deliveries import MailState
from shared.domain.email_addresses import normalise
from shared.domain.environments import Environment
from shared.domain.ladder import AFTER, Step
from shared.domain.links import LinkPurpose
from shared.models import Account, CanaryWalk, Email, Link, RoleRequest
from shared.services.canary_place import ensure_place
from shared.services.passwords import NewPassword, set_password
from shared.services.role_request_ladder import advance_one
from shared.services.role_request_submit import submit
from shared.services.sign_up import SignUp, sign_up
from shared.settings import Settings
from shared.tokens import make_token

logger = logging.getLogger(__name__)


def walk(session: Session, *, settings: Settings, now: datetime) -> int:
    """Bring the walk under way one stage further, or begin the one of these five minutes.

    Walks pass no captcha because captchas are the web's; every limit that counts rows counts theirs. They work by
    waiting for real mails: whatever stands still for 90 s (relay, broker, worker, mail server) makes the walk fail, and
    operations see at which stage. Does nothing without ``CANARY_EMAIL``.

    Returns:
        1 when something moved, else 0; a caller asks until 0.
    """
    if settings.canary_email is None:
        return 0
    at = clock.database_time(session)
    under_way = session.scalar(
        select(CanaryWalk)
        .where(CanaryWalk.finished_at.is_(None))
        .order_by(CanaryWalk.number)
        .limit(1)
        .with_for_update()
    )
    if under_way is None:
        return _begin(session, settings, mailbox=settings.canary_email, now=now, at=at)
    if at - under_way.stage_since >= LONGEST_STAGE:
        _fail(under_way, at)
        return 1
    if not _has_what_it_waits_for(session, under_way):
        return 0
    try:
        with session.begin_nested():
            _ACTS[Stage(under_way.stage)](session, under_way, settings, now)
    except DBAPIError:
        raise
    except Exception:
        # One walk that cannot go on must not be the last.
        logger.exception("the canary's walk came to grief", extra={"walk": under_way.number})
        _fail(under_way, at)
    else:
        _enter(under_way, NEXT[Stage(under_way.stage)], at)
    return 1


def _fail(canary: CanaryWalk, at: datetime) -> None:
    canary.outcome, canary.finished_at = Outcome.FAILED, at
    logger.error("the canary's walk failed", extra={"walk": canary.number, "stage": canary.stage})


def _begin(session: Session, settings: Settings, *, mailbox: str, now: datetime, at: datetime) -> int:
    number = int(at.timestamp() // EVERY.total_seconds())
    if session.get(CanaryWalk, number) is not None:
        return 0
    # Nobody can guess the tag, and sign up in the canary's name before it does.
    address = address_of(mailbox, f"{number}-{secrets.token_hex(4)}")
    form = SignUp(first_name="Canary", last_name="Walk", email=address, email_language="en", ui_language="en")
    sign_up(session, form, settings=settings, now=now)
    account = session.scalars(select(Account).where(Account.email_key == normalise(address))).one()
    account.is_canary = True
    # What is queued from now on knows by its account; the first mail was written before.
    session.execute(update(Email).where(Email.account_id == account.id).values(is_canary=True))
    session.add(
        CanaryWalk(number=number, started_at=at, stage=Stage.PASSWORD_MAIL, stage_since=at, account_id=account.id)
    )
    return 1


def _has_what_it_waits_for(session: Session, canary: CanaryWalk) -> bool:
    of_the_walk = Email.account_id == canary.account_id
    if canary.role_request_id is not None:
        of_the_walk |= Email.role_request_id == canary.role_request_id
    sent = session.scalars(select(Email.template).where(of_the_walk, Email.state == MailState.SENT))
    return MAILS[Stage(canary.stage)] <= set(sent)


def _ask_for_the_role(session: Session, canary: CanaryWalk, settings: Settings, now: datetime) -> None:
    """Open the mailed link, set a password that nobody knows, and ask for the one post."""
    link = session.scalars(
        select(Link)
        .join(Email, Email.link_id == Link.id)
        .where(Email.account_id == canary.account_id, Link.purpose == LinkPurpose.PASSWORD)
        .order_by(Link.created_at.desc())
        .limit(1)
    ).one()
    token = make_token(settings.keyring, purpose=link.purpose, link_id=link.id, key_number=link.key_number)
    new = NewPassword(password_hash=_hash_of_no_password())
    account = set_password(session, token or "", new, settings=settings, now=now)
    post = ensure_place(session, mailbox=settings.canary_email or "", now=now)
    submitted = submit(
        session,
        account=account,
        environment=Environment.TRAINING,
        post_ids=[post.id],
        rate_limits=settings.rate_limits,
        now=now,
    )
    canary.role_request_id = submitted.role_request.id


def _hash_of_no_password() -> str:
    """Draw what looks like a password's argon2id hash; no password is known to anybody that would have it."""
    salt, digest = (b64encode(secrets.token_bytes(length)).rstrip(b"=").decode() for length in (16, 32))
    return f"$argon2id$v=19$m=19456,t=2,p=1${salt}${digest}"


def _let_it_expire(session: Session, canary: CanaryWalk, settings: Settings, now: datetime) -> None:
    """Take the last step of the ladder as if its thirty days were over: the request is made that much older."""
    role_request = session.get_one(RoleRequest, canary.role_request_id)
    role_request.created_at -= AFTER[Step.EXPIRY]
    session.flush()
    advance_one(session, role_request.id, settings=settings, now=now)


def _nothing_more(_session: Session, _canary: CanaryWalk, _settings: Settings, _now: datetime) -> None:
    """The last mail is out."""


_ACTS: MappingProxyType[Stage, Callable[[Session, CanaryWalk, Settings, datetime], None]] = MappingProxyType(
    {
        Stage.PASSWORD_MAIL: _ask_for_the_role,
        Stage.DECIDE_MAIL: _let_it_expire,
        Stage.EXPIRED_MAIL: _nothing_more,
    }
)
"""What a walk does once it has what a stage waits for."""


def _enter(canary: CanaryWalk, stage: Stage | None, at: datetime) -> None:
    if stage is None:
        canary.outcome, canary.finished_at = Outcome.DONE, at
        logger.info(
            "the canary's walk is done",
            extra={"walk": canary.number, "seconds": (at - canary.started_at).total_seconds()},
        )
    else:
        canary.stage, canary.stage_since = stage, at
