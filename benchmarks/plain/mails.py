"""The mail with the link, written and sent by the worker."""

import smtplib
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from celery import shared_task
from flask import current_app, render_template
from flask_mail import Message
from itsdangerous import URLSafeTimedSerializer

from benchmarks.plain.extensions import db, mail
from benchmarks.plain.models import User

LANGUAGES = {"en": "English", "fr": "Français"}
LINK_LIFETIME = timedelta(minutes=90)
ADDRESS = "https://plain.example/password"


@shared_task(autoretry_for=(smtplib.SMTPException, OSError), retry_backoff=True, max_retries=10)
def send_link(user_id: int) -> None:
    user = db.get_one(User, user_id)
    token = URLSafeTimedSerializer(current_app.secret_key, salt="set-password").dumps(user.id)
    gettext = translations(user.language).gettext
    expires = format_datetime(datetime.now(UTC) + LINK_LIFETIME, "long", locale=user.language)
    values = {"_": gettext, "user": user, "link": f"{ADDRESS}/{token}", "minutes": 90, "expires": expires}
    message = Message(
        gettext("Set your password within %(minutes)s minutes") % values,
        recipients=[user.email],
        body=render_template("mail/link.txt", **values),
        html=render_template("mail/link.html", **values),
    )
    mail.send(message)


@cache
def translations(language: str) -> NullTranslations:
    path = Path(__file__).parent / "translations" / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)
