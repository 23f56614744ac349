"""Who can decide for an office at this moment (architecture.md, noun "Assignment"; R67 to R70, S33)."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, select, union
from sqlalchemy.orm import Session

from shared.domain import routing
from shared.domain.email_addresses import normalise
from shared.domain.memberships import MembershipStatus
from shared.domain.organisations import OperatorStatus, OrganisationKind
from shared.models import Account, Administrator, Membership, Organisation, Post
from shared.services.emails import Recipient

LIVES = and_(Account.disabled_at.is_(None), Account.password_hash.is_not(None))
"""An account that can be asked: not switched off, and its address proved by a password."""

_BY_RIGHT_ONLY = frozenset({OrganisationKind.OPERATOR, OrganisationKind.CONTROL_BODY})
_VALID = OperatorStatus.VALID


@dataclass(frozen=True, slots=True)
class RecipientOfOffice:
    """One who can be asked to decide: a person of the office, or the office's mailbox while there is no such person."""

    office_id: UUID
    account: Account | None
    mailbox: str | None
    """Set when ``account`` is None, and only then."""
    language: str
    is_canary: bool = False
    """The mailbox is the canary's."""

    @property
    def for_mail(self) -> Recipient:
        """Where the mail goes, and in which language."""
        if self.account is not None:
            return Recipient.of(self.account)
        return Recipient(self.mailbox or "", self.language, is_canary=self.is_canary)

    @property
    def for_rules(self) -> routing.Recipient:
        """The recipient as the rules of routing know one."""
        if self.account is not None:
            return routing.Recipient(self.account.id, self.account.email_key)
        return routing.Recipient(None, normalise(self.mailbox or ""))

    @property
    def key(self) -> str:
        """Name the recipient across requests: ``account:<id>`` or ``mailbox:<office id>:<normalised address>``."""
        if self.account is not None:
            return f"account:{self.account.id}"
        return f"mailbox:{self.office_id}:{self.for_rules.email}"


def living_recipients(
    session: Session, *, office: Organisation, as_own_organisation: bool, applicant: Account | None = None
) -> list[RecipientOfOffice]:
    """List everybody who may decide for an office now, in the order of their addresses.

    An operator or control body is spoken for by its administrators, and so is an authority whose own post is asked for.
    An authority that acts as the national one, and the Commission, are spoken for by all valid members and their
    administrators. Whoever has no password yet or is disabled does not live; nor does an administrator all of whose
    posts there are suspended.

    The mailbox of the office is asked only while it has no such person. The applicant counts as one: a mailbox that the
    only administrator also reads must not let that person in (S27).

    Args:
        session: a transaction.
        office: the organisation that is asked, of any kind.
        as_own_organisation: True when the post asked for is one of ``office``.
        applicant: left out of the answer, by account and by address; None leaves nobody out.

    Returns:
        Nobody for an authority that takes no requests and acts as the national one, or an operator that is not valid.
    """
    if office.status != _VALID or not (office.takes_requests or as_own_organisation or _is_commission(office)):
        return []
    in_charge = people_in_charge(administrators_only=as_own_organisation or office.kind in _BY_RIGHT_ONLY).subquery()
    people = session.scalars(
        select(Account)
        .join(in_charge, in_charge.c.account_id == Account.id)
        .where(in_charge.c.organisation_id == office.id)
        .order_by(Account.email_key)
        .execution_options(populate_existing=True)
    ).all()
    recipients = [RecipientOfOffice(office.id, account, None, account.email_language) for account in people]
    if not recipients and office.mailbox_email:
        mailbox, language = office.mailbox_email, office.mailbox_language
        recipients = [RecipientOfOffice(office.id, None, mailbox, language, is_canary=office.is_canary)]
    if applicant is None:
        return recipients
    oneself = routing.Recipient(applicant.id, applicant.email_key)
    return [recipient for recipient in recipients if not routing.is_applicant(recipient.for_rules, oneself)]


def people_in_charge(*, administrators_only: bool) -> Select[UUID, UUID]:
    """Build the statement for the pairs ``organisation_id``, ``account_id`` of living people who speak for offices."""
    administrators = (
        select(Administrator.organisation_id, Administrator.account_id)
        .join(Account, Account.id == Administrator.account_id)
        .where(LIVES, ~_holds(MembershipStatus.SUSPENDED) | _holds(MembershipStatus.VALID))
    )
    if administrators_only:
        return administrators
    members = (
        select(Post.organisation_id, Membership.account_id)
        .join(Post, Post.id == Membership.post_id)
        .join(Account, Account.id == Membership.account_id)
        .where(LIVES, Membership.status == MembershipStatus.VALID)
    )
    either = union(administrators, members).subquery()
    return select(either.c.organisation_id, either.c.account_id)


def _holds(status: MembershipStatus) -> ColumnElement[bool]:
    return exists().where(
        Membership.account_id == Administrator.account_id,
        Membership.status == status,
        Membership.post_id == Post.id,
        Post.organisation_id == Administrator.organisation_id,
    )


def _is_commission(office: Organisation) -> bool:
    return office.kind == OrganisationKind.COMMISSION
