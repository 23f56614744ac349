"""The gallery: files that can be looked through without a server."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sqlalchemy.orm import Session

from shared.settings import Settings
from tests.mails import __main__ as command
from tests.mails.gallery import Gallery
from tests.mails.printer import PrintedMail, print_all
from tests.mails.variants import VARIANTS

LANGUAGES = ("de", "en")


@pytest.fixture
def some(mail_press: tuple[Session, Settings]) -> list[PrintedMail]:
    """The mails of two templates in two languages."""
    variants = [variant for variant in VARIANTS if variant.template in {"password", "code"}]
    return list(print_all(*mail_press, LANGUAGES, variants))


def test_each_mail_hangs_as_html_text_and_mail(some: list[PrintedMail], tmp_path: Path) -> None:
    Gallery(tmp_path).hang(some)

    assert len(list(tmp_path.glob("*/*.eml"))) == len(some)
    assert (tmp_path / "de/password--first-link.html").read_text() == some[0].parts.html
    assert (tmp_path / "de/password--first-link.txt").read_text() == some[0].parts.text
    assert (tmp_path / "de/password--first-link.eml").read_bytes() == some[0].raw


def test_no_page_of_the_gallery_leads_nowhere(some: list[PrintedMail], tmp_path: Path) -> None:
    index = Gallery(tmp_path).hang(some)

    for page in tmp_path.glob("*.html"):
        soup = BeautifulSoup(page.read_text(), "html.parser")
        for element in soup.select("a[href], iframe[src]"):
            assert (tmp_path / (element.get("href") or element["src"])).is_file(), page
    shown = {one["href"] for one in BeautifulSoup(index.read_text(), "html.parser").select("a[href]")}
    assert {page.name for page in tmp_path.glob("*.html")} - {"index.html"} <= shown


def test_a_state_shows_its_languages_and_a_language_its_states(some: list[PrintedMail], tmp_path: Path) -> None:
    Gallery(tmp_path).hang(some)

    def subjects(page: str) -> list[str]:
        found = BeautifulSoup((tmp_path / page).read_text(), "html.parser").select(".subject strong")
        return [one.text for one in found]

    states = {mail.variant for mail in some}
    assert subjects("code--to-accept.html") == [
        mail.parts.subject for mail in some if mail.variant.name == "code: to accept"
    ]
    assert len(subjects("code--to-accept.html")) == len(LANGUAGES)
    assert len(subjects("de.html")) == len(states)


def test_the_dark_copy_is_dark_wherever_it_is_looked_at(some: list[PrintedMail], tmp_path: Path) -> None:
    Gallery(tmp_path).hang(some)

    assert "@media all {" in (tmp_path / "de/password--first-link.dark.html").read_text()
    assert "@media not all {" in (tmp_path / "de/password--first-link.light.html").read_text()


def test_the_command_says_where_to_look_how_many_there_are_and_what_is_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    monkeypatch.setattr("sys.argv", ["make mails", "--language", "de", "--template", "name-changed"])

    assert command.main() == 0

    said = capsys.readouterr().out
    assert "    3 of 3 mails are written" in said
    assert f"3 mails (states: 3, languages: 1). Look at them in {tmp_path / 'index.html'}" in said
