"""Create new Operator: the form of the letter."""

from datetime import UTC, date, datetime

import pytest

from shared.models import Organisation
from tests.gateway.pages import scenes
from tests.gateway.pages.operator_form import CREATE, FORM, GIVEN, NOT_AN_IMPORTER, created

LABELS = {
    "name": "Name *",
    "country": "Country *",
    "region": "Administrative region",
    "city": "City *",
    "address": "Address *",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "phone": "Phone *",
    "fax": "Fax",
    "email": "E-mail",
    "website": "Website",
    "eori": "EORI",
    "section_chapter": "Section chapter",
    "section": "Section *",
    "activity": "Activity *",
    "identifier": "Identifier",
    "valid_from": "Valid From",
    "valid_to": "Valid to",
    "publication_date": "Publication date",
    "application_date": "Application date",
    "message": "Request message",
    "contact_email": "Contact Email",
    "contact_phone": "Contact Phone",
}


@pytest.fixture
def form(visitor, ann):
    return visitor(ann).go(FORM)


@pytest.mark.req("R38", "R44")
def test_the_form_has_the_labels_and_groups_of_the_letter_and_a_star_where_something_must_be_filled_in(form):
    assert form.labels == LABELS
    legends = [" ".join(legend.get_text(" ").split()) for legend in form.page.find_all("legend")]
    assert legends == [
        "Operator Details",
        "Coordinates",
        "Operator Identifiers",
        "Section chapter",
        "Activity Details",
        "Control Body / Control Authority *",
        "For whoever decides",
    ]
    assert form.page.select_one("#section_chapter option").get_text() == "No section chapter"
    assert form.page.find(attrs={"name": "control_body_search"})["placeholder"] == "Type for searching..."
    assert form.reads("* means: this must be filled in.")


@pytest.mark.req("R45")
def test_the_header_names_the_user_and_the_button_stands_on_top_and_at_the_end(form, ann):
    assert form.heading == f"Create operator to request being attached to {ann.username}"

    source = str(form.page)
    assert form.green_buttons == {CREATE}
    assert source.index(CREATE) < source.index("<fieldset") < source.rindex("</fieldset") < source.rindex(CREATE)


@pytest.mark.req("R46", "R62")
def test_one_press_registers_the_operator_and_the_request_to_be_joined_to_it(app, form, ann):
    form.press(CREATE, **GIVEN)

    assert form.heading == "Your profile"
    assert form.reads("Your authorisation request for Test Importer has been sent.")
    (operator,) = created(app)
    (role_request,) = scenes.requests_of(app, ann)
    assert [item.post.organisation_id for item in role_request.items] == [operator.id]
    assert operator.operator.created_by == ann.id
    assert operator.activities[0].activity == "ORGANIC_IMPORTER"


@pytest.mark.req("R46")
def test_a_new_operator_shows_in_no_search_before_it_is_accepted(form):
    form.press(CREATE, **GIVEN)

    assert not form.find_operators(name="Test Importer").page.select("tbody")


@pytest.mark.req("R38", "R39")
def test_everything_with_a_star_is_asked_for_at_once_and_nothing_else(app, form):
    form.press(CREATE, country="")

    assert form.status == 422
    assert list(form.errors) == [
        "name",
        "country",
        "city",
        "address",
        "phone",
        "section",
        "activity",
        "control_body_id",
    ]
    assert created(app) == []


@pytest.mark.req("R38")
def test_each_field_with_a_star_is_required_by_itself_and_the_others_keep_what_was_typed(app, form):
    for field in ("name", "country", "city", "address", "section", "activity"):
        given = GIVEN | {field: ""}

        form.go(FORM).press(CREATE, **given)

        assert next(iter(form.errors)) == field
        assert form.page.find(id=field)["aria-invalid"] == "true"
        for name in ("name", "city", "address", "phone", "eori"):
            assert form.page.find(id=name)["value"] == given[name]
    assert created(app) == []


@pytest.mark.req("R39")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "+32123456"),
        ("fax", "+32 02 123456"),
        ("email", "info@test-importer.example"),
        ("website", "https://test-importer.example"),
    ],
)
def test_any_one_way_to_reach_the_operator_is_enough(app, form, field, value):
    form.press(CREATE, **GIVEN | {"phone": ""} | {field: value})

    (operator,) = created(app)
    assert getattr(operator.operator, field) == value


@pytest.mark.req("R40")
def test_the_eori_number_is_asked_of_organic_importers_only(app, form, visitor, ann):
    form.press(CREATE, **GIVEN | {"eori": ""})
    assert form.errors == {"eori": "EORI: Give the EORI number: this activity needs one."}

    visitor(ann).go(FORM).press(CREATE, **GIVEN | {"eori": ""} | NOT_AN_IMPORTER)

    assert [one.operator.eori for one in created(app)] == [None]


@pytest.mark.req("R41")
def test_without_script_the_control_body_is_searched_inside_the_form_and_everything_typed_stays(app, form):
    form.press("Search", **GIVEN | {"control_body_search": "control union", "message": "Hello"})

    assert form.status == 200
    assert form.page.find(id="name")["value"] == "Test Importer"
    assert form.page.select_one("#activity option[selected]")["value"] == "ORGANIC_IMPORTER"
    assert form.page.find(id="message").get_text() == "Hello"
    choices = {label.get_text(strip=True): label.input["value"] for label in form.page.select(".finder label")}
    form.press(CREATE, control_body_id=choices["Control Union Certifications, Netherlands (NL)"])

    (operator,) = created(app)
    with app.database.reading() as session:
        chosen = session.get_one(Organisation, operator.activities[0].control_body_id)
    assert chosen.name == scenes.CONTROL_UNION


@pytest.mark.req("R41")
@pytest.mark.parametrize(
    ("typed", "sentence", "offered"),
    [
        ("control union", "Choose one of the control bodies and control authorities that were found.", True),
        ("nobody of that name", "No control body or control authority was found.", False),
        ("", "Choose the control body or control authority.", False),
    ],
)
def test_a_control_body_that_was_not_chosen_is_asked_for(app, form, typed, sentence, offered):
    form.press(CREATE, **GIVEN | {"control_body_search": typed})

    assert form.status == 422
    assert sentence in form.errors["control_body_id"]
    assert bool(form.page.select(".finder input[type=radio]")) is offered
    assert created(app) == []


@pytest.mark.req("R42", "R65")
def test_valid_from_and_valid_to_carry_the_zone_of_the_reader(app, form):
    assert form.page.find(id="valid_from-hint").get_text() == "+02:00 CEST, +01:00 CET"

    form.press(CREATE, **GIVEN, valid_from="2026-06-09T11:32", valid_to="2026-12-09T11:32")

    (operator,) = created(app)
    (activity,) = operator.activities
    assert activity.valid_from == datetime(2026, 6, 9, 9, 32, tzinfo=UTC)
    assert activity.valid_to == datetime(2026, 12, 9, 10, 32, tzinfo=UTC)


@pytest.mark.req("R42")
def test_an_end_before_the_beginning_is_refused_and_the_zone_is_that_of_the_date_typed(form):
    form.press(CREATE, **GIVEN, valid_from="2026-06-09T11:32", valid_to="2026-01-09T11:32")

    assert list(form.errors) == ["valid_to"]
    assert form.page.find(id="valid_to-hint").get_text() == "+01:00 CET"
    assert form.page.find(id="valid_to")["value"] == "2026-01-09T11:32"


@pytest.mark.req("R43")
def test_what_has_no_star_is_optional_and_kept_when_given(app, form):
    form.press(
        CREATE,
        **GIVEN,
        region="Brussels",
        latitude="50.85",
        longitude="4.35",
        identifier="X 1",
        publication_date="2026-06-09",
        application_date="2026-06-01",
        message="Hello",
    )

    (operator,) = created(app)
    assert (operator.operator.region, operator.operator.latitude, operator.operator.longitude) == (
        "Brussels",
        50.85,
        4.35,
    )
    (activity,) = operator.activities
    assert (activity.identifier, activity.publication_date, activity.application_date) == (
        "X 1",
        date(2026, 6, 9),
        date(2026, 6, 1),
    )


@pytest.mark.req("R43", "S35", "S38")
def test_a_value_of_the_wrong_shape_is_named_and_nothing_is_stored(app, form):
    for field, value, at in [
        ("latitude", "91", "latitude"),
        ("latitude", "north", "latitude"),
        ("latitude", "50", "longitude"),
        ("longitude", "181", "longitude"),
        ("valid_from", "tomorrow", "valid_from"),
        ("publication_date", "9 June", "publication_date"),
        ("website", "javascript:alert(1)", "website"),
        ("eori", "12", "eori"),
        ("name", "x" * 201, "name"),
        ("city", "a\u2028b", "city"),
        ("phone", "no number", "phone"),
        ("contact_email", "nonsense", "contact_email"),
    ]:
        form.go(FORM).press(CREATE, **GIVEN | {field: value})

        assert form.status == 422, (field, value)
        assert at in form.errors, (field, value)
        assert form.page.find(id=field)["value"] == value
    assert created(app) == []


@pytest.mark.req("R42")
def test_a_time_that_the_clocks_skip_is_refused(app, form):
    form.press(CREATE, **GIVEN | {"valid_from": "2027-03-28T02:30"})

    assert form.reads("Valid From: The clocks skip this time. Choose an hour before or after.")
    assert not created(app)
