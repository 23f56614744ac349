"""Select your role."""

import pytest

from tests.gateway.pages import scenes


@pytest.mark.req("R29")
def test_the_three_kinds_bear_the_names_of_the_letter(visitor, ann):
    browser = visitor(ann).go("/production/roles")

    for name, explanation in {
        "Operator": "Importer, first consignee",
        "Authority": "Border Control Post or Central Competent Authority",
        "Organic Control Body": "or Control Authority",
    }.items():
        assert browser.reads(f"{name} {explanation}")
    for button, heading in {
        "Select Operator": "Select an operator",
        "Select Authority": "Select an authority",
        "Select Organic Control Body": "Select Organic Control Body",
    }.items():
        browser.go("/production/roles").follow(button)
        assert browser.heading == heading


@pytest.mark.req("R30")
def test_the_rule_of_one_kind_is_said_before_anybody_chooses(visitor, ann):
    assert visitor(ann).go("/production/roles").reads("Each individual can only take one kind of role.")


@pytest.mark.req("R30")
def test_kinds_that_are_not_open_say_why_instead_of_missing(app, visitor, ann):
    scenes.sent(app, ann, scenes.ALPRO)

    browser = visitor(ann).go("/production/roles")

    buttons = {link.get_text() for link in browser.page.select(".kinds a")}
    assert buttons == {"Select Operator"}
    assert browser.text.count("You hold or have asked for the kind of role Operator in Production") == 2


@pytest.mark.req("R7", "R30")
def test_in_training_every_kind_is_open_whatever_was_asked_for_in_production(app, visitor, ann):
    scenes.sent(app, ann, scenes.ALPRO)

    browser = visitor(ann).go("/training/roles")

    assert len(browser.page.select(".kinds a")) == 3


@pytest.mark.req("R30")
@pytest.mark.parametrize("path", ["authorities?country=BE", "control-bodies?country=NL"])
def test_the_search_of_another_kind_offers_no_request_and_says_why(app, visitor, ann, path):
    scenes.sent(app, ann, scenes.ALPRO)

    browser = visitor(ann).go(f"/production/{path}")

    assert browser.reads("You cannot request this kind of role now")
    assert not browser.page.select("#ticks input[type=checkbox]")
    assert "Request authorisation" not in browser.green_buttons
