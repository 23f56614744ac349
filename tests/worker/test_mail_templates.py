import re

import pytest
from bs4 import BeautifulSoup
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.i18n import LANGUAGES
from shared.settings import Settings
from shared.tokens import read_token
from tests.builders_mails import CAUSES, Town, a_town, written
from tests.worker.mail_parts import STEP_ONE, STEP_TWO, Mails, in_a_town, visible
from worker.contents import BUILDERS
from worker.letters import TEMPLATES, capitals

OWN_LINK = {
    "password": "password",
    "decide": "decide",
    "reminder": "decide",
    "confirm-address": "email",
    "approve-address": "email",
}
"""Templates with a link of their own, and its purpose."""
WEB_ADDRESS = re.compile(r"https?://\S+")

in_each_environment = pytest.mark.parametrize("environment", list(Environment))


def paragraphs(text: str) -> list[str]:
    """The paragraphs and list entries of the text part, each on one line, without the marks in front."""
    parts = re.split(r"\n\n|\n(?=- )", text)
    return [" ".join(re.sub(r"^(- |> |--$)", "", part, flags=re.MULTILINE).split()) for part in parts]


def test_every_template_has_its_three_parts_and_a_builder() -> None:
    folders = {path.name for path in TEMPLATES.iterdir()} - {"_base"}

    assert folders == BUILDERS.keys() == CAUSES.keys()
    for folder in folders:
        assert {path.name for path in (TEMPLATES / folder).iterdir()} == {"subject.txt", "body.txt", "body.html"}


def test_templates_say_nothing_outside_the_reach_of_translators() -> None:
    for path in (*TEMPLATES.glob("*/body.txt"), *TEMPLATES.glob("*/subject.txt")):
        source = re.sub(r"\{#.*?#\}|\{% trans.*?endtrans [-+]?%\}", "", path.read_text(), flags=re.DOTALL)
        source = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.DOTALL)

        assert re.findall(r"[A-Za-z]+", source) == [], path


@pytest.mark.req("R76")
def test_a_mail_opens_and_closes_like_the_letter(mails: Mails) -> None:
    for template, mail in mails().items():
        assert mail.text.startswith("Dear Madam, Dear Sir,\n\n"), template
        assert "\n\nBest regards,\n\nThe TNT-C.O.I. team.\n" in mail.text, template
        assert "Dear Madam, Dear Sir," in visible(mail.html), template
        assert "Best regards, The TNT-C.O.I. team." in visible(mail.html), template


@pytest.mark.req("R74")
def test_a_mail_names_both_helpdesk_addresses(mails: Mails) -> None:
    for template, mail in mails().items():
        for address in ("SANTE-TRACES@ec.europa.eu", "AGRI-E-COI-ORGANIC@ec.europa.eu"):
            assert f"\n{address}\n" in mail.text, template
            assert f'href="mailto:{address}"' in mail.html, template


@pytest.mark.req("R78")
def test_a_demonstration_says_that_it_is_not_the_commission(mails: Mails) -> None:
    for template, mail in mails().items():
        for part in (mail.text, visible(mail.html)):
            assert "Demonstration. This mail does not come from the European Commission." in part, template


@pytest.mark.req("R77")
@pytest.mark.parametrize(
    ("environment", "name", "other"),
    [
        ("production", "Production", "training"),
        ("training", "Training", "production"),
    ],
)
def test_a_mail_of_step_two_names_its_environment_and_not_the_other(
    mails: Mails, environment: str, name: str, other: str
) -> None:
    for template, mail in mails(*STEP_TWO, environment=Environment(environment)).items():
        assert mail.subject.startswith(f"[{name}] "), template
        for part in (mail.text, visible(mail.html)):
            assert f"This mail is about the {name} environment" in part, template
        assert BeautifulSoup(mail.html, "html.parser").select_one(f".{environment} .badge").text == name, template
        assert other not in (mail.subject + mail.text + visible(mail.html)).lower(), template


@pytest.mark.req("R6", "R77")
def test_a_mail_about_the_shared_account_names_no_environment(mails: Mails) -> None:
    for template, mail in mails(*STEP_ONE).items():
        seen = mail.subject + mail.text + visible(mail.html)
        assert not re.search("production|training", seen, re.IGNORECASE), template


@in_each_environment
def test_the_first_web_address_of_the_text_part_stands_alone_on_a_short_line(
    mails: Mails, environment: Environment
) -> None:
    for template, mail in mails(environment=environment).items():
        first = WEB_ADDRESS.search(mail.text)[0]
        assert f"\n\n{first}\n\n" in mail.text, template
        assert len(first) < 78, template
        assert f'href="{first}"' in mail.html, template


@pytest.mark.req("R73", "R20")
@pytest.mark.parametrize(("template", "purpose"), OWN_LINK.items())
def test_the_first_web_address_is_the_mails_own_link_and_ends_with_its_token(
    session: Session, settings: Settings, template: str, purpose: str
) -> None:
    town = a_town(session, settings)
    email = CAUSES[template](town)

    first = WEB_ADDRESS.search(written(town, email).text)[0]

    *before, token = first.split("/")
    assert "/".join(before) == f"{settings.public_url}/{purpose}"
    assert read_token(settings.keyring, token, purpose=purpose) == email.link_id


@in_each_environment
def test_a_mail_without_a_link_of_its_own_leads_to_the_profile_of_its_environment(
    mails: Mails, settings: Settings, environment: Environment
) -> None:
    templates = set(STEP_TWO) - OWN_LINK.keys() - {"code"}

    for template, mail in mails(*templates, environment=environment).items():
        assert set(WEB_ADDRESS.findall(mail.text)) == {f"{settings.public_url}/{environment}/profile"}, template


def test_both_parts_say_the_same(mails: Mails) -> None:
    for template, mail in mails(environment=Environment.TRAINING).items():
        seen = visible(mail.html).casefold()
        assert [part for part in paragraphs(mail.text) if part.casefold() not in seen] == [], template
        assert set(WEB_ADDRESS.findall(mail.text)) == set(re.findall(r'href="(http[^"]+)"', mail.html)), template
        title = BeautifulSoup(mail.html, "html.parser").h1.text.strip()
        assert title == mail.subject.removeprefix("[Training] "), template


def test_the_lines_of_a_mail_are_short(mails: Mails) -> None:
    names = {"first_name": "Maximiliane " * 8, "last_name": "Van den Berghe " * 6, "operator_name": "Société " * 37}

    for template, mail in mails(**names).items():
        assert max(map(len, mail.text.splitlines())) < 78, template
        assert max(map(len, mail.html.splitlines())) < 900, template


@pytest.mark.req("S36")
def test_a_subject_is_one_line_of_at_most_a_hundred_characters(mails: Mails) -> None:
    names = {"first_name": "M" * 100, "last_name": "N" * 80, "operator_name": "O" * 300}

    for template, mail in mails(**names).items():
        assert 0 < len(mail.subject) <= 100, template
        assert len(mail.subject.splitlines()) == 1, template
        # Shortened with an ellipsis where it is ours to shorten, not cut off at the hundredth character.
        assert "MM" not in mail.subject or "…" in mail.subject, template
        assert "OO" not in mail.subject or "…" in mail.subject, template


def test_no_empty_places_and_no_markup_stand_in_what_people_read(mails: Mails) -> None:
    for template, mail in mails().items():
        assert not re.search(r"\bNone\b|\{\{|\{%|&#|&amp;|%\(", mail.text + visible(mail.html)), template
        assert "\n\n\n" not in mail.text, template


@pytest.mark.parametrize("template", ["password", "already-registered", "decide", "reminder"])
def test_a_mail_says_what_happens_next_and_what_to_do_when_it_was_not_meant_for_the_reader(
    mails: Mails, template: str
) -> None:
    text = mails(template)[template].text

    assert re.search(r"\n\nWHAT HAPPENS NEXT\n\w", text)
    assert re.search(r"\n\nNOT MEANT FOR YOU\?\nThen do nothing: \w", text)
    assert re.search(r"\n\nWHY YOU GET THIS MAIL\n\w", text)


@pytest.mark.req("R13", "R72")
def test_every_mail_can_be_written_in_every_language(session: Session, settings: Settings) -> None:
    def write_in_all(town: Town, template: str) -> None:
        email = CAUSES[template](town)
        for language in LANGUAGES:
            email.language = language
            assert f'<html lang="{language}">' in written(town, email).html, template

    for template in CAUSES:
        in_a_town(session, settings, lambda town, template=template: write_in_all(town, template))


@pytest.mark.parametrize(
    ("words", "in_capitals"),
    [
        ("Τι ακολουθεί", "ΤΙ ΑΚΟΛΟΥΘΕΙ"),  # noqa: RUF001 - Greek letters are meant
        ("Προϊόντα, προΐσταμαι", "ΠΡΟΪΟΝΤΑ, ΠΡΟΪΣΤΑΜΑΙ"),
        ("Qué ocurrirá; Cé ñ Ő", "QUÉ OCURRIRÁ; CÉ Ñ Ő"),
    ],
)
def test_greek_capitals_bear_no_accent_and_all_others_keep_theirs(words: str, in_capitals: str) -> None:
    assert capitals(words) == in_capitals
