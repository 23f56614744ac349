import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from jinja2 import UndefinedError

from shared.db import Database
from shared.i18n import LANGUAGES
from shared.models import Account
from tests.worker.conftest import Office
from tests.worker.mail_server import MailServer, Received
from worker.letters import LONGEST_SUBJECT, render
from worker.mailer import Mailer

CONTENTS: dict[str, Any] = {
    "environment": None,
    "recipient": "ann@people.example",
    "helpdesk_emails": ["help@office.example"],
    "is_demo": True,
    "link_url": "http://127.0.0.1:8000/password/token",
    "minutes": 90,
    "expires": "11:32 (+02:00 CEST), Tuesday 9 June 2026",
    "is_first": True,
    "name": "Ann Peeters",
}


@pytest.fixture
def mailed(mailer: Mailer, mail_server: MailServer, office: Office) -> Callable[..., Received]:
    """The password mail of a person, as it came over the wire."""

    def mail(**person: Any) -> Received:
        account = office.account(**person)
        mailer.deliver(office.password_mail(account))
        return mail_server.mails[-1]

    return mail


@pytest.mark.req("R20")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_is_written_in_the_language_that_was_chosen(language: str) -> None:
    parts = render("password", language=language, contents=CONTENTS)

    assert f'<html lang="{language}">' in parts.html
    assert parts.subject
    assert "http://127.0.0.1:8000/password/token" in parts.text.splitlines()


@pytest.mark.req("R20", "R21")
def test_the_time_in_the_mail_is_absolute_and_in_the_readers_language_and_zone(mailed: Callable[..., Received]) -> None:
    mail = mailed(email_language="fi", time_zone="Europe/Helsinki")

    shown = " ".join(mail.text.split())
    printed = re.search(r"\d\d:\d\d \((\+02:00 EET|\+03:00 EEST)\), \w+ \d{1,2}\. (\w+) 20\d\d", shown)
    assert printed is not None, shown
    assert printed[2].endswith("kuuta")


@pytest.mark.req("R20")
def test_the_link_is_the_first_address_alone_on_a_short_line_and_ends_with_the_token(
    mailed: Callable[..., Received],
) -> None:
    mail = mailed()

    assert mail.link.startswith("http://127.0.0.1:8000/password/")
    assert mail.link == mail.link.strip()
    assert len(mail.link) < 78
    assert len(mail.token) == 44
    assert f'href="{mail.link}"' in mail.html
    lines = mail.raw.split(b"\r\n")
    assert mail.link.encode() in lines, "not split, not encoded"


@pytest.mark.req("R74", "R76")
def test_a_mail_opens_and_closes_like_the_letter_and_names_the_helpdesk(mailed: Callable[..., Received]) -> None:
    mail = mailed()

    for part in (mail.text, mail.html):
        assert "Dear Madam, Dear Sir," in part
        assert "The TNT-C.O.I. team." in part
        assert "SANTE-TRACES@ec.europa.eu" in part
        assert "AGRI-E-COI-ORGANIC@ec.europa.eu" in part


@pytest.mark.req("R78")
def test_a_mail_of_a_demonstration_says_that_it_is_one(mailed: Callable[..., Received]) -> None:
    assert "Demonstration." in mailed().text


@pytest.mark.req("S36")
@pytest.mark.parametrize(
    "name", ['<a href="http://evil.example">x</a>', "{{7*7}}", "http://evil.example/", "www.evil.example", "bit.ly/abc"]
)
def test_a_name_is_text_and_never_a_link(mailed: Callable[..., Received], name: str) -> None:
    mail = mailed(first_name="Ann", last_name=name, password_hash=None)

    assert "An account was created for Ann " in mail.text
    assert mail.link.startswith("http://127.0.0.1:8000/password/")
    assert "evil.example" not in mail.text
    assert "bit.ly" not in mail.text
    assert "evil.example" not in mail.html
    shown = BeautifulSoup(mail.html, "html.parser")
    assert f"for Ann {name[:3].strip()}" in " ".join(shown.get_text().split())
    links = [str(link["href"]) for link in shown.select("a")]
    assert all(link.startswith(("http://127.0.0.1:8000/", "mailto:")) for link in links)
    assert "Ann 49" not in mail.text


@pytest.mark.req("S36")
@pytest.mark.parametrize("text", ["x" * 300, "ü" * 300])
def test_a_subject_has_at_most_100_characters_and_shows_that_there_were_more(text: str) -> None:
    parts = render("password", language="en", contents=CONTENTS | {"minutes": text})

    assert len(parts.subject) <= LONGEST_SUBJECT == 100
    assert parts.subject.endswith(f"{text[0]}…")


@pytest.mark.req("S35")
@pytest.mark.parametrize("break_", ["\r\n", "\n", "\u2028", "\x0b"], ids=ascii)
def test_a_subject_is_one_line(break_: str) -> None:
    parts = render("password", language="en", contents=CONTENTS | {"minutes": f"90{break_}Bcc: eve@evil.example"})

    assert len(parts.subject.splitlines()) == 1


def test_a_word_that_is_missing_is_a_defect_not_an_empty_place() -> None:
    with pytest.raises(UndefinedError):
        render("password", language="en", contents={key: value for key, value in CONTENTS.items() if key != "name"})


@pytest.mark.req("S35")
def test_the_raw_mail_has_one_block_of_headers_and_no_unknown_ones(mailed: Callable[..., Received]) -> None:
    mail = mailed(first_name="Ann", last_name="Peeters")

    names = [name.lower() for name in mail.message.keys()]  # noqa: SIM118
    assert sorted(names) == sorted(
        [
            *("content-type", "mime-version", "subject", "from", "to", "date", "message-id"),
            *("auto-submitted", "content-language", "x-gatehouse-template"),
        ]
    )
    assert mail.message.get_content_type().startswith("multipart/")


@pytest.mark.req("S2")
def test_the_token_is_in_the_mail_and_nowhere_in_the_database(
    mailed: Callable[..., Received], database: Database, now: datetime
) -> None:
    mail = mailed()

    with database.reading() as session:
        connection = session.connection()
        kept = ""
        for table in Account.metadata.sorted_tables:
            kept += repr(connection.execute(table.select()).all())
    assert len(kept) > 500
    assert mail.token not in kept
    assert mail.token[24:] not in kept
