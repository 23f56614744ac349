"""The catalogues: one for each language, complete, with every gap and tag, no English, and the glossary's terms."""

import csv
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from shared.i18n import DEFAULT_LANGUAGE
from shared.i18n import LANGUAGES as ALL_LANGUAGES

ROOT = Path(__file__).parents[2]
TRANSLATIONS = ROOT / "shared" / "translations"
CATALOGUES = sorted(TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"))
LANGUAGES = [path.parts[-3] for path in CATALOGUES]
GAP = re.compile(r"%\((\w+)\)[sd]")
TAG = re.compile(r"</?\w+[^>]*>")
OF_THE_LAW = "Law:"
"""How the glossary's note begins where the term is one of the law: those are the same in every sentence."""


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory):
    """Every sentence that stands in code and templates today."""
    template = tmp_path_factory.mktemp("sentences") / "messages.pot"
    command = "extract -F babel.cfg --ignore-dirs .* -k N_ -k gettext --omit-header -o".split()
    babel = [sys.executable, "-m", "babel.messages.frontend", "--quiet"]
    subprocess.run([*babel, *command, str(template), "."], cwd=ROOT, check=True)
    with template.open("rb") as file:
        return read_po(file)


def test_what_every_mail_begins_and_ends_with_is_among_them(sentences):
    assert {"Dear Madam, Dear Sir,", "The TNT-C.O.I. team.", "Or copy this link into your browser:"} <= {
        message.id for message in sentences
    }


@pytest.mark.req("R13")
@pytest.mark.parametrize("path", CATALOGUES, ids=LANGUAGES)
def test_every_sentence_of_today_is_translated(path: Path, sentences):
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parts[-3])

    known = {message.id: message for message in catalogue if message.id and message.string and not message.fuzzy}
    assert [str(message.id) for message in sentences if message.id and message.id not in known] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=LANGUAGES)
def test_no_gap_of_a_sentence_is_lost_or_misspelt(path: Path):
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parts[-3])

    for message in catalogue:
        if not message.id:
            continue
        wanted = set(GAP.findall(message.id[-1] if isinstance(message.id, tuple) else message.id))
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        assert set(GAP.findall(strings[-1])) == wanted, message.id
        assert all(set(GAP.findall(string)) <= wanted for string in strings), message.id


@pytest.mark.req("R13")
def test_every_language_of_the_union_has_a_catalogue() -> None:
    assert {*LANGUAGES, DEFAULT_LANGUAGE} == set(ALL_LANGUAGES)


@pytest.mark.parametrize("path", CATALOGUES, ids=LANGUAGES)
def test_no_tag_of_a_sentence_is_lost_or_added(path: Path) -> None:
    for english, strings in translated(path):
        for string in strings:
            assert sorted(TAG.findall(string)) == sorted(TAG.findall(english)), english


@pytest.mark.parametrize("path", CATALOGUES, ids=LANGUAGES)
def test_no_sentence_is_left_in_english(path: Path) -> None:
    left = [english for english, strings in translated(path) if english in strings and _is_a_sentence(english)]

    assert left == []


@pytest.mark.parametrize("path", CATALOGUES, ids=LANGUAGES)
def test_the_terms_of_the_law_are_those_of_the_glossary(path: Path) -> None:
    terms = glossary(path.parts[-3])

    missed = [
        (term, english)
        for english, strings in translated(path)
        for term, alternatives in terms.items()
        if re.search(rf"\b{re.escape(term)}s?\b", GAP.sub("", english), re.IGNORECASE)
        and not any(_holds(" ".join(strings), stems) for stems in alternatives)
    ]

    assert missed == []


def translated(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each sentence in English, of two forms that of many, with its translations."""
    with path.open("rb") as file:
        for message in read_po(file, locale=path.parts[-3]):
            if message.id:
                english = message.id if isinstance(message.id, str) else message.id[-1]
                yield english, message.string if isinstance(message.string, tuple) else (message.string,)


def glossary(language: str) -> dict[str, list[list[str]]]:
    """The terms of the law: alternatives of stems that stand in every form of the term."""
    with (TRANSLATIONS / "glossary.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["term"]: [stems.split("&") for stems in row[language].partition("~")[2].split("|")]
            for row in csv.DictReader(file)
            if row["note"].startswith(OF_THE_LAW)
        }


def _holds(text: str, stems: list[str]) -> bool:
    return all(stem.strip().casefold() in text.casefold() for stem in stems)


def _is_a_sentence(english: str) -> bool:
    return len(re.findall(r"\b[a-z]{3,}\b", GAP.sub("", TAG.sub("", english)))) >= 2
