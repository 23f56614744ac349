"""Creating an operator that nobody found by searching, and finding the ones it may be a copy of (R38 to R46, C7)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from shared import reference
from shared.domain.environments import Environment
from shared.domain.errors import FieldErrors
from shared.domain.operators import Errors, look_alike_key, new_operator_errors
from shared.domain.organisations import N_, OperatorStatus, OrganisationKind
from shared.domain.roles import RoleKind
from shared.domain.searching import search_name
from shared.models import Account, OperatorActivity, OperatorDetails, Organisation, Post
from shared.models.base import new_id
from shared.reference import Activity
from shared.services import audit

NO_SECTION_CHAPTER: Final = N_("No section chapter")
"""The one section chapter the letter shows (R44)."""
MOST_LOOK_ALIKES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOperator:
    """What "Create new Operator" holds, every field checked for its own shape (domain.md 2.4)."""

    name: str
    country: str
    """ISO code, English name or label, any case."""
    city: str
    address: str
    """Street and number."""
    section: str
    """Code or English label, any case; so is the activity."""
    activity: str
    control_body_id: UUID | None = None
    region: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    phone: str | None = None
    fax: str | None = None
    email: str | None = None
    website: str | None = None
    eori: str | None = None
    section_chapter: str | None = None
    identifier: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    publication_date: date | None = None
    application_date: date | None = None


def create(session: Session, fields: NewOperator, *, account: Account, environment: Environment, now: datetime) -> Post:
    """Write an operator that is ``new`` until somebody decides: in no search, with no administrator and no mailbox.

    Nothing typed ever becomes a recipient: its e-mail is contact data to be shown (S30). A copy of another operator is
    not refused, since two firms may bear one name; whoever decides is shown the look-alikes (C7).

    Returns:
        The post that the creator asks to be joined to.

    Raises:
        FieldErrors: a country, section or activity that is not in the reference lists; a control body that is not one
            of this environment; whatever the rules of several fields together refuse (R38 to R43).
    """
    country = reference.find_country(fields.country)
    activity, errors = _find_activity(fields)
    errors |= _errors(session, fields, activity, environment)
    if country is None:
        errors["country"] = [N_("Choose a country from the list.")]
    if country is None or activity is None or errors:
        raise FieldErrors(errors)
    organisation = Organisation(
        id=(organisation_id := new_id()),
        environment=environment,
        kind=OrganisationKind.OPERATOR,
        # The TRACES number takes this place with the acceptance.
        reference=f"new-{organisation_id}",
        name=fields.name,
        search_name=search_name(fields.name),
        look_alike_key=look_alike_key(fields.name),
        address=f"{fields.address} {fields.city} {country.name}",
        country=country.code,
        status=OperatorStatus.NEW,
        created_at=now,
        operator=_details(fields, account),
        activities=[_activity(fields, activity)],
    )
    post = Post(
        id=new_id(), environment=environment, kind=RoleKind.OPERATOR, country=country.code, organisation=organisation
    )
    session.add(organisation)
    session.flush()
    audit.record(
        session,
        action="operator.created",
        actor=audit.by_account(account.id),
        subject_type="organisation",
        subject_id=organisation.id,
        now=now,
        environment=environment,
        country=country.code,
        activity=activity.code,
    )
    return post


def look_alikes(session: Session, organisation: Organisation) -> list[Organisation]:
    """List the operators that this one may be a copy of, for whoever decides: valid ones and new ones (C7, S30)."""
    eori = None if organisation.operator is None else organisation.operator.eori
    return [
        other
        for other in look_alikes_of(
            session,
            environment=Environment(organisation.environment),
            name=organisation.name,
            eori=eori,
            statuses=(OperatorStatus.VALID, OperatorStatus.NEW),
        )
        if other.id != organisation.id
    ]


def look_alikes_of(
    session: Session,
    *,
    environment: Environment,
    name: str,
    eori: str | None = None,
    statuses: Collection[OperatorStatus] = (OperatorStatus.VALID,),
) -> list[Organisation]:
    """List the operators whose name looks the same or whose EORI number is the same, at most 20, by name.

    With the ``statuses`` left out it may be shown to an applicant, as "this is mine" (C7): an operator that is not
    valid yet shows in no search.
    """
    named = select(Organisation.id).where(Organisation.look_alike_key == look_alike_key(name))
    numbered = select(OperatorDetails.organisation_id).where(OperatorDetails.eori.in_([eori] if eori else []))
    return list(
        session.scalars(
            select(Organisation)
            .where(
                Organisation.id.in_(named.union(numbered)),
                # Said like this, no index is tempting that leads to all operators.
                Organisation.environment.concat("") == environment,
                Organisation.kind.concat("") == OrganisationKind.OPERATOR,
                Organisation.status.in_(statuses),
            )
            .options(selectinload(Organisation.operator), selectinload(Organisation.activities))
            .order_by(Organisation.search_name, Organisation.id)
            .limit(MOST_LOOK_ALIKES)
        )
    )


def _errors(session: Session, fields: NewOperator, activity: Activity | None, environment: Environment) -> Errors:
    errors = new_operator_errors(
        phone=fields.phone,
        fax=fields.fax,
        email=fields.email,
        website=fields.website,
        latitude=fields.latitude,
        longitude=fields.longitude,
        eori=fields.eori,
        eori_mandatory=activity is not None and activity.eori_mandatory,
        control_body_id=fields.control_body_id,
        control_body_mandatory=activity is None or activity.control_body_mandatory,
        valid_from=fields.valid_from,
        valid_to=fields.valid_to,
    )
    if fields.control_body_id is not None and not _is_control_body(session, fields.control_body_id, environment):
        errors["control_body_id"] = [N_("Not found. Choose a control body or control authority from the list.")]
    return errors


def _find_activity(fields: NewOperator) -> tuple[Activity | None, Errors]:
    named = [activity for activity in reference.activities() if activity.is_named(fields.activity)]
    fitting = [activity for activity in named if activity.is_in_section(fields.section)]
    if fitting:
        return fitting[0], {}
    if named:
        return None, {"section": [N_("Choose the section that the activity belongs to.")]}
    return None, {"activity": [N_("Choose an activity from the list.")]}


def _is_control_body(session: Session, organisation_id: UUID, environment: Environment) -> bool:
    kind = select(Organisation.kind).where(Organisation.id == organisation_id, Organisation.environment == environment)
    return session.scalar(kind) == OrganisationKind.CONTROL_BODY


def _details(fields: NewOperator, account: Account) -> OperatorDetails:
    return OperatorDetails(
        created_by=account.id,
        region=fields.region or None,
        city=fields.city,
        street=fields.address,
        latitude=fields.latitude,
        longitude=fields.longitude,
        phone=fields.phone or None,
        fax=fields.fax or None,
        email=fields.email or None,
        website=fields.website or None,
        eori=fields.eori or None,
        section_chapter=fields.section_chapter or NO_SECTION_CHAPTER,
    )


def _activity(fields: NewOperator, activity: Activity) -> OperatorActivity:
    return OperatorActivity(
        activity=activity.code,
        identifier=fields.identifier or None,
        control_body_id=fields.control_body_id,
        valid_from=fields.valid_from,
        valid_to=fields.valid_to,
        publication_date=fields.publication_date,
        application_date=fields.application_date,
    )
