"""What the catalogues say about mails: which languages have one, and which sentences a mail can hold."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from shared.domain import progress, routing
from shared.i18n import _CATALOGUES, DEFAULT_LANGUAGE, LANGUAGES
from worker.letters import TEMPLATES

GAP: Final = re.compile(r"%\(\w+\)[sd]")
_FEWEST_WORDS: Final = 2


def has_catalogue(language: str) -> bool:
    """True for English, which needs none, and wherever translators have begun."""
    return language == DEFAULT_LANGUAGE or (_CATALOGUES / language / "LC_MESSAGES" / "messages.po").exists()


WITH_CATALOGUE: Final = tuple(filter(has_catalogue, LANGUAGES))
in_each_language = pytest.mark.parametrize(
    "language",
    [
        pytest.param(one, marks=() if one in WITH_CATALOGUE else pytest.mark.skip(reason="it has no catalogue yet"))
        for one in LANGUAGES
    ],
)


@cache
def sentences_of_mails() -> frozenset[str]:
    """Every English sentence that templates and contents of mails can say, singular and plural apart."""
    return frozenset(_sentences_of_templates()) | _sentences_of_contents()


@cache
def sentences_of_templates() -> frozenset[str]:
    """Those of them that stand in ``templates/email/``."""
    return frozenset(_sentences_of_templates())


def _sentences_of_templates() -> Iterator[str]:
    methods = [("**.html", "jinja2"), ("**.txt", "jinja2")]
    options = {pattern: {"trimmed": "true", "silent": "false"} for pattern, _ in methods}
    everywhere = extract_from_dir(TEMPLATES, methods, options, directory_filter=lambda _folder: True)
    for _file, _line, found, _comments, _context in everywhere:
        yield from (found,) if isinstance(found, str) else filter(None, found)


def _sentences_of_contents() -> frozenset[str]:
    return frozenset(routing.SENTENCES.values()) | frozenset(progress.SENTENCES.values()) - {"%(office)s"}


@cache
def translated(language: str) -> dict[str, str]:
    """The sentences of mails that a catalogue has, singular and plural apart, each with all of its translations."""
    with (_CATALOGUES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    known: dict[str, str] = {}
    for message in catalogue:
        if message.id and message.string and not message.fuzzy:
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            known |= dict.fromkeys(ids, "\n".join(strings))
    return {sentence: known[sentence] for sentence in sentences_of_mails() if sentence in known}


def missing(language: str) -> frozenset[str]:
    """The sentences of mails that still wait for a translation; none in a language that is complete."""
    return frozenset() if language == DEFAULT_LANGUAGE else sentences_of_mails() - translated(language).keys()


def stretches(sentence: str) -> list[str]:
    """What stands between the gaps of a sentence, and is long enough to be known again."""
    pieces = (" ".join(piece.split()).strip(" .,:;()") for piece in GAP.split(sentence))
    return [piece for piece in pieces if len(piece.split()) >= _FEWEST_WORDS]


def english_of(language: str) -> frozenset[str]:
    """English words in a row that no mail in this language has a reason to hold."""
    own = " ".join("\n".join(translated(language).values()).split()).casefold()
    found = (stretch for sentence in sentences_of_mails() for stretch in stretches(sentence))
    return frozenset(stretch for stretch in found if stretch.casefold() not in own)
