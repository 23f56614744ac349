"""Turning a template and its contents into the three parts of a mail, in the reader's language."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from shared.i18n import translations

TEMPLATES: Final = Path(__file__).parent.parent / "templates" / "email"
LONGEST_SUBJECT: Final = 100


@dataclass(frozen=True, slots=True)
class Parts:
    """Subject, text and HTML."""

    subject: str
    text: str
    html: str


def render(template: str, *, language: str, contents: dict[str, Any]) -> Parts:
    """Render the mail ``template`` in ``language``.

    Everything in ``contents`` is text to be shown: escaped in HTML, never read as a template (S36). A name that is
    missing is an error, not an empty place.
    """
    environment = _environment(language)

    def part(name: str) -> str:
        return environment.get_template(f"{template}/{name}").render(contents, language=language).strip()

    subject = " ".join(part("subject.txt").split())
    return Parts(subject[:LONGEST_SUBJECT], part("body.txt") + "\n", part("body.html") + "\n")


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    return environment
