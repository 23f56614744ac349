"""Countries as they are called in each language of the Union, by Unicode's CLDR; in English as the reference list."""

from functools import cache

from babel import Locale

from shared import reference
from shared.domain.searching import fold_for_search
from shared.i18n import DEFAULT_LANGUAGE


def country_name(code: str | None, language: str) -> str:
    """The name of a country; the code itself for one that nobody knows, empty for none."""
    if language == DEFAULT_LANGUAGE or not code:
        return reference.country_name(code)
    name: str | None = Locale.parse(language).territories.get(code)
    return name or reference.country_name(code)


def country_label(code: str | None, language: str) -> str:
    """A country as lists show it, ``Belgien (BE)``; the code itself when it is not in the list, empty for none."""
    if code not in reference.countries():
        return code or ""
    return f"{country_name(code, language)} ({code})"


@cache
def country_choices(language: str) -> tuple[tuple[str, str], ...]:
    """Code and label of every country, by name; letters with marks beside those without, as most languages do."""
    labels = [(code, country_label(code, language)) for code in reference.countries()]
    return tuple(sorted(labels, key=lambda choice: fold_for_search(choice[1])))
