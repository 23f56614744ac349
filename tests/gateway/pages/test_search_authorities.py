"""Select an authority."""

import pytest

from tests.gateway.pages import scenes

ROWS = [
    ("Aalst Customs Authority", "Wijngaardveld (Industriezone Noord V) 34A 9300 Aalst Belgium", "BCP", "BE0001"),
    ("ANTWERPEN DAE DOUANEKANTOOR", "ELLERMANSTRAAT 21 (NOORDSTERGEBOUW) 2060 Antwerpen Belgium", "BCP", "BE0002"),
    (
        scenes.FLANDERS,
        "Ellipsgebouw Koning Albert II laan 35 bus 40 1030 Brussel (Schaarbeek) Belgium",
        "CCA",
        "BE0023",
    ),
    (scenes.WALLONIA, "chaussée de Louvain 14 5000 Namur Belgium", "CCA", "BE0024"),
]
LEGEND = [
    "BCP: Border Control Post. Takes the role of Endorsing Authority for Organic Certification",
    "(EAOC \N{EN DASH} formerly CAFOP in TRACES NT)",
    "CCA: Central Competent Authority: Organic Production and Labelling",
    "(OPL \N{EN DASH} formerly CAOPL in TRACES NT)",
]


@pytest.mark.req("R47")
def test_the_page_is_called_as_in_the_letter_and_asks_for_country_role_and_authority_name(visitor, ann):
    browser = visitor(ann).go("/production/authorities")

    assert browser.heading == "Select an authority"
    assert browser.labels == {"country": "Country", "role": "Role", "name": "Authority Name"}


@pytest.mark.req("R48", "R49")
def test_the_rows_of_the_letter_stand_there_word_for_word(visitor, ann):
    browser = visitor(ann).go("/production/authorities", country="BE")

    heads = [head.get_text() for head in browser.page.select("thead th")]
    assert heads == ["Name", "Full Address", "Role", "Code", "Select"]
    for row in ROWS:
        assert " ".join(browser.row(row[0]).get_text(" ").split()) == " ".join((*row, "Select"))


@pytest.mark.req("R47")
@pytest.mark.parametrize(
    ("filters", "codes"),
    [
        ({"country": "BE", "role": "BCP"}, ["BE0001", "BE0002"]),
        ({"country": "BE", "name": "wallonie"}, ["BE0024"]),
        ({"country": "BE", "role": "CCA", "name": "vlaams gewest"}, ["BE0023"]),
    ],
)
def test_each_filter_narrows_the_list(visitor, ann, filters, codes):
    browser = visitor(ann).go("/production/authorities")

    browser.press("Search", **filters)

    assert [cell.get_text() for cell in browser.page.select("td[data-label=Code]")] == codes


@pytest.mark.req("R50")
@pytest.mark.parametrize("query", ["", "?country=BE", "?name=nothing"])
def test_the_legend_is_shown_with_and_without_a_list(visitor, ann, query):
    browser = visitor(ann).go(f"/production/authorities{query}")

    assert browser.reads(" ".join(LEGEND))


@pytest.mark.req("R51", "R57")
def test_the_button_stands_on_top_of_the_list_and_opens_the_confirmation(visitor, ann):
    browser = visitor(ann).go("/production/authorities", country="BE")
    source = str(browser.page)
    assert source.index("Request authorisation") < source.index("<table")

    browser.press("Request authorisation", post_ids=browser.tick("Aalst Customs"))

    assert browser.heading == "Confirm authorisation request for Aalst Customs Authority"


def test_an_authority_without_a_code_says_so(visitor, ann):
    browser = visitor(ann).go("/production/authorities", country="BE", name="Brussels")

    assert " ".join(browser.row("Brussels").get_text(" ").split()).endswith("not known CCA none Select")
