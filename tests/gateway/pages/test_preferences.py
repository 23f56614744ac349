"""Your account: what a person can change of it."""

import pytest
from sqlalchemy import select

from shared.i18n import translations
from shared.models import Account, Email
from tests.builders import a_membership, an_account, an_administrator
from tests.gateway.pages import scenes

PATH = "/account/profile"
SAVE = "Save preferences"


def stored(app, account) -> Account:
    with app.database.reading() as session:
        return session.get_one(Account, account.id)


@pytest.mark.req("R64", "R11")
def test_the_page_shows_the_account_as_it_is(visitor, ann):
    browser = visitor(ann).go(PATH)

    assert browser.heading == "Your account"
    assert browser.labels == {
        "first_name": "First name",
        "last_name": "Last name",
        "email_language": "E-mail language",
        "ui_language": "Language of the pages",
        "time_zone": "Time zone",
        "reminder": "Remind me of requests that wait for my decision",
        "closing": "Tell me when somebody else has decided a request that waited for me",
        "colleague_joined": "Tell me when a colleague joins my organisation",
    }
    assert browser.reads(f"Username {ann.username}")
    assert browser.reads(
        "ann@alpro.example Change your e-mail address Do not create a second account for a new address"
    )
    browser.follow("Change your password")
    assert browser.heading == "Change your password"


@pytest.mark.req("R64", "R65")
def test_preferences_persist(app, visitor, ann):
    browser = visitor(ann).go(PATH)

    browser.press(SAVE, time_zone="Europe/Athens", email_language="el", reminder=False, closing=False)

    assert browser.reads("Your preferences are saved.")
    account = stored(app, ann)
    assert (account.time_zone, account.email_language) == ("Europe/Athens", "el")
    assert account.notifications == {"reminder": False, "closing": False, "colleague_joined": True}
    again = visitor(ann).go(PATH)
    assert again.page.select_one("#time_zone option[selected]")["value"] == "Europe/Athens"
    assert [box["name"] for box in again.page.select("input[type=checkbox][checked]")] == ["colleague_joined"]


@pytest.mark.req("R64")
def test_a_box_can_be_set_again(app, visitor, ann):
    browser = visitor(ann).go(PATH)
    browser.press(SAVE, reminder=False)

    browser.press(SAVE, reminder=True)

    assert stored(app, ann).notifications["reminder"] is True


@pytest.mark.req("R64", "R16")
def test_the_language_of_the_pages_counts_at_once_also_over_the_one_chosen_at_the_top(app, visitor, ann):
    browser = visitor(ann).go(PATH)
    browser.press("Français (fr)")
    assert browser.page.html["lang"] == "fr"

    browser.press(translations("fr").ugettext(SAVE), ui_language="de")

    assert browser.page.html["lang"] == "de"
    assert stored(app, ann).ui_language == "de"


@pytest.mark.req("R17")
def test_a_new_name_is_told_to_the_administrators_of_ones_organisation(app, visitor, ann, database):
    with database.transaction() as session:
        colzagro = scenes.organisation(session, scenes.COLZAGRO)
        a_membership(session, ann, colzagro.posts[0])
        chief = an_account(session, email="chief@colzagro.example")
        an_administrator(session, chief, colzagro)

    visitor(ann).go(PATH).press(SAVE, last_name="Janssens")

    assert stored(app, ann).last_name == "Janssens"
    with database.reading() as session:
        told = session.scalars(select(Email.recipient).where(Email.template == "name-changed")).all()
    assert told == ["chief@colzagro.example"]


@pytest.mark.req("R17")
def test_a_name_like_an_organisations_has_to_be_confirmed_once(app, visitor, ann):
    browser = visitor(ann).go(PATH)

    browser.press(SAVE, first_name="Colzagro", last_name="GmbH")
    assert browser.status == 422
    assert stored(app, ann).last_name == "Peeters"
    browser.press(SAVE, confirm_person=True)

    assert stored(app, ann).last_name == "GmbH"


@pytest.mark.req("R64", "S39")
def test_a_value_that_does_not_hold_is_named_and_nothing_is_saved(app, visitor, ann):
    browser = visitor(ann)
    for field, value in [
        ("first_name", ""),
        ("last_name", "x" * 101),
        ("first_name", "A\u200bnn"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", ""),
        ("email_language", "xx"),
        ("ui_language", "../etc"),
    ]:
        browser.go(PATH).press(SAVE, reminder=False, **{field: value})

        assert browser.status == 422
        assert list(browser.errors) == [field]
        assert "reminder" not in [box["name"] for box in browser.page.select("input[type=checkbox][checked]")]
    assert stored(app, ann).notifications == {}


@pytest.mark.req("S29")
def test_a_field_that_the_form_does_not_have_is_refused(app, visitor, ann):
    browser = visitor(ann)
    for field in ("email", "username", "password_hash", "person_confirmed", "notifications"):
        browser.go(PATH).page.find(id="account").append(
            browser.page.new_tag("input", attrs={"type": "hidden", "name": field})
        )

        browser.press(SAVE, **{field: "changed"})

        assert browser.status == 422, field
    assert stored(app, ann).email == "ann@alpro.example"


@pytest.mark.req("R64")
def test_the_time_zones_are_places_and_utc(app, visitor, ann):
    with app.database.transaction() as session:
        session.get_one(Account, ann.id).time_zone = "GB"

    browser = visitor(ann).go(PATH)

    zones = [str(option["value"]) for option in browser.page.select("#time_zone option")]
    assert {"Europe/Brussels", "America/Argentina/Ushuaia", "UTC"} <= set(zones)
    assert [zone for zone in zones if "/" not in zone] == ["GB", "UTC"]  # what somebody has, stays
    assert not [zone for zone in zones if zone.startswith("Etc/")]
    browser.press(SAVE)
    assert browser.reads("Your preferences are saved.")
