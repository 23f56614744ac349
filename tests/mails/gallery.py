"""Hangs printed mails: their files, and pages that show them side by side, light and dark, as wide as a phone."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.i18n import DEFAULT_LANGUAGE, language_label
from tests.mails.printer import PrintedMail

_PAGES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_DARK_RULES: Final = "@media (prefers-color-scheme: dark)"


class Gallery:
    """A folder of mails with an ``index.html``."""

    def __init__(self, folder: Path) -> None:
        """Choose the folder; what is in it goes."""
        self._folder = folder

    def hang(self, mails: Sequence[PrintedMail]) -> Path:
        """Write all files, and return the page to begin with."""
        shutil.rmtree(self._folder, ignore_errors=True)
        for mail in mails:
            self._write_mail(mail)
        variants = list(dict.fromkeys(mail.variant for mail in mails))
        languages = list(dict.fromkeys(mail.language for mail in mails))
        for variant in variants:
            shown = [mail for mail in mails if mail.variant is variant]
            self._write_page(f"{variant.template}--{variant.slug}.html", variant.name, shown, is_by_language=True)
        for language in languages:
            shown = [mail for mail in mails if mail.language == language]
            self._write_page(f"{language}.html", language_label(language), shown, is_by_language=False)
        subjects = {(mail.variant, mail.language): mail.parts.subject for mail in mails}
        labels = {language: language_label(language) for language in languages}
        shown_language = DEFAULT_LANGUAGE if DEFAULT_LANGUAGE in labels else languages[0]
        page = _PAGES.get_template("index.html").render(
            variants=variants, labels=labels, subjects=subjects, shown_language=shown_language
        )
        return self._write("index.html", page)

    def _write_page(self, name: str, title: str, mails: Sequence[PrintedMail], *, is_by_language: bool) -> None:
        shown = [
            (language_label(mail.language) if is_by_language else mail.variant.name, mail, file_of(mail))
            for mail in mails
        ]
        self._write(name, _PAGES.get_template("mails.html").render(title=title, mails=shown))

    def _write_mail(self, mail: PrintedMail) -> None:
        file = file_of(mail)
        self._write(f"{file}.html", mail.parts.html)
        self._write(f"{file}.txt", mail.parts.text)
        self._write(f"{file}.light.html", _in_light(mail.parts.html))
        self._write(f"{file}.dark.html", _in_the_dark(mail.parts.html))
        (self._folder / f"{file}.eml").write_bytes(mail.raw)

    def _write(self, name: str, text: str) -> Path:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


def file_of(mail: PrintedMail) -> str:
    """Where the files of a mail are, without their endings."""
    return f"{mail.language}/{mail.variant.template}--{mail.variant.slug}"


def _in_light(html: str) -> str:
    """The mail as it looks in the light, whatever the browser prefers."""
    return html.replace(_DARK_RULES, "@media not all").replace('content="light dark"', 'content="light"')


def _in_the_dark(html: str) -> str:
    return html.replace(_DARK_RULES, "@media all").replace('content="light dark"', 'content="dark"')
