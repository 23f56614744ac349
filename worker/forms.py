"""Forms: mails written once with gaps, which the values of each reader then fill.

Running the templates of a password mail takes half a millisecond, as long as everything else about it, and from one
mail to the next only four values differ. So they are run once for each language and whatever else there is, with marks
in place of the four; filling these in takes a tenth of that. What is filled in is text: escaped in the HTML part,
wrapped with its paragraph in the text part, as the templates would have done.
"""

import re
import textwrap
from collections.abc import Mapping
from functools import lru_cache
from itertools import cycle
from typing import Any, Final

from jinja2 import Environment, pass_environment
from jinja2.filters import do_wordwrap

GAPS: Final = {"password": frozenset({"link_url", "expires", "name", "recipient"})}
"""By template: the contents that it shows and does nothing else with. Only mails that come in thousands need a form."""
WIDTH: Final = 76
"""Characters in a line of a paragraph with gaps."""

# From a private use area, so that no text has them; what has them all the same is not filled in.
_GAP, _END, _WRAP = "\U000f0000", "\U000f0001", "\U000f0002"
_GAPS: Final = re.compile(f"{_GAP}([a-z_]+){_END}")
_MARKS: Final = re.compile(f"[{_GAP}{_END}{_WRAP}]")


class Form:
    """One part of a mail, for plain text or HTML, with gaps."""

    def __init__(self, marked: str) -> None:
        """Make the form of a part that was written with ``marks``."""
        # In turn a stretch that stays as it is and a paragraph to be wrapped; each one is text, name of a gap, text.
        self._stretches = [_GAPS.split(stretch) for stretch in marked.split(_WRAP)]

    def filled(self, values: Mapping[str, str]) -> str:
        """The part with its gaps filled."""
        return "".join(
            _wrapped(_filled(pieces, values)) if is_paragraph else _filled(pieces, values)
            for pieces, is_paragraph in zip(self._stretches, cycle((False, True)), strict=False)
        )


def can_fill(template: str, contents: Mapping[str, Any]) -> bool:
    """True when the mail has a form, and each gap its value, which begins and ends with something to be seen."""
    gaps = GAPS.get(template)
    return gaps is not None and all(_fits(contents.get(name)) for name in gaps)


def marks(template: str) -> dict[str, str]:
    """What the templates are run with in place of the values."""
    return {name: f"{_GAP}{name}{_END}" for name in GAPS[template]}


@pass_environment
def wordwrap(environment: Environment, text: str, width: int = 79, *options: Any, **named: Any) -> str:
    """Jinja's filter, but for paragraphs with gaps, whose lines end elsewhere once they are filled."""
    if _GAP not in text:
        return do_wordwrap(environment, text, width, *options, **named)
    if (width, options, named) != (WIDTH, (False,), {"break_on_hyphens": False}):
        raise ValueError("a paragraph with gaps is wrapped in one way only")
    return f"{_WRAP}{text}{_WRAP}"


def _fits(value: object) -> bool:
    return isinstance(value, str) and value != "" and value == value.strip() and not _MARKS.search(value)


def _filled(pieces: list[str], values: Mapping[str, str]) -> str:
    filled = pieces.copy()
    filled[1::2] = [values[name] for name in pieces[1::2]]
    return "".join(filled)


@lru_cache(maxsize=256)
def _wrapped(paragraph: str) -> str:
    """As ``wordwrap`` does it; many readers get the same paragraph within a minute."""
    return "\n".join(
        "\n".join(
            textwrap.wrap(
                line,
                WIDTH,
                expand_tabs=False,
                replace_whitespace=False,
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
        for line in paragraph.splitlines()
    )
