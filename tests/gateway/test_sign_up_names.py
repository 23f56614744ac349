from collections.abc import Callable, Sequence
from typing import Any

import pytest

from shared.models import Account
from tests.gateway.browser import Browser, page, words
from tests.gateway.conftest import FORM

Rows = Callable[[type[Any]], Sequence[Any]]


@pytest.mark.req("R17")
def test_the_page_warns_that_the_name_will_stand_in_a_certificate(browser: Browser) -> None:
    shown = words(browser.get("/account/create"))

    assert "the data that appears in a certificate when you sign it" in shown
    assert "legal value" in shown
    assert "in the name of a REAL PERSON , NOT your border control post, operator's name or control body!" in shown


@pytest.mark.req("R17")
@pytest.mark.parametrize("last_name", ["Douane", "Ecocert SA", "Ministry of Agriculture"])
def test_a_name_like_an_organisation_has_to_be_confirmed(sign_up: Any, rows: Rows, last_name: str) -> None:
    status, errors = sign_up(last_name=last_name)
    assert (status, [*errors]) == (422, ["first_name"])
    assert "This looks like the name of an organisation." in errors["first_name"]
    assert not rows(Account)

    assert sign_up(last_name=last_name, confirm_person=True)[0] == 202

    assert rows(Account)[0].person_confirmed


@pytest.mark.req("R17")
def test_the_question_whether_it_is_a_person_appears_only_when_there_is_doubt(browser: Browser) -> None:
    assert not page(browser.get("/account/create")).select("[name=confirm_person]")

    asked = browser.send("/account/create", FORM | {"last_name": "Douane"})

    assert page(asked).select("[name=confirm_person]")
    assert browser.press(asked, {"confirm_person": "on"}).status_code == 303


@pytest.mark.req("R11")
def test_without_a_username_one_is_assigned(sign_up: Any, rows: Rows) -> None:
    sign_up()

    (account,) = rows(Account)
    assert account.username_was_assigned
    assert len(account.username) == 8
    assert account.username.startswith("n")


@pytest.mark.req("R11")
def test_a_username_asked_for_is_given(sign_up: Any, rows: Rows) -> None:
    sign_up(username="Ann.Peeters")

    (account,) = rows(Account)
    assert (account.username, account.username_was_assigned) == ("Ann.Peeters", False)


@pytest.mark.req("R11", "S39", "S7")
@pytest.mark.parametrize("wanted", ["paul.orme", "PAUL.ORME", "pau1.0rme"])
def test_a_username_that_is_taken_or_looks_it_is_no_error(sign_up: Any, rows: Rows, wanted: str) -> None:
    sign_up(username="paul.orme", email="paul@alpro.example", confirm_email="paul@alpro.example")

    assert sign_up(username=wanted) == (202, {})

    (second,) = [account for account in rows(Account) if account.email == "ann@alpro.example"]
    assert second.username_was_assigned
    assert len({account.username_key for account in rows(Account)}) == 2


@pytest.mark.req("R11")
@pytest.mark.parametrize("wanted", ["ab", "x" * 33, "ann@alpro.example", "ann peeters", ".ann"])
def test_a_username_of_the_wrong_shape_is_refused(sign_up: Any, rows: Rows, wanted: str) -> None:
    status, errors = sign_up(username=wanted)

    assert (status, [*errors]) == (422, ["username"])
    assert not rows(Account)
