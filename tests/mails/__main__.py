"""``make mails``: a gallery of every mail, in every state and language, as files that one can look through.

It stands among the tests because it is made of what they are made of: the made-up people of ``tests.builders_mails``,
and each state caused as the product causes it. The product does not need it, and a mail in the gallery is the one that
the tests beside it check.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from shared.i18n import LANGUAGES
from tests.mails.catalogues import WITH_CATALOGUE, missing
from tests.mails.gallery import Gallery
from tests.mails.printer import PrintedMail, press, print_all
from tests.mails.variants import VARIANTS

FOLDER = Path(__file__).parents[2] / "var" / "mails"
SHOWN_SUBJECT = 78
"""Characters of a subject that fit a header's line (RFC 5322 2.1.1)."""
LONGEST_LIST = 10


def main() -> int:
    """Write the gallery, and say where it is and what is worth a look."""
    options = argparse.ArgumentParser(prog="make mails")
    options.add_argument("--language", action="append", choices=LANGUAGES, help="only this one; may be given again")
    options.add_argument("--template", action="append", choices=sorted({one.template for one in VARIANTS}))
    chosen = options.parse_args()
    languages = [one for one in LANGUAGES if one in (chosen.language or WITH_CATALOGUE)]
    variants = [one for one in VARIANTS if not chosen.template or one.template in chosen.template]
    with press() as (session, settings):
        mails = list(_with_progress(print_all(session, settings, languages, variants), len(variants) * len(languages)))
    index = Gallery(FOLDER).hang(mails)
    _tell(mails, languages)
    say(f"\n{len(mails)} mails (states: {len(variants)}, languages: {len(languages)}). Look at them in {index}")
    return 0


def say(line: str) -> None:
    """Write a line to the person who started it."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _with_progress(mails: Iterable[PrintedMail], count: int) -> Iterator[PrintedMail]:
    said = 0
    for number, mail in enumerate(mails, start=1):
        if number * 10 // count > said:
            said = number * 10 // count
            say(f"{number:5} of {count} mails are written")
        yield mail


def _tell(mails: Iterable[PrintedMail], languages: Iterable[str]) -> None:
    if without := [one for one in LANGUAGES if one not in WITH_CATALOGUE]:
        say(f"Without a catalogue, so in English: {', '.join(without)}")
    for language in languages:
        if language in WITH_CATALOGUE and (waiting := missing(language)):
            say(f"Not complete: {language}, where {len(waiting)} sentences of mails wait for a translation")
    long = sorted((mail for mail in mails if len(mail.parts.subject) > SHOWN_SUBJECT), key=_length, reverse=True)
    if long:
        say(f"{len(long)} subjects are longer than {SHOWN_SUBJECT} characters, the longest of them:")
    for mail in long[:LONGEST_LIST]:
        say(f"{_length(mail):5} {mail.name}: {mail.parts.subject}")


def _length(mail: PrintedMail) -> int:
    return len(mail.parts.subject)


if __name__ == "__main__":
    sys.exit(main())
