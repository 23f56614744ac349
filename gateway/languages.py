"""The language of pages: the one chosen at the top right, the person's own, the mail's, or the browser's (R16).

Behind a link it is that of the mail, until another one is chosen there.
"""

import flask
from flask import g, redirect, request
from flask.typing import ResponseReturnValue

from gateway.application import Gateway
from gateway.security import safe_next
from gateway.sessions import visitor_from_cookie
from shared.i18n import DEFAULT_LANGUAGE, LANGUAGES, translations

CHOICE = "change_language"
"""Name of the chooser's buttons; inside a form they send what was typed along."""
_CHOSEN = "language"
_MAIL = "mail_language"


def register(app: Gateway) -> None:
    """Add the chooser's address for pages that hold no form."""
    app.add_url_rule("/account/language", "change_language", _change, methods=["POST"])


def page_language() -> str:
    """Code of the language this page is answered in."""
    if "language" not in g:
        g.language = _language()
    language: str = g.language
    return language


def language_was_changed() -> bool:
    """True when a form was sent by the language chooser: show it again, with what was typed and without errors."""
    chosen = request.form.get(CHOICE)
    if chosen in LANGUAGES:
        flask.session[_CHOSEN] = g.language = chosen
        read_on(None)
    return chosen is not None


def read_on(mail_language: str | None) -> None:
    """Answer the pages behind a link in the language of the mail it came with; None: in that of all pages."""
    if mail_language is not None:
        flask.session[_MAIL] = mail_language
    elif _MAIL in flask.session:  # to take out what is not there would write a cookie
        del flask.session[_MAIL]


def gettext(sentence: str) -> str:
    """A sentence in the language of the page."""
    return translations(page_language()).ugettext(sentence)


def _change() -> ResponseReturnValue:
    language_was_changed()
    return redirect(safe_next(request.form.get("next")), code=303)


def _language() -> str:
    chosen, of_mail = flask.session.get(_CHOSEN), flask.session.get(_MAIL)
    if of_mail in LANGUAGES and "link_id" in (request.view_args or {}):
        return str(of_mail)
    if chosen in LANGUAGES:
        return str(chosen)
    visitor = visitor_from_cookie()
    if visitor is not None:
        return visitor.account.ui_language
    if of_mail in LANGUAGES:
        return str(of_mail)
    return _best_for_browser()


def _best_for_browser() -> str:
    """The language to greet a stranger in: of those wanted the first that is ours (RFC 9110 12.5.4)."""
    wanted = (tag.partition("-")[0].lower() for tag, weight in request.accept_languages if weight)
    return next((code for code in wanted if code in LANGUAGES), DEFAULT_LANGUAGE)
