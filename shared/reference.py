"""The small lists that never change while the product runs: countries, languages, activities, product categories.

Read from ``shared/data`` on first use and kept; what is loaded into the database is the business of
``shared.services.reference_load``.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from shared.domain.searching import fold_for_search

DATA: Final = Path(__file__).parent / "data"
REGIMES: Final = (
    "letter",
    "compliance-2018-848",
    "equivalence-834-2007",
    "recognised-third-country",
    "member-state",
)
"""Rules under which a control body's code is listed. The first that a code has is the one shown: the letter's row,
then what is in force before what has ended (domain.md 3.1)."""
DEFAULT_OFFICE_LANGUAGE: Final = "en"


@dataclass(frozen=True, slots=True)
class Country:
    """A country, by its ISO 3166 code."""

    code: str
    name: str
    in_union: bool
    """A Member State of the European Union."""
    office_language: str
    """Code of the language in which an office there is written to; English where several would do."""

    @property
    def label(self) -> str:
        """Name and code as lists show them: ``Belgium (BE)``."""
        return f"{self.name} ({self.code})"


@dataclass(frozen=True, slots=True)
class Language:
    """An official language of the European Union."""

    code: str
    name_en: str
    name: str
    """In the language itself."""
    label: str
    """As lists show it: ``English (en)``."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What an operator does; it stands in a section, which often has the activity's own name."""

    code: str
    label_en: str
    section_label: str
    """As printed: ``Organic Importer (ORGANIC IMPORTER)``; the activity's label where no section is known."""
    chapter: str
    eori_mandatory: bool
    """An operator with this activity must give its EORI number (R40)."""
    control_body_mandatory: bool

    def is_named(self, text: str) -> bool:
        """True when ``text`` is its code or English label, in any case."""
        return _key(text) in {_key(self.code), _key(self.label_en)}

    def is_in_section(self, text: str) -> bool:
        """True when ``text`` is the label of its section, the words before or in the brackets, or its own code."""
        before, _, inside = self.section_label.partition("(")
        return _key(text) in {_key(self.section_label), _key(before), _key(inside.rstrip(")")), _key(self.code)} - {""}


@cache
def countries() -> Mapping[str, Country]:
    """All countries by code, in the order of their English names."""
    rows = sorted(_rows("countries.csv"), key=lambda row: fold_for_search(row["name_en"]))
    return MappingProxyType(
        {
            row["code"]: Country(
                row["code"],
                row["name_en"],
                row["eu_member"] == "yes",
                row["office_language"] or DEFAULT_OFFICE_LANGUAGE,
            )
            for row in rows
        }
    )


def find_country(text: str) -> Country | None:
    """Find a country by its code, its English name or its label, in any case: ``be``, ``Belgium (BE)``."""
    return countries().get(text.strip().upper()) or _countries_by_name().get(fold_for_search(text))


def country_name(code: str | None) -> str:
    """The English name of a country; the code itself for one that is not in the list, empty for none."""
    country = countries().get(code or "")
    return country.name if country else code or ""


def country_label(code: str | None) -> str:
    """A country as lists show it, ``Belgium (BE)``; the code itself when it is not in the list, empty for none."""
    country = countries().get(code or "")
    return country.label if country else code or ""


def is_in_union(code: str | None) -> bool:
    """True for a Member State of the European Union; False for no country."""
    country = countries().get(code or "")
    return country is not None and country.in_union


def office_language(code: str | None) -> str:
    """The language in which an office in that country is written to; English when in doubt."""
    country = countries().get(code or "")
    return country.office_language if country else DEFAULT_OFFICE_LANGUAGE


@cache
def languages() -> tuple[Language, ...]:
    """The official languages of the European Union, in the order of the Official Journal (R13)."""
    return tuple(
        Language(row["code"], row["name_en"], row["name_native"], row["label_as_in_letter_style"])
        for row in _rows("languages.csv")
    )


@cache
def activities() -> tuple[Activity, ...]:
    """The activities of operators, the letter's first."""
    return tuple(
        Activity(
            row["code"],
            row["label_en"],
            row["section_label"] or row["label_en"],
            row["chapter"],
            row["eori_mandatory"] == "yes",
            # The letter's form marks the field with a star; only an explicit "no" lifts that (R41).
            row["control_body_field_mandatory"] != "no",
        )
        for row in _rows("activities.csv")
    )


def activity_label(code: str) -> str:
    """An activity as the list of operators shows it: ``Organic Importer (ORGANIC IMPORTER)`` (R34)."""
    return next((activity.section_label for activity in activities() if activity.code == code), code)


def has_regime(regime: str) -> bool:
    """True for rules that the product knows."""
    return regime in REGIMES


def category_text(regime: str, letter: str) -> str:
    """What a product category means: its letter means something only together with the regime (domain.md 3.1).

    Raises:
        KeyError: the regime has no such category.
    """
    return _categories()[regime, letter]


def has_category(regime: str, letter: str) -> bool:
    """True when the regime knows the letter."""
    return (regime, letter) in _categories()


@cache
def _countries_by_name() -> Mapping[str, Country]:
    return {
        fold_for_search(name): country for country in countries().values() for name in (country.name, country.label)
    }


@cache
def _categories() -> Mapping[tuple[str, str], str]:
    return {(row["regime"], row["code"]): row["label_en"] for row in _rows("product_categories.csv")}


def _rows(file_name: str) -> list[dict[str, str]]:
    with (DATA / file_name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _key(text: str) -> str:
    return fold_for_search(text.replace("_", " "))
