"""Mails to whoever is asked to decide: the question, the reminder, the code, the closing line (R73, S25)."""

from collections.abc import Sequence

from shared.domain import ladder
from shared.domain.ladder import AFTER, Step
from shared.domain.organisations import OperatorStatus, OrganisationKind
from shared.models import Assignment, DecisionChallenge, Link, Organisation, RoleRequestItem
from shared.services.decision_codes import LIFETIME, code_of
from shared.services.role_request_assignments import is_open, items_of, open_assignments
from shared.services.role_request_reasons import reasons_of
from shared.services.role_request_route import steps_done
from shared.services.role_request_verdict import Decision
from shared.settings import StepUp
from worker.contents.occasion import Contents, KeyGone, Occasion
from worker.contents.posts import LONGEST_LIST, Lines, names_of, posts_of
from worker.contents.role_requests import chosen
from worker.contents.typed_text import name_of, unlinked, without_codes


def decide(occasion: Occasion) -> Contents:
    """Somebody asks for posts, and the reader may decide (R73); also for the reminder.

    Names the applicant and the posts, and nothing else that was typed: message and contact data are on the page.

    Raises:
        RowGone: nothing is left to decide.
        KeyGone: the link cannot be written any more.
    """
    session, email = occasion.session, occasion.email
    link = occasion.row(Link, email.link_id)
    assignment, items = _assignment(occasion)
    items = [item for item in items if is_open(item)]
    role_request = assignment.role_request
    posts = posts_of(occasion, items)
    following = ladder.next_step(role_request.created_at, steps_done(role_request))
    step, step_at = following or (Step.EXPIRY, role_request.created_at + AFTER[Step.EXPIRY])
    others = [one.office for one in open_assignments(session, role_request.id) if one.office_id != assignment.office_id]
    assert link.expires_at is not None  # noqa: S101 - stamped before the contents are gathered
    return {
        "link_url": occasion.link_url(link),
        "expires": occasion.time(link.expires_at),
        "name": unlinked(role_request.account.full_name),
        "posts": posts,
        "new_operator": next((name_of(item.post.organisation) for item in items if _is_new_operator(item)), ""),
        "office": name_of(assignment.office),
        "reasons": _reasons(occasion, assignment, items),
        "others": names_of(sorted(others, key=lambda office: office.name)),
        "sent": occasion.time(role_request.created_at),
        "since": occasion.time(assignment.since),
        "due": occasion.time(assignment.due),
        "step": step.value,
        "step_at": occasion.time(step_at),
        "is_mailbox": email.account_id is None,
        "is_code_asked": occasion.settings.step_up is not StepUp.NEVER,
    }


def code(occasion: Occasion) -> Contents:
    """The six digits for one decision, and in words which decision that is (S25).

    Nothing else in the mail looks like a code: longer numbers in names and registers are parted.

    Raises:
        RowGone: the challenge, the request or every item is gone.
        KeyGone: the code cannot be derived any more.
    """
    email = occasion.email
    challenge = occasion.row(DecisionChallenge, email.challenge_id)
    digits = code_of(challenge, occasion.settings.keyring)
    if digits is None:
        raise KeyGone(str(challenge.id))
    assignment, items = _assignment(occasion)
    organisations = (occasion.row(Organisation, one) for one in email.context["administrator_of"])
    assert challenge.expires_at is not None  # noqa: S101 - stamped before the contents are gathered
    return {
        "code": digits,
        "expires": occasion.time(challenge.expires_at),
        "minutes": LIFETIME.seconds // 60,
        "is_acceptance": email.context["decision"] == Decision.ACCEPT,
        "name": without_codes(unlinked(assignment.role_request.account.full_name)),
        "posts": posts_of(occasion, chosen(items, email.context["item_ids"])).changed(without_codes),
        "administrator_of": names_of(organisations).changed(without_codes),
        "office": without_codes(name_of(assignment.office)),
        "help_url": occasion.help_url,
        # Digits in the address of the reader must not pass for the code.
        "recipient": email.recipient if without_codes(email.recipient) == email.recipient else "",
    }


def closed(occasion: Occasion) -> Contents:
    """The closing line: what became of the items, which office decided, and that nothing is left to do (R71).

    Raises:
        RowGone: the request is gone.
    """
    assignment, items = _assignment(occasion)
    endings: dict[tuple[str, str, str], list[RoleRequestItem]] = {}
    for item in items:
        if item.decided_at is not None:
            key = (item.status, _office_of(occasion, item), occasion.time(item.decided_at))
            endings.setdefault(key, []).append(item)
    return {
        "name": unlinked(assignment.role_request.account.full_name),
        "sent": occasion.time(assignment.role_request.created_at),
        "posts": posts_of(occasion, items),
        "endings": [
            {"status": status, "office": office, "at": at, "posts": posts_of(occasion, group)}
            for (status, office, at), group in endings.items()
        ],
        "is_mailbox": occasion.email.account_id is None,
        "link_url": occasion.page_url,
    }


def _assignment(occasion: Occasion) -> tuple[Assignment, list[RoleRequestItem]]:
    assignment = occasion.row(Assignment, occasion.email.assignment_id)
    covered = {row.item_id for row in assignment.items}
    items = items_of(occasion.session, assignment.role_request_id)
    return assignment, [item for item in items if item.id in covered]


def _is_new_operator(item: RoleRequestItem) -> bool:
    organisation = item.post.organisation
    return organisation.kind == OrganisationKind.OPERATOR and organisation.status == OperatorStatus.NEW


def _reasons(occasion: Occasion, assignment: Assignment, items: Sequence[RoleRequestItem]) -> Lines:
    organisations = {item.post.organisation.name: item.post.organisation for item in items}
    reasons = reasons_of(assignment, items)
    shown = tuple(
        occasion.say(
            reason.sentence,
            reason.values(country=occasion.country(reason.country))
            | {"organisation": name_of(organisations[reason.organisation])},
        )
        for reason in reasons[:LONGEST_LIST]
    )
    return Lines(shown, len(reasons) - len(shown))


def _office_of(occasion: Occasion, item: RoleRequestItem) -> str:
    """The office that decided on an item; empty when none did."""
    if item.decided_by_assignment_id is None:
        return ""
    assignment = occasion.session.get(Assignment, item.decided_by_assignment_id)
    return name_of(assignment.office) if assignment else ""
