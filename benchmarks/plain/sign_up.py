"""Signing up, by form and by JSON."""

from collections.abc import Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from benchmarks.plain.extensions import db
from benchmarks.plain.mails import LANGUAGES, send_link
from benchmarks.plain.models import User

pages = Blueprint("pages", __name__)
api = Blueprint("api", __name__)


@pages.route("/account/create", methods=["GET", "POST"])
def create() -> ResponseReturnValue:
    if request.method == "GET":
        return render_template("create.html", values={}, errors={}, languages=LANGUAGES)
    values, errors = check(request.form)
    if errors:
        return render_template("create.html", values=request.form, errors=errors, languages=LANGUAGES), 422
    accept(values)
    session["email"] = values["email"]
    return redirect(url_for("pages.sent"))


@pages.get("/account/create/sent")
def sent() -> str:
    return render_template("sent.html", email=session.get("email"))


@api.post("/api/v1/accounts")
def create_by_api() -> ResponseReturnValue:
    values, errors = check(request.get_json())
    if errors:
        return {"errors": errors}, 422
    accept(values)
    return {"status": "accepted"}, 202


def check(sent: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """The fields in order, and what is wrong with them."""
    names = ("first_name", "last_name", "email", "confirm_email", "email_language")
    values = {name: str(sent.get(name, "")).strip() for name in names}
    errors = {name: "Fill this in." for name, value in values.items() if not value}
    for name in ("first_name", "last_name"):
        if len(values[name]) > 100:
            errors[name] = "This is too long."
    try:
        values["email"] = validate_email(values["email"], check_deliverability=False).normalized
    except EmailNotValidError as error:
        errors["email"] = str(error)
    if values["email"].lower() != values["confirm_email"].lower():
        errors["confirm_email"] = "The two addresses are not the same."
    if values["email_language"] not in LANGUAGES:
        errors["email_language"] = "Choose a language."
    if not sent.get("accept_privacy"):
        errors["accept_privacy"] = "Check the box."
    return values, errors


def accept(values: dict[str, str]) -> None:
    """Write the person down and have the link sent; who is known already gets another link."""
    user = find(values["email"])
    if user is None:
        user = User(
            email=values["email"].lower(),
            first_name=values["first_name"],
            last_name=values["last_name"],
            language=values["email_language"],
        )
        db.add(user)
        try:
            db.commit()
        except IntegrityError:  # the same address at the same moment
            db.rollback()
            user = find(values["email"])
            assert user is not None
    send_link.delay(user.id)


def find(email: str) -> User | None:
    return db.scalar(select(User).where(User.email == email.lower()))
