"""Why a request came to an office, as sentences for its mails and pages (R73)."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared import reference
from shared.domain import routing
from shared.domain.routing import SENTENCES, OfficeKind, Rule
from shared.models import Assignment, Organisation, RoleRequestItem
from shared.services.role_request_offices import facts_of


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule and the organisation it was applied to; ``str()`` gives the English sentence."""

    rule: Rule
    organisation: str
    """Its name as the reference data print it; never translated."""
    country: str | None
    """ISO code of the country of its seat."""

    @property
    def sentence(self) -> str:
        """The English sentence with its gaps, for looking up a translation."""
        return SENTENCES[self.rule]

    def values(self, *, country: str) -> dict[str, str]:
        """What fills the gaps; ``country`` is the name of the country in the reader's language."""
        return {"organisation": self.organisation, "country": country}

    def __str__(self) -> str:
        """The whole sentence in English."""
        return self.sentence % self.values(country=reference.country_name(self.country))


def reasons_of(assignment: Assignment, items: Sequence[RoleRequestItem]) -> tuple[Reason, ...]:
    """Say why the items came to the office of an assignment, once for each organisation among them.

    The assignment keeps the rule of its first item; where other items came by another, the routing table tells it.
    """
    organisations = {item.post.organisation_id: item for item in items}
    return tuple(
        Reason(_rule_for(assignment, item), item.post.organisation.name, item.post.organisation.country)
        for item in organisations.values()
    )


def _rule_for(assignment: Assignment, item: RoleRequestItem) -> Rule:
    kept = Rule(assignment.rule)
    office = assignment.office
    first, *_ = routing.route(facts_of(item.post))
    for candidate in first:
        if _is(office, candidate):
            return candidate.rule
    # It came from a level further up: by time, or because there was nobody below.
    return kept if kept in {Rule.NEXT_LEVEL, Rule.NOBODY_BELOW} else Rule.NOBODY_BELOW


def _is(office: Organisation, candidate: routing.Office) -> bool:
    if candidate.kind is OfficeKind.ORGANISATION:
        return candidate.organisation == office.id
    # An authority is asked either for a post of its own or as the national one, and nothing else above can be asked.
    return office.kind == {"national_authority": "authority", "commission": "commission"}[candidate.kind]
