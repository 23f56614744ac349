"""Asking for the code in the picture, on pages and in the API."""

from typing import Any
from uuid import UUID

from flask import request
from marshmallow import ValidationError

from gateway.application import reading, settings, transaction
from gateway.captcha import is_good, new_captcha, use_captcha
from gateway.throttling import CAPTCHA, check_limit
from shared import clock
from shared.domain.errors import DomainError
from shared.domain.organisations import N_

WRONG = N_("The characters do not match. A new picture is shown, type the new ones.")
UNSOLVED = N_("The calculation was too old or used before. Press the button again, or type the new code.")
MISSING = N_("Type the characters you see or hear.")


class CaptchaWrong(DomainError):
    """The answer is wrong, too old, of another visit, or was given before; ``sentence`` tells people what to do."""

    code = "captcha_wrong"

    def __init__(self, sentence: str) -> None:
        super().__init__("wrong code")
        self.sentence = sentence


def make_captcha(*, visitor: str | None) -> UUID | None:
    """Make a code for a visit; None where codes are switched off."""
    if not settings().captcha:
        return None
    check_limit(CAPTCHA)
    with transaction() as session:
        return new_captcha(session, visitor=visitor, now=clock.now(session))


def captcha_again(*, visitor: str | None) -> tuple[UUID | None, str]:
    """The code for a form that is shown again, and the work that was done for it: nobody has to do that twice.

    A code that was typed is typed anew, from another picture.
    """
    solution = request.form.get("captcha_solution", "")
    if settings().captcha and solution:
        try:
            captcha_id = UUID(request.form.get("captcha_id", ""))
        except ValueError:
            return make_captcha(visitor=visitor), ""
        with reading() as session:
            if is_good(session, captcha_id, visitor=visitor, now=clock.now(session)):
                return captcha_id, solution
    return make_captcha(visitor=visitor), ""


def unanswered() -> dict[str, list[str]]:
    """The error of a form that came without an answer to its code, to be named along with those of other fields."""
    answered = any(request.form.get(name, "").strip() for name in ("captcha_answer", "captcha_solution"))
    return {} if answered or not settings().captcha else {"captcha_answer": [MISSING]}


def check_captcha(fields: dict[str, Any], *, visitor: str | None) -> None:
    """Use up the code that was answered, or worked for, and take it out of ``fields``.

    Raises:
        ValidationError: no answer was sent.
        CaptchaWrong: it is not the right one.
    """
    captcha_id = fields.pop("captcha_id", None)
    answer, solution = fields.pop("captcha_answer", ""), fields.pop("captcha_solution", "")
    if not settings().captcha:
        return
    if captcha_id is None or not (answer or solution):
        raise ValidationError({"captcha_answer": [MISSING]})
    with transaction() as session:
        now = clock.now(session)
        right = use_captcha(session, captcha_id, answer=answer, solution=solution, visitor=visitor, now=now)
    if not right:
        raise CaptchaWrong(UNSOLVED if solution else WRONG)
