"""Saying which posts a mail is about: one line each, ten at the most (C19)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from shared.domain.roles import RoleKind
from shared.models import Organisation, RoleRequestItem
from worker.contents.occasion import Occasion, RowGone
from worker.contents.typed_text import name_of, shortened

LONGEST_LIST: Final = 10
LONGEST_TITLE: Final = 47
"""Characters of name and code in a subject, which has at most 100 with everything around them."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The first few of a list, and how many more there are."""

    shown: tuple[str, ...]
    more: int

    def changed(self, change: Callable[[str], str]) -> "Lines":
        """The same with every line changed."""
        return Lines(tuple(map(change, self.shown)), self.more)


@dataclass(frozen=True, slots=True)
class PostLines:
    """Posts that a mail is about.

    Attributes:
        title: the first one, short enough for a subject.
        others: how many there are beside it.
        count: how many there are.
        lines: one for each: name, number, country.
    """

    title: str
    others: int
    count: int
    lines: Lines

    def changed(self, change: Callable[[str], str]) -> "PostLines":
        """The same with every text changed."""
        return PostLines(change(self.title), self.others, self.count, self.lines.changed(change))


def names_of(organisations: Iterable[Organisation]) -> Lines:
    """Name the first ten of some organisations, each of them once."""
    different = list(dict.fromkeys(organisations))
    return Lines(tuple(map(name_of, different[:LONGEST_LIST])), max(0, len(different) - LONGEST_LIST))


def posts_of(occasion: Occasion, items: Sequence[RoleRequestItem]) -> PostLines:
    """Name the posts of items.

    Raises:
        RowGone: there are none.
    """
    if not items:
        raise RowGone("no items")
    shown = tuple(_line(occasion, item) for item in items[:LONGEST_LIST])
    return PostLines(_title(items[0]), len(items) - 1, len(items), Lines(shown, len(items) - len(shown)))


def _line(occasion: Occasion, item: RoleRequestItem) -> str:
    post, organisation = item.post, item.post.organisation
    parts = (name_of(organisation), organisation.traces_number or post.code, occasion.country(post.country))
    return ", ".join(filter(None, parts))


def _title(item: RoleRequestItem) -> str:
    post, name = item.post, name_of(item.post.organisation)
    # An operator is known by its name; the others by their code as well, above all a control body in many countries.
    code = f" ({post.code})" if post.code and post.kind != RoleKind.OPERATOR else ""
    return shortened(name, LONGEST_TITLE - len(code)) + code
