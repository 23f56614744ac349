"""What the recipient of a decide link sees before deciding; looking changes nothing (S10)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared import reference
from shared.domain import scripts
from shared.domain.email_addresses import is_role_mailbox
from shared.domain.environments import Environment
from shared.domain.organisations import OperatorStatus, OrganisationKind
from shared.domain.person_names import looks_like_organisation
from shared.domain.role_requests import ItemStatus
from shared.domain.roles import RoleKind
from shared.models import Account, OperatorDetails, OperatorName, Organisation, RoleRequestItem
from shared.services.decision_checks import check_right, items_to_decide, needs_fresh_proof
from shared.services.decision_shown import ActivityShown, ApplicantShown, Concluded, ItemShown, OperatorShown, ToDecide
from shared.services.decision_target import Target, deciding_office, last_decided, target_of_token
from shared.services.operator_create import look_alikes
from shared.services.role_request_accept import is_first_person
from shared.services.role_request_assignments import is_open, open_assignments, recipient_of
from shared.services.role_request_offices import OfficeDirectory
from shared.services.role_request_reasons import reasons_of
from shared.settings import Settings


def lookup(
    session: Session, token: str, *, settings: Settings, now: datetime, actor_account_id: UUID | None = None
) -> ToDecide | Concluded:
    """Show a recipient what a decide link is about; changes nothing, however often it is followed (S10).

    Args:
        session: a transaction that only reads.
        token: of the mailed link.
        settings: the keys that verify it.
        now: the product's time.
        actor_account_id: who is logged in in this browser, if anybody.

    Raises:
        LinkUnknown, LinkExpired, LinkSuperseded, LinkLocked: the link does not work. One that did its work still
            shows how it ended.
        OwnRequest: the applicant looks at it (S27).
        NotAnApprover: the recipient lost the right to decide, and with it to see (S33).
    """
    target = target_of_token(session, token, keyring=settings.keyring, now=now, lock=False)
    if not any(is_open(item) for item in target.items):
        return _concluded(session, target)
    role_request = target.role_request
    directory = OfficeDirectory(session, environment=role_request.environment, applicant=role_request.account)
    items = items_to_decide(session, target, None, directory)
    check_right(target, items, directory, actor_account_id)
    return _to_decide(session, target, items)


def _concluded(session: Session, target: Target) -> Concluded:
    last = last_decided(target.items)
    return Concluded(
        environment=Environment(target.role_request.environment),
        office=deciding_office(session, last),
        at=last.decided_at,
        statuses=tuple(dict.fromkeys(ItemStatus(item.status) for item in target.items)),
    )


def _to_decide(session: Session, target: Target, items: list[RoleRequestItem]) -> ToDecide:
    role_request, assignment = target.role_request, target.assignment
    organisations = {item.post.organisation_id: item.post.organisation for item in items}
    recipient = recipient_of(assignment)
    new = next(filter(_is_new_operator, organisations.values()), None)
    return ToDecide(
        role_request_id=role_request.id,
        assignment_id=assignment.id,
        environment=Environment(role_request.environment),
        version=role_request.version,
        office=assignment.office.name,
        recipient=recipient.for_mail.address,
        recipient_key=recipient.key,
        asks_decider_name=assignment.account_id is None,
        reasons=reasons_of(assignment, target.items),
        also_asked=_other_offices(session, target),
        applicant=_applicant(role_request.account),
        message=role_request.message,
        contact_email=role_request.contact_email,
        contact_phone=role_request.contact_phone,
        items=_items(session, target.items),
        new_operator=None if new is None else _operator(new),
        look_alikes=() if new is None else tuple(map(_operator, look_alikes(session, new))),
        administrator_is_default=all(is_first_person(session, organisation_id) for organisation_id in organisations),
        acceptance_needs_fresh_proof=needs_fresh_proof(items, ()),
        administrator_needs_fresh_proof=needs_fresh_proof(items, organisations.values()),
        submitted_at=role_request.created_at,
        since=assignment.since,
        due=assignment.due,
    )


def _other_offices(session: Session, target: Target) -> tuple[str, ...]:
    others = (
        assignment.office.name
        for assignment in open_assignments(session, target.role_request.id)
        if assignment.office_id != target.assignment.office_id
    )
    return tuple(dict.fromkeys(others))


def _applicant(account: Account) -> ApplicantShown:
    return ApplicantShown(
        first_name=account.first_name,
        last_name=account.last_name,
        username=account.username,
        email=account.email,
        name_scripts=tuple(sorted(scripts.scripts_of(account.full_name))),
        name_mixes_scripts=not scripts.is_one_alphabet(account.full_name),
        looks_like_organisation=looks_like_organisation(account.first_name, account.last_name),
        is_role_mailbox=is_role_mailbox(account.email),
    )


def _items(session: Session, items: Sequence[RoleRequestItem]) -> tuple[ItemShown, ...]:
    operators = {item.post.organisation_id for item in items if item.post.kind == RoleKind.OPERATOR}
    activities: dict[UUID, list[str]] = {}
    if operators:
        known = select(OperatorName.organisation_id, OperatorName.activities).where(
            OperatorName.organisation_id.in_(operators)
        )
        activities = dict(session.execute(known).all())
    return tuple(_item(item, activities.get(item.post.organisation_id, ())) for item in items)


def _item(item: RoleRequestItem, activities: Iterable[str]) -> ItemShown:
    post, organisation = item.post, item.post.organisation
    return ItemShown(
        id=item.id,
        post_id=post.id,
        kind=RoleKind(post.kind),
        name=organisation.name,
        address=organisation.address,
        code=post.code,
        role=organisation.role,
        traces_number=organisation.traces_number,
        country=post.country,
        activities=tuple(sorted(map(reference.activity_label, activities))),
        status=ItemStatus(item.status),
        reason=item.reason,
    )


def _is_new_operator(organisation: Organisation) -> bool:
    return organisation.kind == OrganisationKind.OPERATOR and organisation.status == OperatorStatus.NEW


def _operator(organisation: Organisation) -> OperatorShown:
    # Operators from the reference data have no such details.
    details = organisation.operator or OperatorDetails()
    return OperatorShown(
        id=organisation.id,
        name=organisation.name,
        address=organisation.address,
        country=organisation.country,
        status=OperatorStatus(organisation.status),
        traces_number=organisation.traces_number,
        region=details.region,
        city=details.city,
        street=details.street,
        latitude=details.latitude,
        longitude=details.longitude,
        phone=details.phone,
        fax=details.fax,
        email=details.email,
        website=details.website,
        eori=details.eori,
        section_chapter=details.section_chapter,
        activities=tuple(
            ActivityShown(
                activity=activity.activity,
                identifier=activity.identifier,
                control_body=None if activity.control_body is None else activity.control_body.name,
                valid_from=activity.valid_from,
                valid_to=activity.valid_to,
                publication_date=activity.publication_date,
                application_date=activity.application_date,
            )
            for activity in organisation.activities
        ),
    )
