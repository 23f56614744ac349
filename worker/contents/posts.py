"""Saying which posts a mail is about: one line each, ten at the most (C19)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from shared.domain.roles import RoleKind
from shared.models import RoleRequestItem
from worker.contents.occasion import Occasion, RowGone
from worker.contents.typed_text import name_of, shortened

LONGEST_LIST: Final = 10
LONGEST_TITLE: Final = 47
"""Characters of an organisation's name in a subject, which has at most 100 with everything around it."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The first few of a list, and how many more there are."""

    shown: tuple[str, ...]
    more: int


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
        shown = tuple(map(change, self.lines.shown))
        return PostLines(change(self.title), self.others, self.count, Lines(shown, self.lines.more))


def few(lines: Iterable[str]) -> Lines:
    """The first ten of some lines, each of them once."""
    different = tuple(dict.fromkeys(lines))
    return Lines(different[:LONGEST_LIST], max(0, len(different) - LONGEST_LIST))


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
