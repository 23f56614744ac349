"""Whatever people read in a mail goes by the catalogues: tried with a language that has other letters throughout."""

import re
import string
from collections.abc import Iterator

import pytest
from babel.support import NullTranslations
from sqlalchemy.orm import Session

from shared.i18n import DEFAULT_LANGUAGE
from shared.reference import countries
from shared.settings import Settings
from tests.mails.catalogues import GAP
from tests.mails.printer import print_all
from tests.mails.reading import flat, words_of_html, words_of_text
from tests.mails.to_applicants import REASON
from worker import letters
from worker.contents import occasion

NAMES = (
    *("Ann Peeters-Smit", "Ann Peeters", "ALPRO Comm.V.A.", "Vlaamse Overheid", "Service public de Wallonie"),
    *("Control Union Certifications", "Ministerie van Landbouw", "Moulins de Savoie", "Test Importer"),
    *("Bruxelles Zaventem", "European Commission"),
)
NUMBERED_NAMES = r"ferme bio \d+ sprl|moulin \d+ sprl|controle \d+ b\.v\.|person\d+|[a-z]{2}-(org-op|bio)-\d+|\bbe\d+"
ADDRESSES = r"https?://\S+|[\w.+-]+@[\w-]+(\.[\w-]+)+"
TIMES = r"\d\d:\d\d \(\+\d\d:\d\d [a-z]+\), \w+ \d+ \w+ \d{4}"
WIDE = {ord(sign): chr(ord(sign) + 0xFEE0) for sign in string.ascii_letters}
"""Every letter in its full-width form."""


class WideTranslations(NullTranslations):
    """A language in which every sentence is written in wide letters, its gaps kept."""

    def gettext(self, message: str) -> str:
        gaps = [*GAP.findall(message), ""]
        return "".join(piece.translate(WIDE) + gap for piece, gap in zip(GAP.split(message), gaps, strict=True))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return self.gettext(singular if n == 1 else plural)

    ugettext, ungettext = gettext, ngettext


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for module in (letters, occasion):
        monkeypatch.setattr(module, "translations", lambda _language: WideTranslations())
    _forget()
    yield
    _forget()


def _forget() -> None:
    for made in (letters._environment, letters._environment_for_forms, letters._forms):
        made.cache_clear()


@pytest.mark.slow
@pytest.mark.req("R13")
@pytest.mark.usefixtures("wide")
def test_no_word_of_a_mail_goes_around_the_catalogues(mail_press: tuple[Session, Settings]) -> None:
    told = sorted((*NAMES, *flat(REASON).split(". "), *(one.name for one in countries().values())), key=len)
    known = re.compile(
        "|".join([ADDRESSES, TIMES, NUMBERED_NAMES, *(re.escape(name.casefold()) for name in reversed(told))])
    )
    for mail in print_all(*mail_press, [DEFAULT_LANGUAGE]):
        for words in (mail.parts.subject.casefold(), words_of_text(mail.parts), words_of_html(mail.parts)):
            assert re.findall(r"[a-z]{2,}", known.sub("", words)) == [], mail.name
