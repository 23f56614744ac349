"""Who decides on a request for a post: the letter's two offices, and who comes after them."""

from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum, auto
from types import MappingProxyType

from shared.domain.errors import NotAnApprover, OwnRequest
from shared.domain.organisations import N_, AuthorityRole, OperatorStatus
from shared.domain.roles import RoleKind


class OfficeKind(StrEnum):
    """A body of people of whom any one may decide."""

    ORGANISATION = "organisation"
    NATIONAL_AUTHORITY = "national_authority"
    COMMISSION = "commission"


class Rule(StrEnum):
    """Why a request came to an office; the values are stored with assignments, so they stay."""

    OWN_ORGANISATION = "own_organisation"
    OPERATOR_COUNTRY = "operator_country"
    NEW_OPERATOR_COUNTRY = "new_operator_country"
    CONTROL_BODY_SEAT = "control_body_seat"
    BORDER_CONTROL_POST_COUNTRY = "border_control_post_country"
    CENTRAL_AUTHORITY = "central_authority"
    OUTSIDE_UNION = "outside_union"
    NO_SEAT = "no_seat"
    NEXT_LEVEL = "next_level"
    NOBODY_BELOW = "nobody_below"


SENTENCES = MappingProxyType(
    {
        Rule.OWN_ORGANISATION: N_(
            "The request is for a post at %(organisation)s, and those in charge there may decide on it."
        ),
        Rule.OPERATOR_COUNTRY: N_(
            "%(organisation)s is an operator in %(country)s, and the national authority of that country may decide"
            " on requests for its operators."
        ),
        Rule.NEW_OPERATOR_COUNTRY: N_(
            "%(organisation)s is a new operator in %(country)s. Nobody inside it can decide yet, so the national"
            " authority of that country does."
        ),
        Rule.CONTROL_BODY_SEAT: N_(
            "%(organisation)s is a control body with its seat in %(country)s, and the national authority of that"
            " country may decide on requests for it."
        ),
        Rule.BORDER_CONTROL_POST_COUNTRY: N_(
            "%(organisation)s is a border control post in %(country)s, and the central competent authorities of that"
            " country may decide on requests for it."
        ),
        Rule.CENTRAL_AUTHORITY: N_(
            "%(organisation)s is a central competent authority, and the Commission may decide on requests for it."
        ),
        Rule.OUTSIDE_UNION: N_(
            "%(organisation)s has its seat in %(country)s, outside the European Union, so the Commission may decide"
            " in place of a national authority."
        ),
        Rule.NO_SEAT: N_(
            "No country of seat is known for %(organisation)s, so the Commission may decide in place of a national"
            " authority."
        ),
        Rule.NEXT_LEVEL: N_(
            "Nobody has decided on the request for %(organisation)s so far, so the Commission is now asked as well."
        ),
        Rule.NOBODY_BELOW: N_(
            "There is nobody at %(organisation)s or at a national authority who could decide, so the Commission does."
        ),
    }
)
"""One English sentence for each rule, with the placeholders ``organisation`` and ``country`` and no others."""


class _Case(StrEnum):
    OPERATOR = auto()
    NEW_OPERATOR = auto()
    CONTROL_BODY = auto()
    BORDER_CONTROL_POST = auto()
    CENTRAL_AUTHORITY = auto()


@dataclass(frozen=True, slots=True)
class _Row:
    asks_itself: bool
    national_authority: Rule | None  # None: the Commission is the one above


_TABLE = MappingProxyType(
    {
        _Case.OPERATOR: _Row(asks_itself=True, national_authority=Rule.OPERATOR_COUNTRY),
        _Case.NEW_OPERATOR: _Row(asks_itself=False, national_authority=Rule.NEW_OPERATOR_COUNTRY),
        _Case.CONTROL_BODY: _Row(asks_itself=True, national_authority=Rule.CONTROL_BODY_SEAT),
        _Case.BORDER_CONTROL_POST: _Row(asks_itself=True, national_authority=Rule.BORDER_CONTROL_POST_COUNTRY),
        _Case.CENTRAL_AUTHORITY: _Row(asks_itself=True, national_authority=None),
    }
)


@dataclass(frozen=True, slots=True)
class PostFacts:
    """What routing needs to know of a post.

    ``organisation`` is the id of the operator, authority or control body behind the post. ``country`` is the ISO
    code of the country of its seat (never the country that a control body certifies), None when no seat is known;
    ``in_union`` says whether that is a Member State of the European Union.

    Raises:
        ValueError: ``authority_role`` is for authorities and ``operator_status`` for operators, each required
            there; a post without a country cannot be in the Union.
    """

    kind: RoleKind
    organisation: Hashable
    country: str | None
    in_union: bool
    authority_role: AuthorityRole | None = None
    operator_status: OperatorStatus | None = None

    def __post_init__(self) -> None:
        if (self.authority_role is not None) != (self.kind == RoleKind.AUTHORITY):
            raise ValueError("an authority has a role, nothing else has one")
        if (self.operator_status is not None) != (self.kind == RoleKind.OPERATOR):
            raise ValueError("an operator has a status, nothing else has one")
        if self.in_union and self.country is None:
            raise ValueError("a post in the Union has a country")


@dataclass(frozen=True, slots=True)
class Office:
    """Who is asked, and the rule that says why.

    ``organisation`` is set for an organisation, ``country`` (ISO code) for a national authority, which is every CCA
    of that country together. Two offices are equal when they are the same people, whatever rule led there: one
    request over several posts asks each office once.
    """

    kind: OfficeKind
    rule: Rule = field(compare=False)
    organisation: Hashable = None
    country: str | None = None


Steps = tuple[tuple[Office, ...], ...]
"""The offices of one step are asked in parallel; the next step joins when this one does not decide."""


def route(post: PostFacts) -> Steps:
    """Name the offices that may decide on a request for a post, in steps.

    First the organisation itself and the office above it: the national authority (R67, R68), or the Commission for
    a CCA (R69) and wherever there is no national authority: a seat outside the Union, or none. Second the
    Commission, unless it is in the first step already. No other office can ever decide (R70).

    Nobody inside an operator that is not valid can decide, so such an operator is not asked itself.
    """
    row = _TABLE[_case_of(post)]
    itself = Office(OfficeKind.ORGANISATION, Rule.OWN_ORGANISATION, organisation=post.organisation)
    above = _office_above(post, row.national_authority)
    first = (itself, above) if row.asks_itself else (above,)
    if above.kind == OfficeKind.COMMISSION:
        return (first,)
    return (first, (Office(OfficeKind.COMMISSION, Rule.NEXT_LEVEL),))


def _case_of(post: PostFacts) -> _Case:
    if post.kind == RoleKind.CONTROL_BODY:
        return _Case.CONTROL_BODY
    if post.kind == RoleKind.OPERATOR:
        return _Case.OPERATOR if post.operator_status == OperatorStatus.VALID else _Case.NEW_OPERATOR
    return _Case.CENTRAL_AUTHORITY if post.authority_role == AuthorityRole.CCA else _Case.BORDER_CONTROL_POST


def _office_above(post: PostFacts, national_authority: Rule | None) -> Office:
    if national_authority is None:
        return Office(OfficeKind.COMMISSION, Rule.CENTRAL_AUTHORITY)
    if post.country is None:
        return Office(OfficeKind.COMMISSION, Rule.NO_SEAT)
    if not post.in_union:
        return Office(OfficeKind.COMMISSION, Rule.OUTSIDE_UNION)
    return Office(OfficeKind.NATIONAL_AUTHORITY, national_authority, country=post.country)


def first_step_with_recipients(steps: Steps, living: Callable[[Office], bool]) -> tuple[Office, ...]:
    """Give the offices to ask now: those with a living recipient in the first step that has one.

    ``living`` says whether an office has at least one recipient who may decide, the applicant left out. An office
    without any is passed over while another of its step has one. Empty: nobody at all can decide, and operations
    must be told. Asked again after a change of recipients, it names who must hold the request by then: ask those
    who were not asked before.
    """
    first, *later = steps
    asked = tuple(office for office in first if living(office))
    return asked or _joining(later, living, Rule.NOBODY_BELOW)


def next_step(steps: Steps, asked: Collection[Office], living: Callable[[Office], bool]) -> tuple[Office, ...]:
    """Give the offices that join when nobody has decided for too long: the next level that has a living recipient.

    ``asked`` are the offices that hold the request already; ``living`` as above. Empty: there is nobody above, or
    nobody living, or they joined before.
    """
    return _joining(steps[1:], lambda office: office not in asked and living(office), Rule.NEXT_LEVEL)


def _joining(steps: Iterable[tuple[Office, ...]], wanted: Callable[[Office], bool], rule: Rule) -> tuple[Office, ...]:
    for step in steps:
        joining = tuple(replace(office, rule=rule) for office in step if wanted(office))
        if joining:
            return joining
    return ()


@dataclass(frozen=True, slots=True)
class Recipient:
    """One who can be asked to decide: a person by account, or an office mailbox, which has none.

    ``email`` is the normalised address.
    """

    account: Hashable | None
    email: str


def is_applicant(recipient: Recipient, applicant: Recipient) -> bool:
    """True when the account or the address is the applicant's own: such a recipient is never asked (S27)."""
    same_account = recipient.account is not None and recipient.account == applicant.account
    return same_account or recipient.email == applicant.email


def check_may_decide(decider: Recipient, *, applicant: Recipient, recipients: Iterable[Recipient]) -> None:
    """Refuse whoever may not decide at this moment; to be asked inside the deciding transaction (R70, S33).

    ``recipients`` are those of the decider's office as they are now, not as they were when the mail was sent. A
    person is known by the account, whatever the address has become; a mailbox by its address.

    Raises:
        OwnRequest: the decider is the applicant, even where the applicant has the right for other people (S27).
        NotAnApprover: the decider is no recipient any more.
    """
    if is_applicant(decider, applicant):
        raise OwnRequest("nobody decides on a request of their own")
    if _identity(decider) not in map(_identity, recipients):
        raise NotAnApprover("the decider is no living recipient of the request")


def _identity(recipient: Recipient) -> tuple[str, Hashable]:
    return ("mailbox", recipient.email) if recipient.account is None else ("account", recipient.account)
