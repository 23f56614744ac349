"""The two parts of every mail: well made, alike, and with a link that can be used."""

import re
from collections.abc import Sequence

import pytest

from tests.mails.catalogues import in_each_language
from tests.mails.printer import ADDRESS, PrintedMail
from tests.mails.reading import WEB_ADDRESS, faults_of, soup_of, words_of_html, words_of_text
from worker.letters import capitals

pytestmark = [in_each_language, pytest.mark.slow]
LONGEST_LINK = 78
"""Characters: a token is 44, and mail programs leave lines of 78 alone (RFC 5322 2.1.1)."""
WITHOUT_BUTTON = {"code"}


def test_a_mail_program_reads_both_parts_as_they_were_written(mails: Sequence[PrintedMail], language: str) -> None:
    for mail in mails:
        assert mail.message.defects == [], mail.name
        assert [part.get_content_type() for part in mail.message.walk()] == [
            "multipart/alternative",
            "text/plain",
            "text/html",
        ], mail.name
        assert mail.message["Subject"] == mail.parts.subject != "", mail.name
        assert mail.part("plain").replace("\r\n", "\n").strip() == mail.parts.text.strip() != "", mail.name
        assert mail.part("html").replace("\r\n", "\n").strip() == mail.parts.html.strip() != "", mail.name


def test_both_parts_say_the_same_words_in_the_same_order(mails: Sequence[PrintedMail], language: str) -> None:
    for mail in mails:
        # Headings of the text part are in capitals, which in Greek have no accents.
        assert capitals(words_of_html(mail.parts)) == capitals(words_of_text(mail.parts)), mail.name


@pytest.mark.req("R20", "R73")
def test_the_link_is_whole_and_alone_on_a_line_and_the_same_on_the_button(
    mails: Sequence[PrintedMail], language: str
) -> None:
    for mail in mails:
        link = mail.contents.get("link_url") or mail.contents["help_url"]
        assert link.startswith(f"{ADDRESS}/"), mail.name
        assert WEB_ADDRESS.findall(mail.parts.text) == [link], mail.name
        assert f"\n\n{link}\n\n" in mail.parts.text, mail.name
        assert len(link) <= LONGEST_LINK, mail.name
        soup = soup_of(mail.parts.html)
        assert [one.text for one in soup.select("a.link[href^=http]")] == [link], mail.name
        assert {one["href"] for one in soup.select("a[href^=http]")} == {link}, mail.name
        buttons = soup.select("a.action")
        has_button = mail.variant.template not in WITHOUT_BUTTON and mail.variant.name != "closed: mailbox"
        assert len(buttons) == has_button, mail.name
        assert all(button.get_text().strip() for button in buttons), mail.name


def test_the_link_survives_the_way_in_one_piece(mails: Sequence[PrintedMail], language: str) -> None:
    for mail in mails:
        link = mail.contents.get("link_url") or mail.contents["help_url"]
        assert link.encode() in mail.raw.split(b"\r\n"), mail.name


def test_the_html_is_well_made_and_names_its_language(mails: Sequence[PrintedMail], language: str) -> None:
    for mail in mails:
        soup = soup_of(mail.parts.html)
        assert faults_of(mail.parts.html) == [], mail.name
        assert soup.html["lang"] == language, mail.name
        # Some mail programs keep nothing of a mail but what is in its body.
        assert soup.body.find("div", recursive=False)["lang"] == language, mail.name
        assert soup.title.text == soup.h1.text.strip() != "", mail.name
        assert len(soup.select("h1")) == 1, mail.name


def test_a_table_is_there_for_the_layout_only_and_says_so(mails: Sequence[PrintedMail], language: str) -> None:
    for mail in mails:
        tables = soup_of(mail.parts.html).select("table")
        assert [table.get("role") for table in tables] == ["presentation"] * len(tables), mail.name


@pytest.mark.req("S36")
def test_nothing_is_fetched_and_nothing_runs(mails: Sequence[PrintedMail], language: str) -> None:
    for mail in mails:
        soup = soup_of(mail.parts.html)
        assert soup.select("script, img, link, iframe, form, object, [src], [background]") == [], mail.name
        assert not re.search(r"url\(|@import|\son\w+=", mail.parts.html), mail.name


def test_colours_stand_on_the_elements_since_some_programs_drop_the_style_sheet(
    mails: Sequence[PrintedMail], language: str
) -> None:
    for mail in mails:
        for element in soup_of(mail.parts.html).select(".page, .action, .link, .note, .muted, .badge"):
            assert "color:" in element.get("style", ""), (mail.name, element.name)
