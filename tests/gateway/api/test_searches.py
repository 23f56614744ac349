"""GET /{environment}/operators, /authorities and /control-bodies."""

import pytest

from shared.db import Database
from shared.settings import Settings
from tests.builders_reference import an_operator, the_demo
from tests.gateway.api.client import Api, codes_of, fields_of


@pytest.fixture
def demo(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        the_demo(session, settings)


@pytest.mark.usefixtures("demo")
@pytest.mark.req("R33", "R34")
@pytest.mark.parametrize(
    "query",
    [
        {"country": "BE", "name": "alpro"},
        {"country": "Belgium (BE)", "section": "organic importer (organic importer)", "name": "ALPRO"},
        {"activity": "ORGANIC_IMPORTER", "name": "alpro"},
        {"activity": "organic IMPORTER", "name": "alpro"},
    ],
)
def test_an_operator_is_found_by_country_section_activity_and_name(api: Api, query: dict[str, str]) -> None:
    answer = api.get("/production/operators", **query).get_json()

    assert [(row["name"], row["traces_number"], row["address"], row["activities"]) for row in answer["items"]] == [
        (
            "ALPRO Comm.V.A.",
            "BE-ORG-OP-5",
            "Vlamingstraat 28 149256 Wevelgem Belgium",
            ["Organic Importer (ORGANIC IMPORTER)"],
        )
    ]
    assert answer["next_cursor"] is None


@pytest.mark.usefixtures("demo")
@pytest.mark.req("R47", "R48")
def test_authorities_are_found_by_role_with_their_code(api: Api) -> None:
    rows = api.get("/production/authorities", country="BE", role="bcp").get_json()["items"]

    assert [(row["role"], row["code"]) for row in rows] == [("BCP", "BE0001"), ("BCP", "BE0002")]


@pytest.mark.usefixtures("demo")
@pytest.mark.req("R52", "R53")
def test_a_control_body_has_one_row_for_each_code_with_categories_in_words(api: Api) -> None:
    rows = api.get("/production/control-bodies", country="NL", code="AZ-BIO-149").get_json()["items"]

    (row,) = rows
    assert row["control_body_name"] == "Control Union Certifications"
    assert (row["country"], row["seat_country"]) == ("AZ", "NL")
    assert row["categories"] == [
        {"letter": "A", "text": "Unprocessed plant products"},
        {"letter": "B", "text": "Live animals or unprocessed animal products"},
    ]


@pytest.mark.usefixtures("demo")
def test_pages_follow_each_other_without_gap_or_repeat(api: Api) -> None:
    first = api.get("/production/control-bodies", country="NL", limit=3).get_json()
    second = api.get("/production/control-bodies", country="NL", limit=3, cursor=first["next_cursor"]).get_json()
    both = api.get("/production/control-bodies", country="NL", limit=6).get_json()

    assert len(first["items"]) == 3
    assert first["items"] + second["items"] == both["items"]


def test_a_page_holds_fifty_unless_told_otherwise(api: Api, database: Database) -> None:
    with database.transaction() as session:
        for number in range(51):
            an_operator(session, f"Operator {number}")

    assert len(api.get("/production/operators").get_json()["items"]) == 50
    assert len(api.get("/production/operators", limit=200).get_json()["items"]) == 51


WRONG_FILTERS: list[tuple[str, dict[str, object], str]] = [
    ("operators", {"limit": 0}, "limit"),
    ("operators", {"limit": 201}, "limit"),
    ("operators", {"limit": "many"}, "limit"),
    ("operators", {"limit": "9" * 400}, "limit"),
    ("operators", {"cursor": "forged"}, "cursor"),
    ("operators", {"country": "Atlantis"}, "country"),
    ("operators", {"section": "none"}, "section"),
    ("operators", {"activity": "none"}, "activity"),
    ("operators", {"name": "x" * 101}, "name"),
    ("operators", {"name": "a\nb"}, "name"),
    ("operators", {"role": "BCP"}, "role"),
    ("authorities", {"role": "LAU"}, "role"),
    ("control-bodies", {"code": "x" * 101}, "code"),
    ("role-requests", {"limit": 201}, "limit"),
    ("role-requests", {"cursor": "forged"}, "cursor"),
    ("role-requests", {"status": "accepted"}, "status"),
]


@pytest.mark.req("S51")
def test_a_wrong_or_unknown_filter_is_named(api: Api, subtests: pytest.Subtests) -> None:
    for what, query, field in WRONG_FILTERS:
        with subtests.test(what=what, query=query, field=field):
            assert fields_of(api.get(f"/production/{what}", **query)) == {field}


@pytest.mark.req("S51")
def test_a_filter_sent_twice_is_refused(api: Api) -> None:
    assert fields_of(api.call("GET", "/production/operators", query_string="name=a&name=b")) == {"name"}


@pytest.mark.parametrize("what", ["operators", "authorities", "control-bodies", "role-requests"])
@pytest.mark.req("R1")
def test_another_environment_is_not_found(api: Api, stranger: Api, what: str) -> None:
    assert codes_of(api.get(f"/staging/{what}")) == (404, "not_found")
    assert codes_of(stranger.get(f"/staging/{what}")) == (404, "not_found")


@pytest.mark.parametrize("what", ["operators", "authorities", "control-bodies", "role-requests"])
@pytest.mark.req("R2")
def test_nobody_searches_without_a_log_in(stranger: Api, what: str) -> None:
    assert codes_of(stranger.get(f"/production/{what}")) == (401, "login_required")


@pytest.mark.usefixtures("demo")
@pytest.mark.req("R7")
def test_what_is_loaded_in_one_environment_is_not_in_the_other(api: Api) -> None:
    assert api.get("/training/operators").get_json() == {"items": [], "next_cursor": None}
