"""Whom a request must be put to by now, and who is asked already (architecture.md section 5, "Routing")."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from shared.domain import routing
from shared.domain.routing import Rule
from shared.models import Assignment, RoleRequestItem
from shared.services.role_request_assignments import may_decide, recipient_of
from shared.services.role_request_offices import OfficeDirectory, facts_of
from shared.services.role_request_recipients import RecipientOfOffice

Holding = tuple[str, UUID]
"""The normalised address of a recipient, and an item that is in its hands.

By address, so that somebody who speaks for two offices, or also reads a mailbox, is asked once.
"""


@dataclass(slots=True)
class Question:
    """What one recipient of one office is to be asked in one mail (C19)."""

    recipient: RecipientOfOffice
    rule: Rule
    step: int
    items: list[RoleRequestItem] = field(default_factory=list)


def holdings(
    assignments: Collection[Assignment], items: Collection[RoleRequestItem], directory: OfficeDirectory
) -> set[Holding]:
    """Say who holds which of these items through these assignments and may still decide on it."""
    by_id = {item.id: item for item in items}
    return {
        (recipient_of(assignment).for_rules.email, row.item_id)
        for assignment in assignments
        for row in assignment.items
        if row.item_id in by_id and may_decide(assignment, by_id[row.item_id], directory)
    }


def questions(
    items: Sequence[RoleRequestItem], directory: OfficeDirectory, *, held: Collection[Holding], is_escalated: bool
) -> list[Question]:
    """List what is to be asked beyond what is held, one question for each recipient of an office.

    Somebody who would be asked about an item twice, for two offices, is asked for the first of them. Where items came
    to one recipient by several rules the question tells the first, but before all the rule of the own organisation.
    """
    asked = set(held)
    found: dict[tuple[UUID, str], Question] = {}
    for item in items:
        for office, step, recipient in _wanted(item, directory, is_escalated=is_escalated):
            holding = (recipient.for_rules.email, item.id)
            if holding in asked:
                continue
            asked.add(holding)
            key = (recipient.office_id, recipient.key)
            question = found.setdefault(key, Question(recipient, office.rule, step))
            question.items.append(item)
            if office.rule is Rule.OWN_ORGANISATION:
                question.rule = office.rule
    return list(found.values())


def _wanted(
    item: RoleRequestItem, directory: OfficeDirectory, *, is_escalated: bool
) -> Iterator[tuple[routing.Office, int, RecipientOfOffice]]:
    """Everybody who must hold an item by now, with the office and its place in the ladder."""
    steps = routing.route(facts_of(item.post))
    offices = routing.first_step_with_recipients(steps, directory.lives)
    if is_escalated:
        offices += routing.next_step(steps, offices, directory.lives)
    for office in offices:
        step = next(place for place, together in enumerate(steps) if office in together)
        for _, recipient in directory.recipients(office):
            yield office, step, recipient
