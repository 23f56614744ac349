"""What page templates can use beside their own values."""

from datetime import datetime, timedelta
from typing import Any

from flask import g, request
from markupsafe import Markup, escape

from gateway.application import Gateway, reading, settings
from gateway.languages import CHOICE, page_language
from gateway.sessions import IDLE, visitor_from_cookie
from shared import clock
from shared.domain import passwords
from shared.domain.contacts import Unacceptable
from shared.domain.environments import Environment
from shared.domain.organisations import N_
from shared.i18n import LANGUAGES, format_distance, format_time, language_label, translations
from shared.services import emails

STRANGERS_ZONE = "Europe/Brussels"
WARN_BEFORE = timedelta(minutes=10)
"""Before a log-in is over for want of requests, the page says so, as its sentence does."""


def register(app: Gateway) -> None:
    """Give the templates translations, times and the facts of the page's frame."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda sentence: translations(page_language()).ugettext(sentence),
        lambda one, many, count: translations(page_language()).ungettext(one, many, count),
        newstyle=True,
    )
    app.jinja_env.filters["time"] = show_time
    app.jinja_env.filters["say"] = say
    app.jinja_env.filters["whole"] = whole
    app.jinja_env.globals.update(
        environment_name=environment_name,
        labelled=labelled,
        language_label=language_label,
        mails_an_hour=emails.LIMIT,
        password_lengths={"short": passwords.LENGTH_MIN, "phrase": passwords.PHRASE_MIN},
    )
    app.context_processor(_frame)


def environment_name(environment: str) -> str:
    """The name of an environment in the language of the page (R1)."""
    translate = translations(page_language()).ugettext
    return translate(N_("Training")) if environment == Environment.TRAINING else translate(N_("Production"))


def show_time(moment: datetime) -> Markup:
    """A moment in the reader's zone and language, readable by machines too, and how far it is from now (R65)."""
    visitor = visitor_from_cookie()
    zone = visitor.account.time_zone if visitor else STRANGERS_ZONE
    words = format_time(moment, language=page_language(), zone=zone)
    shown = Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), words)
    distance = format_distance(moment, now=product_time(), language=page_language())
    return shown + Markup(' <span class="distance">({})</span>').format(distance) if distance else shown


def say(message: Any) -> str:
    """An error's sentence in the language of the page."""
    translate = translations(page_language()).ugettext
    if isinstance(message, Unacceptable):
        return translate(message.sentence) % message.values
    return translate(str(message))


def labelled(label: str, words: str) -> Markup:
    """What is said of something, behind its name and a colon as the page's language sets one."""
    sentence = translations(page_language()).ugettext(N_("%(label)s: %(words)s"))
    return escape(sentence) % {"label": label, "words": words}


def whole(words: str) -> Markup:
    """An address or a number that stays on one line where it can, hyphens or not."""
    return Markup('<span class="whole">{}</span>').format(words)


def product_time() -> datetime:
    """The product's time, read once for a page."""
    if "now" not in g:
        with reading() as session:
            g.now = clock.now(session)
    now: datetime = g.now
    return now


def _frame() -> dict[str, Any]:
    environment = request.path.split("/")[1]  # of the address: a page that is not there is missing somewhere, too
    return {
        "environment": environment if environment in set(Environment) else None,
        "environments": list(Environment),
        "helpdesk_emails": settings().helpdesk_emails,
        "is_demo": settings().is_demo,
        "link_minutes": settings().link_lifetime // timedelta(minutes=1),
        "language": page_language(),
        "languages": [(code, language_label(code)) for code in LANGUAGES],
        "language_choice": CHOICE,
        "visitor": visitor_from_cookie(),
        "warn_after": int((IDLE - WARN_BEFORE).total_seconds()),
        "here": request.full_path.rstrip("?") if request.method == "GET" else request.path,
    }
