"""From the offices that the rules of routing name to the organisations and people behind them."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from shared import reference
from shared.domain.organisations import AuthorityRole, OperatorStatus, OrganisationKind
from shared.domain.roles import RoleKind
from shared.domain.routing import Office, OfficeKind, PostFacts
from shared.models import Account, Organisation, Post
from shared.services.role_request_recipients import RecipientOfOffice, living_recipients


def facts_of(post: Post) -> PostFacts:
    """Say what the rules of routing need to know of a post."""
    organisation = post.organisation
    kind = RoleKind(post.kind)
    return PostFacts(
        kind=kind,
        organisation=organisation.id,
        country=organisation.country,
        # The authority above the canary's operator is the canary's own, so that no real office is ever asked.
        in_union=reference.is_in_union(organisation.country) or organisation.is_canary,
        authority_role=AuthorityRole(organisation.role or "") if kind is RoleKind.AUTHORITY else None,
        operator_status=OperatorStatus(organisation.status) if kind is RoleKind.OPERATOR else None,
    )


class OfficeDirectory:
    """Who can decide at this moment in one environment; asks the database once for each office.

    Made for one transaction and not kept beyond it: what it says is true only there.
    """

    def __init__(self, session: Session, *, environment: str, applicant: Account | None) -> None:
        """Prepare; the ``applicant`` is left out of every answer, None leaves nobody out."""
        self._session = session
        self._environment = environment
        self._applicant = applicant
        self._organisations: dict[Office, Sequence[Organisation]] = {}
        self._recipients: dict[tuple[UUID, bool], list[RecipientOfOffice]] = {}

    def lives(self, office: Office) -> bool:
        """True when somebody can decide there."""
        return any(True for _ in self.recipients(office))

    def recipients(self, office: Office) -> Iterator[tuple[Organisation, RecipientOfOffice]]:
        """Give everybody who can decide there, each with the organisation the person stands for."""
        as_own = office.kind is OfficeKind.ORGANISATION
        for organisation in self._bodies(office):
            for recipient in self.recipients_of(organisation, as_own_organisation=as_own):
                yield organisation, recipient

    def recipients_of(self, organisation: Organisation, *, as_own_organisation: bool) -> list[RecipientOfOffice]:
        """Give everybody who can decide for one organisation."""
        key = (organisation.id, as_own_organisation)
        if key not in self._recipients:
            self._recipients[key] = living_recipients(
                self._session, office=organisation, as_own_organisation=as_own_organisation, applicant=self._applicant
            )
        return self._recipients[key]

    def _bodies(self, office: Office) -> Sequence[Organisation]:
        if office not in self._organisations:
            self._organisations[office] = self._session.scalars(self._statement(office)).all()
        return self._organisations[office]

    def _statement(self, office: Office) -> Select[Organisation]:
        statement = select(Organisation).where(Organisation.environment == self._environment)
        if office.kind is OfficeKind.ORGANISATION:
            return statement.where(Organisation.id == office.organisation)
        statement = statement.order_by(Organisation.name, Organisation.id)
        if office.kind is OfficeKind.COMMISSION:
            return statement.where(Organisation.kind == OrganisationKind.COMMISSION)
        # "The national authority" is a set: Belgium has one CCA for each region (domain.md 3.4).
        return statement.where(
            Organisation.kind == OrganisationKind.AUTHORITY,
            Organisation.role == AuthorityRole.CCA,
            Organisation.country == office.country,
        )
