"""What stands in every mail, in every language that has a catalogue."""

import re
from collections.abc import Sequence

import pytest

from shared.i18n import translations
from tests.mails.catalogues import GAP, english_of, in_each_language, missing, translated
from tests.mails.printer import PrintedMail
from tests.mails.reading import flat, soup_of, words_of_html, words_of_text
from tests.mails.variants import STEP_ONE
from worker.letters import LONGEST_SUBJECT, capitals

pytestmark = [in_each_language, pytest.mark.slow]
NOT_YOU = {
    "password": "Not meant for you?",
    "already-registered": "Not meant for you?",
    "decide": "Not meant for you?",
    "reminder": "Not meant for you?",
    "password-changed": "Not you?",
    "code": "Not you?",
    "request-received": "You did not send this request?",
    "outcome": "You did not send this request?",
    "expired": "You did not send this request?",
}
"""The heading above what to do, in the mails that somebody else could have caused."""


@pytest.fixture
def say(language: str):
    """A sentence in the language of the test."""
    return translations(language).gettext


@pytest.mark.req("R76", "R13")
def test_a_mail_opens_and_closes_like_the_letter_in_its_own_language(
    mails: Sequence[PrintedMail], language: str, say
) -> None:
    opening, closing, team = map(say, ("Dear Madam, Dear Sir,", "Best regards,", "The TNT-C.O.I. team."))
    for mail in mails:
        assert mail.parts.text.startswith(f"{opening}\n\n"), mail.name
        assert f"\n\n{closing}\n\n{team}\n" in mail.parts.text, mail.name
        assert opening.casefold() in words_of_html(mail.parts), mail.name
        assert f"{closing} {team}".casefold() in words_of_html(mail.parts), mail.name


@pytest.mark.req("R74")
def test_a_mail_names_both_helpdesk_addresses_alone_on_their_lines(mails: Sequence[PrintedMail], language: str) -> None:
    for mail in mails:
        for address in ("SANTE-TRACES@ec.europa.eu", "AGRI-E-COI-ORGANIC@ec.europa.eu"):
            assert f"\n{address}\n" in mail.parts.text, mail.name
            assert soup_of(mail.parts.html).select_one(f'a[href="mailto:{address}"]').text == address, mail.name


@pytest.mark.req("R77")
def test_a_mail_about_a_role_names_its_environment_everywhere(mails: Sequence[PrintedMail], language: str, say) -> None:
    words = {
        "production": ("[Production]", "Production", "This mail is about the Production environment."),
        "training": (
            "[Training]",
            "Training",
            "This mail is about the Training environment: nothing in it has legal effect.",
        ),
    }
    for mail in mails:
        if mail.variant.template in STEP_ONE:
            continue
        mark, name, sentence = map(say, words[mail.variant.environment])
        assert mail.parts.subject.startswith(f"{mark} "), mail.name
        assert soup_of(mail.parts.html).select_one(f".{mail.variant.environment} .badge").text == name, mail.name
        for words_of in (words_of_text, words_of_html):
            assert flat(sentence).casefold() in words_of(mail.parts), mail.name


def test_a_mail_says_why_it_came_and_what_to_do_when_it_was_somebody_else(
    mails: Sequence[PrintedMail], language: str, say
) -> None:
    for mail in mails:
        headings = ["Why you get this mail", *filter(None, [NOT_YOU.get(mail.variant.template)])]
        for heading in map(say, headings):
            assert f"\n\n{capitals(heading)}\n" in mail.parts.text, mail.name
            below = soup_of(mail.parts.html).find("h2", string=heading).find_next_sibling("p")
            assert len(flat(below.get_text())) > 20, mail.name


@pytest.mark.req("R13")
def test_no_english_is_left_in_another_language(mails: Sequence[PrintedMail], language: str) -> None:
    if language == "en":
        pytest.skip("English is what others must not hold")
    if waiting := missing(language):
        pytest.skip(f"its catalogue is not complete: {len(waiting)} sentences of mails wait for a translation")
    english = re.compile(rf"\b(?:{'|'.join(map(re.escape, english_of(language)))})(?!\w)", re.IGNORECASE)

    for mail in mails:
        said = " ".join((mail.parts.subject, words_of_text(mail.parts), words_of_html(mail.parts)))
        assert english.findall(said) == [], mail.name


@pytest.mark.req("R13")
def test_no_translation_is_the_english_sentence_once_more(language: str) -> None:
    if language == "en":
        pytest.skip("English is not translated")
    copied = [
        sentence
        for sentence, own in translated(language).items()
        if sentence in own.splitlines() and len(GAP.sub("", sentence).split()) > 2
    ]
    assert copied == []


@pytest.mark.req("S36")
def test_a_subject_is_the_heading_and_was_not_cut_off(mails: Sequence[PrintedMail], language: str, say) -> None:
    prefixes = {"production": f"{say('[Production]')} ", "training": f"{say('[Training]')} "}
    for mail in mails:
        prefix = "" if mail.variant.template in STEP_ONE else prefixes[mail.variant.environment]
        assert mail.parts.subject == f"{prefix}{flat(soup_of(mail.parts.html).h1.get_text())}", mail.name
        assert len(mail.parts.subject) <= LONGEST_SUBJECT, mail.name
