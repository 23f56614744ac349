"""Create new Operator: look-alikes, and what keeps the operator from being created."""

import pytest

from tests.builders_reference import an_operator
from tests.gateway.pages import scenes
from tests.gateway.pages.operator_form import CREATE, FORM, GIVEN, created


@pytest.fixture
def form(visitor, ann):
    return visitor(ann).go(FORM)


@pytest.mark.req("R37")
def test_look_alikes_are_shown_before_anything_is_sent_and_creating_anyway_is_possible(app, form, ann):
    form.press(CREATE, **GIVEN | {"name": "Colzagro BVBA"})
    assert form.reads("This operator may already exist")
    assert form.reads("TRACES Number: BE-ORG-OP-4")
    assert form.green_buttons == {"Create anyway"}
    assert created(app) == []

    form.press("Create anyway")

    assert [one.name for one in created(app)] == ["Colzagro BVBA"]
    assert scenes.names_asked(app, ann) == ["Colzagro BVBA"]


@pytest.mark.req("R37")
def test_this_is_mine_leads_to_the_request_for_the_operator_that_exists(app, form, ann):
    form.press(CREATE, **GIVEN | {"name": "Colzagro BVBA"})

    form.press("This is mine")
    assert form.heading == "Confirm authorisation request for Colzagro"
    form.press("Send authorisation request")

    assert scenes.names_asked(app, ann) == ["Colzagro"]
    assert created(app) == []


@pytest.mark.req("R37")
def test_creating_anyway_covers_only_the_look_alikes_that_were_shown(app, form, database):
    with database.transaction() as session:
        an_operator(session, "Colza Gro")
    form.press(CREATE, **GIVEN | {"name": "ALPRO"})

    form.press("Create anyway", name="Colzagro")

    assert form.reads("This operator may already exist")
    assert created(app) == []


@pytest.mark.req("R46", "R30")
def test_with_another_kind_of_role_the_form_is_closed_and_says_why(app, visitor, ann):
    scenes.sent(app, ann, "Aalst Customs Authority")

    browser = visitor(ann).go(FORM)

    assert browser.reads("You cannot request this kind of role now")
    assert not browser.page.find(id="new-operator")


@pytest.mark.req("R46", "R30")
def test_a_kind_taken_meanwhile_stores_neither_operator_nor_request(app, form, ann):
    scenes.sent(app, ann, "Aalst Customs Authority")

    form.press(CREATE, **GIVEN)

    assert form.status == 409
    assert created(app) == []


@pytest.mark.req("S29", "S30")
def test_a_field_that_the_form_does_not_have_is_refused(app, form):
    for field in ("status", "mailbox_email", "traces_number", "created_by", "takes_requests"):
        form.go(FORM).page.find(id="new-operator").append(
            form.page.new_tag("input", attrs={"type": "hidden", "name": field})
        )

        form.press(CREATE, **GIVEN, **{field: "valid"})

        assert form.status == 422, field
    assert created(app) == []


@pytest.mark.req("S12")
@pytest.mark.usefixtures("limits_on")
def test_a_fourth_operator_within_a_week_is_refused_with_the_reason(app, visitor, ann):
    for name in ("One importer", "Two importer", "Three importer"):
        visitor(ann).go(FORM).press(CREATE, **GIVEN | {"name": name})
    browser = visitor(ann).go(FORM)

    browser.press(CREATE, **GIVEN)

    assert browser.status == 429
    assert "3 new operators a week" in browser.errors["name"]
    assert len(created(app)) == 3


@pytest.mark.req("R16")
def test_a_change_of_the_language_keeps_the_form(form):
    form.press("Français (fr)", **GIVEN)

    assert form.page.html["lang"] == "fr"
    assert form.page.find(id="city")["value"] == "1000 Bruxelles"
