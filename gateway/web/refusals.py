"""Errors of the pages that ask for something: by field, and refusals of the rules as sentences (R30, R32, S12)."""

from http import HTTPStatus
from typing import Any

from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from gateway.errors import STATUS
from shared.domain.contacts import Unacceptable
from shared.domain.errors import AlreadyHeld, AlreadyRequested, DomainError, FieldErrors, OtherKind, TooManyRequests
from shared.domain.organisations import N_

Errors = dict[str, list[Any]]
REFUSED = (ValidationError, FieldErrors, OtherKind, AlreadyHeld, AlreadyRequested, TooManyRequests)
"""What keeps the person on the page, with everything that was typed."""

_SENTENCES: dict[type[DomainError], str] = {
    OtherKind: N_(
        "You hold or have asked for another kind of role here, and each individual can only take one kind of role."
    ),
    AlreadyHeld: N_("You hold this already. Your profile shows it."),
    AlreadyRequested: N_("You have asked for this already. Your profile shows where your request stands."),
}
_LIMIT = N_(
    "That is more than the limits allow: 20 requests a day, 3 new operators a week, and an hour before you can ask"
    " again for what you took back. Try again in %(minutes)d minutes."
)


def errors_by_field(error: Exception, *, field: str) -> Errors:
    """Sentences by field; those of a refusal that concerns no single field stand at ``field``.

    A list of which one entry is wrong has one error, not one for each entry.
    """
    if isinstance(error, ValidationError):
        found: dict[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
        return {name: _flat(sentences) for name, sentences in found.items()}
    if isinstance(error, FieldErrors):
        return dict(error.errors)
    if isinstance(error, TooManyRequests):
        return {field: [Unacceptable(_LIMIT, minutes=-(-error.retry_after // 60))]}
    return {field: [_SENTENCES[type(error)]]}  # type: ignore[index]


def refused(page: str, error: Exception) -> ResponseReturnValue:
    """Answer with a page that shows the errors: with the status that goes with them, and when to come back."""
    if isinstance(error, TooManyRequests):
        return page, STATUS[TooManyRequests], {"Retry-After": str(error.retry_after)}
    return page, STATUS[type(error)] if isinstance(error, DomainError) else HTTPStatus.UNPROCESSABLE_ENTITY


def _flat(sentences: Any) -> list[Any]:
    if isinstance(sentences, dict):
        return list(dict.fromkeys(one for found in sentences.values() for one in _flat(found)))
    return list(sentences) if isinstance(sentences, list) else [sentences]
