"""Select an operator."""

import pytest

from shared.db import Database
from tests.builders import a_membership
from tests.builders_reference import an_operator
from tests.gateway.pages import scenes

ROWS = [
    ("ALPRO Comm.V.A.", "BE-ORG-OP-5", "Vlamingstraat 28 149256 Wevelgem Belgium"),
    ("Beanworks Seeds and Grains bvba", "BE-ORG-OP-7", "Spaans Fort 6 149725 Verrebroek Belgium"),
    ("Coffeeteam", "BE-ORG-OP-6", "Generaal Lemanstraat 74 149847 Berchem Belgium"),
    ("Colzagro", "BE-ORG-OP-4", "Kortemarkstraat 8 149290 Lichtervelde Belgium"),
]


def names_on(browser) -> list[str]:
    return [" ".join(cell.find(string=True).split()) for cell in browser.page.select("tbody th[scope=row]")]


@pytest.mark.req("R33")
def test_the_form_asks_for_country_section_activity_type_and_name(visitor, ann):
    browser = visitor(ann).go("/production/operators")

    assert browser.labels == {
        "country": "Country",
        "section": "Section",
        "activity": "Activity type",
        "name": "Name",
    }
    assert browser.page.find("option", value="BE").get_text() == "Belgium (BE)"


@pytest.mark.req("R33")
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"country": "BE"}, [name for name, _, _ in ROWS]),
        ({"country": "", "name": "alpro"}, ["ALPRO Comm.V.A."]),
        ({"country": "", "name": "be-org-op-5"}, ["ALPRO Comm.V.A."]),
        ({"country": "NL", "name": "BE-ORG-OP-5"}, ["ALPRO Comm.V.A."]),
        ({"country": "", "name": "BE-ORG-OP-555"}, []),
        ({"country": "", "name": "SEEDS beanworks"}, ["Beanworks Seeds and Grains bvba"]),
        ({"country": "", "section": "Organic Importer (ORGANIC IMPORTER)", "name": "col"}, ["Colzagro"]),
        ({"country": "", "activity": "ORGANIC_IMPORTER", "name": "coffee"}, ["Coffeeteam"]),
        ({"country": "BE", "activity": "ORGANIC_EXPORTER"}, []),
        ({"country": "NL"}, []),
    ],
)
def test_each_filter_narrows_the_list(visitor, ann, filters, found):
    browser = visitor(ann).go("/production/operators")

    browser.press("Search", **filters)

    assert names_on(browser) == found


@pytest.mark.req("R34", "R36")
def test_the_rows_of_the_letter_stand_there_word_for_word(visitor, ann):
    browser = visitor(ann).find_operators()

    assert [head.get_text() for head in browser.page.select("thead th")] == ["Name", "Address", "Activities", "Select"]
    for name, number, address in ROWS:
        row = " ".join(browser.row(name).get_text(" ").split())
        assert row == f"{name} TRACES Number: {number} {address} Organic Importer (ORGANIC IMPORTER) Select"


@pytest.mark.req("R7")
def test_an_operator_of_production_shows_in_no_search_of_training(visitor, ann, database: Database):
    with database.transaction() as session:
        an_operator(session, "Only in Production bvba")

    browser = visitor(ann)

    assert names_on(browser.find_operators(name="Only")) == ["Only in Production bvba"]
    assert names_on(browser.find_operators("training", name="Only")) == []


def test_the_address_of_a_search_can_be_passed_on(visitor, ann):
    first = visitor(ann).go("/production/operators")
    first.press("Search", country="BE", name="coffee")

    second = visitor(ann)
    second.open(first.address)

    assert names_on(second) == ["Coffeeteam"]
    assert second.page.find(id="name")["value"] == "coffee"


@pytest.mark.req("R35", "R31")
def test_several_ticks_and_the_button_lead_to_one_confirmation(visitor, ann):
    browser = visitor(ann).find_operators()

    browser.press("Request Authorisation", post_ids=browser.tick("ALPRO", "Coffeeteam"))

    assert browser.status == 200
    assert browser.heading == "Confirm authorisation request for ALPRO Comm.V.A. and 1 more"


@pytest.mark.req("R35")
def test_the_button_stands_before_the_list_in_the_source_and_each_tick_names_its_operator(visitor, ann):
    browser = visitor(ann).find_operators()

    source = str(browser.page)
    assert source.index("Request Authorisation") < source.index("<table")
    assert browser.green_buttons == {"Request Authorisation"}
    assert [box["aria-label"] for box in browser.page.select("input[name=post_ids]")] == [
        f"Select {name}" for name, _, _ in ROWS
    ]


@pytest.mark.req("R35")
def test_nothing_ticked_is_an_error_at_the_bar_and_sends_nothing(app, visitor, ann):
    browser = visitor(ann).find_operators()

    browser.press("Request Authorisation")

    assert browser.status == 422
    assert browser.title.startswith("Error: Select an operator")
    assert browser.errors == {"post_ids": "Choose at least one."}
    assert "Choose at least one." in browser.page.select_one(".bar").get_text()
    assert scenes.requests_of(app, ann) == []


@pytest.mark.req("R37")
def test_creating_an_operator_is_offered_only_after_a_search_and_takes_along_what_was_typed(visitor, ann):
    browser = visitor(ann).go("/production/operators")
    assert not browser.reads("Create new Operator")

    browser.press("Search", country="BE", name="Nowhere to be found")
    assert browser.reads("Nothing was found")
    browser.follow("Create new Operator")

    assert browser.page.find(id="name")["value"] == "Nowhere to be found"
    assert browser.page.select_one("#country option[selected]")["value"] == "BE"


@pytest.mark.req("R37")
def test_the_form_for_a_new_operator_sends_whoever_did_not_search_to_the_search(visitor, ann):
    assert visitor(ann).go("/production/operators/new").heading == "Select an operator"


def test_nothing_found_names_what_looks_the_same_and_what_to_try(visitor, ann):
    browser = visitor(ann).find_operators(name="Alpro BVBA", country="FR")

    assert browser.reads("There are similar names")
    browser.follow("ALPRO Comm.V.A.")
    assert names_on(browser) == ["ALPRO Comm.V.A."]


@pytest.fixture
def many_operators(database: Database) -> list[str]:
    names = [f"Importer {number:03}" for number in range(60)]
    with database.transaction() as session:
        for name in names:
            an_operator(session, name, country="FR")
    return names


def test_show_more_leads_through_the_whole_list_and_each_piece_has_an_address(visitor, ann, many_operators):
    browser = visitor(ann).find_operators(country="FR")
    first = names_on(browser)

    browser.press("Show more")

    assert first + names_on(browser) == many_operators
    again = visitor(ann)
    again.open(browser.address)
    assert names_on(again) == many_operators[50:]


@pytest.mark.req("R31")
def test_ticks_survive_show_more_and_can_be_taken_off_there(app, visitor, ann, many_operators):
    browser = visitor(ann).find_operators(country="FR")
    browser.press("Show more", post_ids=browser.tick("Importer 001", "Importer 002"))
    assert browser.reads("Selected before")

    kept = [box["value"] for box in browser.page.select(".carried input")]
    browser.press("Request Authorisation", post_ids=[kept[0], *browser.tick("Importer 055")])
    browser.press("Send authorisation request")

    assert scenes.names_asked(app, ann) == ["Importer 001", "Importer 055"]


@pytest.mark.req("R16")
def test_ticks_survive_a_change_of_the_language(visitor, ann):
    browser = visitor(ann).find_operators()

    browser.press("English (en)", post_ids=browser.tick("Coffeeteam"))

    assert browser.status == 200
    ticked = browser.page.select("input[name=post_ids][checked]")
    assert [box["aria-label"] for box in ticked] == ["Select Coffeeteam"]


@pytest.mark.req("S51")
def test_a_filter_that_does_not_hold_is_named_and_nothing_is_listed(visitor, ann):
    browser = visitor(ann)
    for query, field in {
        "country=Atlantis": "country",
        "country=BE&country=NL": "country",
        "country=BE&name=" + "x" * 101: "name",
        "country=BE&name=a%00b": "name",
        "country=BE&section=Nothing": "section",
        "country=BE&cursor=nonsense": "cursor",
        "country=BE&limit=0": "limit",
        "country=BE&status=new": "status",
    }.items():
        browser.go(f"/production/operators?{query}")

        assert browser.status == 422, query
        assert list(browser.errors) == [field], query
        assert names_on(browser) == [], query


@pytest.mark.req("S51")
def test_ticks_that_are_no_ids_are_refused_with_the_list_still_there(visitor, ann):
    browser = visitor(ann).find_operators()

    browser.press("Request Authorisation", post_ids=["not-an-id", "nor-this"])

    assert browser.status == 422
    assert browser.errors == {"post_ids": "Not found. Choose from the results of a search."}
    assert names_on(browser)


@pytest.mark.req("S26", "R7")
def test_a_tick_of_the_other_environment_finds_nothing(visitor, ann, database: Database):
    with database.reading() as session:
        elsewhere = scenes.post_of(session, scenes.ALPRO, "training").id
    browser = visitor(ann).find_operators()

    browser.press("Request Authorisation", post_ids=[str(elsewhere)])

    assert browser.status == 404


@pytest.mark.req("R32")
def test_a_post_that_is_held_or_asked_for_is_marked_in_the_list(app, visitor, ann, database: Database):
    with database.transaction() as session:
        a_membership(session, ann, scenes.organisation(session, "Colzagro").posts[0])
    scenes.sent(app, ann, "Coffeeteam")

    browser = visitor(ann).find_operators()

    marks = [mark.get_text() for mark in browser.page.select("tbody th .tag")]
    assert marks == ["You have asked for this already", "You hold this already"]
