"""Turning a template and its contents into the three parts of a mail, in the reader's language."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import CodeType
from typing import Any, Final

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.bccache import Bucket
from markupsafe import escape

from shared.i18n import translations
from worker.contents.typed_text import shortened
from worker.forms import GAPS, Form, can_fill, marks, wordwrap

TEMPLATES: Final = Path(__file__).parent.parent / "templates" / "email"
LONGEST_SUBJECT: Final = 100
_ACCENTED_GREEK: Final = re.compile("([\u0370-\u03ff]\u0308?)\u0301")


@dataclass(frozen=True, slots=True)
class Parts:
    """Subject, text and HTML."""

    subject: str
    text: str
    html: str


def capitals(words: str) -> str:
    """Write in capitals, which in Greek bear no accent."""
    return unicodedata.normalize("NFC", _ACCENTED_GREEK.sub(r"\1", unicodedata.normalize("NFD", words.upper())))


def render(template: str, *, language: str, contents: dict[str, Any]) -> Parts:
    """Render the mail ``template`` in ``language``.

    Everything in ``contents`` is text to be shown: escaped in HTML, never read as a template (S36). A name that is
    missing is an error, not an empty place.
    """
    if can_fill(template, contents):
        return _filled(template, language, contents)
    return _written(template, _environment(language), contents)


def _written(template: str, environment: Environment, contents: dict[str, Any]) -> Parts:
    def part(name: str) -> str:
        return environment.get_template(f"{template}/{name}").render(contents).strip()

    subject = " ".join(part("subject.txt").split())
    return Parts(shortened(subject, LONGEST_SUBJECT), part("body.txt") + "\n", part("body.html") + "\n")


def _filled(template: str, language: str, contents: dict[str, Any]) -> Parts:
    gaps = GAPS[template]
    rest = tuple((name, _fixed(value)) for name, value in contents.items() if name not in gaps)
    subject, text, html = _forms(template, language, rest)
    values = {name: contents[name] for name in gaps}
    return Parts(subject, text.filled(values), html.filled({name: str(escape(values[name])) for name in gaps}))


@lru_cache(maxsize=256)
def _forms(template: str, language: str, rest: tuple[tuple[str, Any], ...]) -> tuple[str, Form, Form]:
    """The parts of a mail with gaps in them; its subject has none."""
    parts = _written(template, _environment_for_forms(language), dict(rest) | marks(template))
    return parts.subject, Form(parts.text), Form(parts.html)


def _fixed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class _CompiledOnce(BytecodeCache):
    """What templates were compiled to; the languages differ in what is looked up when a mail is written."""

    def __init__(self) -> None:
        self._codes: dict[str, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key] = bucket.code


_compiled = _CompiledOnce()


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        # A new template comes with a new version, which starts new processes: no look at files for each mail.
        auto_reload=False,
        bytecode_cache=_compiled,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.globals["language"] = language
    environment.filters["capitals"] = capitals
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    return environment


@cache
def _environment_for_forms(language: str) -> Environment:
    environment = _environment(language).overlay()
    environment.filters = environment.filters | {"wordwrap": wordwrap}
    return environment
