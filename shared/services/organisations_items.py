"""Rows of the three lists, as people and programs see them (R34, R48, R53)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared import reference
from shared.models import Post, Recognition


@dataclass(frozen=True, slots=True)
class OperatorItem:
    """A row of the list of operators (R34)."""

    post_id: UUID
    name: str
    traces_number: str | None
    address: str
    country: str | None
    """ISO code."""
    activities: list[str]
    """As printed: ``Organic Importer (ORGANIC IMPORTER)``."""


@dataclass(frozen=True, slots=True)
class AuthorityItem:
    """A row of the list of authorities (R48)."""

    post_id: UUID
    name: str
    address: str
    country: str | None
    role: str | None
    code: str | None


@dataclass(frozen=True, slots=True)
class Category:
    """A product category: the letter and what it means under the regime of its row."""

    letter: str
    text: str


@dataclass(frozen=True, slots=True)
class ControlBodyItem:
    """A row of the list of control bodies: one code number (R53)."""

    post_id: UUID
    code: str | None
    country: str | None
    """ISO code of the country that is certified."""
    regime: str | None
    categories: list[Category]
    control_body_id: UUID
    control_body_name: str
    address: str
    seat_country: str | None


@dataclass(frozen=True, slots=True)
class ControlBodySuggestion:
    """A control body for "Type for searching..." (R41)."""

    control_body_id: UUID
    name: str
    seat_country: str | None


def shown_recognition(post: Post) -> Recognition | None:
    """The recognition that a list shows: of the first regime that the code has (domain.md 3.1)."""
    return min(post.recognitions, key=lambda recognition: recognition.rank, default=None)


def operator_item(row: Any) -> OperatorItem:
    """The row of an operator, given what the list shows; the activities as codes, put in the order of their labels."""
    labels = sorted(map(reference.activity_label, row.activities))
    return OperatorItem(row.post_id, row.name, row.traces_number, row.address, row.country, labels)


def authority_item(post: Post) -> AuthorityItem:
    """The row of a post whose organisation is loaded."""
    organisation = post.organisation
    return AuthorityItem(
        post.id, organisation.name, organisation.address, organisation.country, organisation.role, post.code
    )


def control_body_item(post: Post) -> ControlBodyItem:
    """The row of a post whose organisation and recognitions are loaded, with the address printed beside its code."""
    organisation = post.organisation
    shown = shown_recognition(post)
    return ControlBodyItem(
        post_id=post.id,
        code=post.code,
        country=post.country,
        regime=shown.regime if shown else None,
        categories=categories_of(shown) if shown else [],
        control_body_id=organisation.id,
        control_body_name=organisation.name,
        address=post.printed_address or organisation.address,
        seat_country=organisation.country,
    )


def categories_of(recognition: Recognition) -> list[Category]:
    """The product categories of a recognition, each letter with its meaning under that regime (R53, domain.md 3.1)."""
    return [Category(letter, reference.category_text(recognition.regime, letter)) for letter in recognition.categories]
