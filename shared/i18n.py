"""Languages: which there are, their catalogues, and times as people write them."""

from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from babel.dates import format_date, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LANGUAGES: Final = tuple("bg es cs da de et el en fr ga hr it lv lt hu mt nl pl pt ro sk sl fi sv".split())  # noqa: SIM905
"""The official languages of the European Union, in the order of the Official Journal (R13)."""
DEFAULT_LANGUAGE: Final = "en"
DAY: Final = {"en": "EEEE d MMMM y"}
"""How a day is written where that is not the language's own full form: Unicode's English is that of America."""
_REGIONS = frozenset(
    {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)
"""Of the IANA database; what else it names is for machines ("Factory") or old ("GB", "US/Eastern")."""
_CATALOGUES = Path(__file__).parent / "translations"


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language; English, and what is not translated yet, is the text itself.

    Catalogues are read from their ``.po`` files, so that there is no compiled copy to forget.
    """
    path = _CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    if language not in LANGUAGES or not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


@cache
def language_label(language: str) -> str:
    """The language's own name and its code, as in ``English (en)`` (R13)."""
    from babel import Locale

    name = Locale.parse(language).get_display_name(language) or language
    return f"{name[0].upper()}{name[1:]} ({language})"


def format_time(moment: datetime, *, language: str, zone: str) -> str:
    """A moment for people: ``11:32 (+02:00 CEST), Tuesday 9 June 2026`` (R65).

    The hour comes first in every language, and sentences count on it; the day is written as the language does.

    Args:
        moment: aware UTC.
        language: code of the reader's language.
        zone: name of the reader's time zone, such as ``Europe/Brussels``.
    """
    local = moment.astimezone(ZoneInfo(zone))
    day = format_date(local, DAY.get(language, "full"), locale=language)
    return f"{local:%H:%M} ({zone_words(local)}), {day}"


def format_distance(moment: datetime, *, now: datetime, language: str) -> str:
    """How far a moment is from now: ``in 88 minutes``, ``3 days ago``; empty within a minute of now.

    Args:
        moment: aware UTC.
        now: the product's time.
        language: code of the reader's language.
    """
    distance = moment - now
    if abs(distance) < timedelta(minutes=1):
        return ""
    # A unit is used from two of it on: "in 1 hour" would be said of 89 minutes.
    return format_timedelta(distance, granularity="minute", threshold=2, add_direction=True, locale=language)


def offset(local: datetime) -> str:
    """The distance to UTC of an aware local time, as in ``+02:00`` (R42, R65)."""
    digits = f"{local:%z}"
    return f"{digits[:3]}:{digits[3:5]}"


def zone_words(local: datetime) -> str:
    """Offset and abbreviation of an aware local time: ``+02:00 CEST``; ``+05:45`` where no abbreviation is in use."""
    name = local.tzname() or ""
    return f"{offset(local)} {name}" if name.isalpha() else offset(local)


@cache
def time_zones() -> tuple[str, ...]:
    """Names of the zones to choose from, by region and city, and UTC; what the database keeps for machines is not."""
    return (*sorted(name for name in available_timezones() if name.partition("/")[0] in _REGIONS), "UTC")
