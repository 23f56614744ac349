"""The person's own page: names, languages, time zone, notifications, and what they hold and asked for (R62 to R65)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, joinedload

from shared.domain.contacts import Unacceptable
from shared.domain.environments import Environment
from shared.domain.errors import FieldErrors
from shared.domain.memberships import HELD, MembershipStatus
from shared.domain.organisations import N_
from shared.domain.person_names import check_name, looks_like_organisation
from shared.domain.roles import RoleKind
from shared.i18n import LANGUAGES, time_zones
from shared.models import Account, Administrator, Membership, Organisation, Post
from shared.services import audit, role_kinds, role_request_views
from shared.services.emails import Recipient, queue_email
from shared.services.role_request_recipients import LIVES
from shared.services.role_request_views import RoleRequestView


class Notification(StrEnum):
    """The events of which a person may choose not to be told (R64). No other mail can be switched off."""

    REMINDER = "reminder"
    CLOSING = "closing"
    COLLEAGUE_JOINED = "colleague_joined"


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipView:
    """A post that a person holds. ``is_administrator`` counts for the whole organisation."""

    id: UUID
    post_id: UUID
    kind: str
    name: str
    code: str | None
    traces_number: str | None
    country: str | None
    status: MembershipStatus
    is_administrator: bool
    valid_from: datetime
    valid_to: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentView:
    """What a person has in one environment: what they hold, their latest requests, and the kind they are bound to."""

    memberships: tuple[MembershipView, ...]
    requests: tuple[RoleRequestView, ...]
    next_cursor: str | None
    """Leads to the requests that did not fit."""
    kind: RoleKind | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileView:
    """The whole profile, with the attributes of the contract's ``GET /profile``."""

    username: str
    first_name: str
    last_name: str
    email: str
    email_language: str
    ui_language: str
    time_zone: str
    notifications: dict[Notification, bool]
    environments: dict[Environment, EnvironmentView]


def view(session: Session, *, account: Account) -> ProfileView:
    """Show a person their profile: both environments side by side, neither mixed into the other (R7, R62, R64)."""
    return ProfileView(
        username=account.username,
        first_name=account.first_name,
        last_name=account.last_name,
        email=account.email,
        email_language=account.email_language,
        ui_language=account.ui_language,
        time_zone=account.time_zone,
        notifications={event: wants(account, event) for event in Notification},
        environments={environment: view_of(session, account, environment) for environment in Environment},
    )


def view_of(
    session: Session, account: Account, environment: Environment, *, cursor: str | None = None
) -> EnvironmentView:
    """Show what a person holds in one environment and fifty of their requests there, from ``cursor`` on."""
    requests = role_request_views.list_requests(session, account=account, environment=environment, cursor=cursor)
    return EnvironmentView(
        memberships=tuple(_memberships(session, account, environment)),
        requests=requests.items,
        next_cursor=requests.next_cursor,
        kind=role_kinds.held_kind(session, account_id=account.id, environment=environment),
    )


def wants(account: Account, event: Notification) -> bool:
    """True unless the person switched mails of this event off; what was never touched is on (R64)."""
    return bool(account.notifications.get(event, True))


def change(
    session: Session,
    *,
    account: Account,
    now: datetime,
    first_name: str | None = None,
    last_name: str | None = None,
    confirm_person: bool = False,
    email_language: str | None = None,
    ui_language: str | None = None,
    time_zone: str | None = None,
    notifications: Mapping[str, bool] | None = None,
) -> None:
    """Change what a person may change of their own account; None leaves a value as it is.

    New names pass the checks of signing up, are audited, and told to the administrators of every organisation in which
    the person holds a post: the name stands in certificates that they answer for (R17). The address is not changed
    here: that takes a confirmation from both mailboxes.

    Args:
        session: the caller's transaction; ``account`` belongs to it.
        account: the person.
        now: the product's time.
        first_name: as typed; letters of any alphabet.
        last_name: likewise.
        confirm_person: the person said that a name that looks like an organisation's is their own.
        email_language: one of the 24 codes (R13).
        ui_language: likewise.
        time_zone: a name of the IANA database, such as ``Europe/Brussels`` (R65).
        notifications: events to be switched on or off; those left out stay as they are (R64).

    Raises:
        FieldErrors: any of it does not hold; nothing is changed then.
    """
    typed = {"first_name": first_name, "last_name": last_name}
    names, errors = _check_names(account, typed, confirm_person)
    for field, language in (("email_language", email_language), ("ui_language", ui_language)):
        if language is not None and language not in LANGUAGES:
            errors[field] = [N_("Choose a language from the list.")]
    if time_zone not in {None, account.time_zone, *time_zones()}:
        errors["time_zone"] = [N_("Choose a time zone from the list.")]
    if notifications is not None and not notifications.keys() <= set(Notification):
        errors["notifications"] = [N_("Only reminders, closing lines and new colleagues can be switched off.")]
    if errors:
        raise FieldErrors(errors)
    preferences = {"email_language": email_language, "ui_language": ui_language, "time_zone": time_zone}
    wanted: dict[str, Any] = {field: value for field, value in preferences.items() if value is not None}
    if notifications is not None:
        wanted["notifications"] = account.notifications | dict(notifications)
    _set_names(session, account, names, now)
    _set_preferences(session, account, wanted, now)


def _check_names(
    account: Account, typed: Mapping[str, str | None], confirm_person: bool
) -> tuple[dict[str, str], dict[str, list[str]]]:
    names = {"first_name": account.first_name, "last_name": account.last_name}
    errors: dict[str, list[str]] = {}
    for field, value in typed.items():
        if value is not None:
            try:
                names[field] = check_name(value)
            except Unacceptable as error:
                errors[field] = [str(error)]
    if errors or confirm_person or names == {"first_name": account.first_name, "last_name": account.last_name}:
        return names, errors
    if looks_like_organisation(**names):
        field = "last_name" if names["first_name"] == account.first_name else "first_name"
        errors[field] = [N_("This looks like the name of an organisation. Confirm that it is the name of a person.")]
    return names, errors


def _set_names(session: Session, account: Account, names: Mapping[str, str], now: datetime) -> None:
    changed = [field for field, value in names.items() if getattr(account, field) != value]
    if not changed:
        return
    account.first_name, account.last_name = names["first_name"], names["last_name"]
    # What looks like an organisation's got this far only because the person confirmed it.
    account.person_confirmed = looks_like_organisation(**names)
    account.updated_at = now
    _record(session, account, "account.names_changed", changed, now)
    for administrator, environment in _administrators_over(session, account):
        queue_email(
            session,
            template="name-changed",
            to=Recipient.of(administrator),
            now=now,
            environment=environment,
            changed_account_id=str(account.id),
        )


def _set_preferences(session: Session, account: Account, wanted: Mapping[str, Any], now: datetime) -> None:
    changed = [field for field, value in wanted.items() if getattr(account, field) != value]
    if not changed:
        return
    for field in changed:
        setattr(account, field, wanted[field])
    account.updated_at = now
    _record(session, account, "account.preferences_changed", changed, now)


def _record(session: Session, account: Account, action: str, changed: list[str], now: datetime) -> None:
    audit.record(
        session,
        action=action,
        actor=audit.by_account(account.id),
        subject_type="account",
        subject_id=account.id,
        now=now,
        fields=changed,
    )


def _administrators_over(session: Session, account: Account) -> list[tuple[Account, str]]:
    """Find whoever is in charge where the person holds a post, once for each environment, without the person."""
    own = (
        select(Post.organisation_id)
        .join(Membership, Membership.post_id == Post.id)
        .where(Membership.account_id == account.id, Membership.status.in_(HELD))
    )
    rows = session.execute(
        select(Account, Organisation.environment)
        .join(Administrator, Administrator.account_id == Account.id)
        .join(Organisation, Organisation.id == Administrator.organisation_id)
        .where(Organisation.id.in_(own), Account.id != account.id, LIVES)
        .order_by(Account.email_key, Organisation.environment)
    )
    return list(dict.fromkeys((administrator, environment) for administrator, environment in rows))


def _memberships(session: Session, account: Account, environment: Environment) -> list[MembershipView]:
    rows = session.execute(
        select(Membership, Administrator.since)
        .join(Post, Post.id == Membership.post_id)
        .outerjoin(
            Administrator,
            and_(Administrator.organisation_id == Post.organisation_id, Administrator.account_id == account.id),
        )
        .where(Membership.account_id == account.id, Membership.environment == environment)
        .order_by(Membership.valid_from.desc(), Post.code)
        .options(joinedload(Membership.post).joinedload(Post.organisation))
    )
    return [_membership(membership, administrator_since is not None) for membership, administrator_since in rows]


def _membership(membership: Membership, is_administrator: bool) -> MembershipView:
    post, organisation = membership.post, membership.post.organisation
    status = MembershipStatus(membership.status)
    return MembershipView(
        id=membership.id,
        post_id=membership.post_id,
        kind=post.kind,
        name=organisation.name,
        code=post.code,
        traces_number=organisation.traces_number,
        country=post.country,
        status=status,
        is_administrator=is_administrator and status is MembershipStatus.VALID,
        valid_from=membership.valid_from,
        valid_to=membership.valid_to,
    )
