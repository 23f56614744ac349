"""Select Organic Control Body."""

import pytest

from tests.gateway.pages import scenes

SIX = (
    "Unprocessed plant products A Live animals or unprocessed animal products B Aquaculture products and seaweeds C"
    " Processed agricultural products for use as food D Processed agricultural products for use as feed E"
    " Vegetative propagating material and seeds for cultivation F"
)
TWO = "Unprocessed plant products A Live animals or unprocessed animal products B"
OF_CONTROL_UNION = {"country": "NL", "name": "Control Union Certifications"}


@pytest.fixture
def listed(visitor, ann):
    return visitor(ann).go("/production/control-bodies", **OF_CONTROL_UNION)


@pytest.mark.req("R52")
def test_the_page_is_called_as_in_the_letter_and_asks_for_the_country_of_the_seat_and_the_name(visitor, ann):
    browser = visitor(ann).go("/production/control-bodies")

    assert browser.heading == "Select Organic Control Body"
    assert browser.labels == {"country": "Country", "name": "Name", "code": "Code"}
    assert browser.reads("Where the control body has its seat.")


@pytest.mark.req("R52")
@pytest.mark.parametrize(
    ("filters", "shows"),
    [
        ({"country": "NL"}, True),
        ({"country": "AE"}, False),
        ({"name": "union control"}, True),
        ({"name": "ecocert"}, False),
        ({"code": "af-bio-149"}, True),
    ],
)
def test_each_filter_narrows_the_list_and_the_country_is_the_seats(visitor, ann, filters, shows):
    browser = visitor(ann).go("/production/control-bodies")

    browser.press("Search", **filters)

    assert ("AF-BIO-149" in browser.text) is shows


@pytest.mark.req("R53", "R55")
def test_the_rows_of_the_letter_stand_there_word_for_word(listed):
    heads = [head.get_text(" ", strip=True) for head in listed.page.select("thead th")]
    assert heads[:3] == ["Name", "Address", "Code"]
    zwolle = "Meeuwenlaan 4-6 8011 Zwolle"
    for code, country, address, categories in [
        ("AE-BIO-149", "United Arab Emirates (AE)", f"{zwolle} Netherlands", SIX),
        ("AF-BIO-149", "Afghanistan (AF)", f"{zwolle} Netherlands", SIX),
        ("AL-BIO-149", "Albania (AL)", f"{zwolle} Netherlands", SIX),
        ("AM-BIO-149", "Armenia (AM)", f"{zwolle} Netherlands", SIX),
        ("AZ-BIO-149", "Azerbaijan (AZ)", zwolle, TWO),
    ]:
        row = " ".join(listed.row(code).get_text(" ").split())

        assert row == f"Control Union Certifications {address} {categories} {code} {country} Select"


@pytest.mark.req("R54")
def test_one_country_is_asked_for_by_the_box_behind_it(app, listed, ann):
    listed.press("Request authorisation", post_ids=listed.tick("AF-BIO-149"))
    listed.press("Send authorisation request")

    assert scenes.names_asked(app, ann) == ["AF-BIO-149"]


@pytest.mark.req("R54", "R31")
def test_the_box_on_top_of_the_list_asks_for_every_country_also_those_on_other_pages(app, listed, ann, database):
    with database.reading() as session:
        everywhere = sorted(post.code for post in scenes.organisation(session, scenes.CONTROL_UNION).posts)
    (box,) = listed.page.select("thead input[name=all_of]")
    assert box["aria-label"] == f"All {len(everywhere)}: Control Union Certifications"
    assert len(listed.page.select("input[name=post_ids]")) < len(everywhere)

    listed.press("Request authorisation", all_of=box["value"])
    assert len(listed.page.select("input[name=post_ids][checked]")) == len(everywhere)
    listed.press("Send authorisation request")

    assert scenes.names_asked(app, ann) == everywhere


@pytest.mark.req("R54")
def test_one_of_all_countries_can_be_taken_off_again(app, listed, ann):
    box = listed.page.select_one("thead input[name=all_of]")
    listed.press("Request authorisation", all_of=box["value"])

    every = [tick["value"] for tick in listed.page.select("input[name=post_ids]")]
    listed.press("Send authorisation request", post_ids=every[1:])

    assert len(scenes.names_asked(app, ann)) == len(every) - 1


@pytest.mark.req("R54")
def test_a_box_taken_off_in_the_list_after_ticking_all_is_left_out(app, listed, ann):
    (out,) = listed.tick("AE-BIO-149")
    box = listed.page.select_one("thead input[name=all_of]")["value"]
    # What the page's own script adds when a box is taken off.
    listed.page.select_one("#ticks").append(listed.page.new_tag("input", attrs={"type": "hidden", "name": "without"}))

    listed.press("Request authorisation", all_of=box, without=[out])
    listed.press("Send authorisation request")

    assert "AE-BIO-149" not in scenes.names_asked(app, ann)


@pytest.mark.req("R54", "R32")
def test_all_countries_leave_out_and_name_what_is_asked_for_already(app, listed, ann):
    scenes.sent(app, ann, codes=["AE-BIO-149", "AF-BIO-149"])
    box = listed.page.select_one("thead input[name=all_of]")

    listed.press("Request authorisation", all_of=box["value"])
    listed.press("Send authorisation request")

    assert listed.reads("Left out, because you have asked for it already: AE-BIO-149, AF-BIO-149.")


@pytest.mark.req("R54")
def test_in_a_list_of_several_control_bodies_each_has_a_box_of_its_own(visitor, ann):
    browser = visitor(ann).go("/production/control-bodies", country="DE")

    groups = browser.page.select("tr.group")

    assert len(groups) > 1
    for group in groups:
        assert group.select_one("input[name=all_of]")["aria-label"].endswith(f": {group.th.get_text()}")


@pytest.mark.req("R56")
def test_the_request_button_stands_on_top_of_the_list(listed):
    source = str(listed.page)

    assert source.index("Request authorisation") < source.index("<table")


@pytest.mark.req("R41")
def test_names_are_suggested_while_one_types_by_name_and_by_code_number(visitor, ann):
    browser = visitor(ann).browser

    by_name = browser.get("/production/control-bodies/suggestions", params={"text": "control union cert"}).json()
    by_code = browser.get("/production/control-bodies/suggestions", params={"text": "ae-bio-149"}).json()

    assert {"name": "Control Union Certifications", "country": "Netherlands (NL)"} in by_name["items"]
    assert {"name": "Control Union Certifications", "country": "Netherlands (NL)"} in by_code["items"]
