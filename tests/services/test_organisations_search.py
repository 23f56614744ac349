from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.errors import NotFound
from shared.models import Organisation
from shared.services.authorities_search import search_authorities
from shared.services.control_bodies_search import search_control_bodies
from shared.services.operators_search import search_operators
from shared.services.posts_search import find_posts
from shared.services.search_pages import Page
from shared.settings import Settings
from tests.builders import an_organisation
from tests.builders_reference import an_operator, the_demo

PRODUCTION = Environment.PRODUCTION
TRAINING = Environment.TRAINING
SEARCHES: list[Callable[..., Page]] = [search_operators, search_authorities, search_control_bodies]


def operators(session: Session, **filters: str | int | None) -> list[str]:
    return [item.name for item in search_operators(session, environment=PRODUCTION, **filters).items]


def authorities(session: Session, **filters: str | int | None) -> list[str]:
    return [item.name for item in search_authorities(session, environment=PRODUCTION, **filters).items]


@pytest.mark.req("R34", "R36")
def test_the_letter_s_operators_are_listed_word_for_word(session: Session, settings: Settings) -> None:
    the_demo(session, settings)

    page = search_operators(session, environment=PRODUCTION, country="Belgium (BE)")

    activity = "Organic Importer (ORGANIC IMPORTER)"
    assert [(item.name, item.traces_number, item.address, item.activities) for item in page.items] == [
        ("ALPRO Comm.V.A.", "BE-ORG-OP-5", "Vlamingstraat 28 149256 Wevelgem Belgium", [activity]),
        ("Beanworks Seeds and Grains bvba", "BE-ORG-OP-7", "Spaans Fort 6 149725 Verrebroek Belgium", [activity]),
        ("Coffeeteam", "BE-ORG-OP-6", "Generaal Lemanstraat 74 149847 Berchem Belgium", [activity]),
        ("Colzagro", "BE-ORG-OP-4", "Kortemarkstraat 8 149290 Lichtervelde Belgium", [activity]),
    ]
    assert {item.country for item in page.items} == {"BE"}
    assert page.next_cursor is None


@pytest.mark.req("R48", "R49")
def test_the_letter_s_authorities_are_listed_word_for_word(session: Session, settings: Settings) -> None:
    the_demo(session, settings)

    page = search_authorities(session, environment=PRODUCTION, country="Belgium (BE)")

    rows = {(item.name, item.address, item.role, item.code) for item in page.items if item.code}
    assert rows == {
        (
            "Aalst Customs Authority",
            "Wijngaardveld (Industriezone Noord V) 34A 9300 Aalst  Belgium",
            "BCP",
            "BE0001",
        ),
        (
            "ANTWERPEN DAE DOUANEKANTOOR",
            "ELLERMANSTRAAT 21 (NOORDSTERGEBOUW) 2060 Antwerpen  Belgium",
            "BCP",
            "BE0002",
        ),
        (
            (
                "Vlaams Gewest Vlaamse Overheid, Departement Landbouw en Visserij, Afdeling Voorlichting,"
                " Doelgroepenbeleid en Kwaliteit Plant"
            ),
            "Ellipsgebouw Koning Albert II laan 35 bus 40 1030 Brussel (Schaarbeek)  Belgium",
            "CCA",
            "BE0023",
        ),
        (
            (
                "Région wallonne Service public de Wallonie DG Agriculture, Ressources naturelles & Environnement"
                " Direction de la Qualité"
            ),
            "chaussée de Louvain 14 5000 Namur  Belgium",
            "CCA",
            "BE0024",
        ),
    }


@pytest.mark.req("R33")
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, {"Alpha", "Beta", "Gamma"}),
        ({"country": "NL"}, {"Beta"}),
        ({"country": "Belgium (BE)"}, {"Alpha", "Gamma"}),
        ({"section": "Organic Importer (ORGANIC IMPORTER)"}, {"Alpha", "Gamma"}),
        ({"section": "organic_importer"}, {"Alpha", "Gamma"}),
        ({"activity": "ORGANIC IMPORTER"}, {"Alpha", "Gamma"}),
        ({"activity": "first consignee"}, {"Beta", "Gamma"}),
        ({"activity": "RFL"}, set()),
        ({"section": "Organic Importer", "activity": "First consignee"}, set()),
        ({"name": "alp"}, {"Alpha"}),
        ({"country": "BE", "activity": "First consignee", "name": "GAM"}, {"Gamma"}),
        ({"country": " ", "section": "", "activity": " ", "name": " "}, {"Alpha", "Beta", "Gamma"}),
    ],
)
def test_operators_are_searched_by_country_section_activity_and_name(
    session: Session, filters: dict[str, str], found: set[str]
) -> None:
    an_operator(session, "Alpha")
    an_operator(session, "Beta", country="NL", activities=["FIRST_CONSIGNEE"])
    an_operator(session, "Gamma", activities=["FIRST_CONSIGNEE", "ORGANIC_IMPORTER"])

    assert set(operators(session, **filters)) == found


@pytest.mark.req("R34")
def test_an_operator_shows_all_its_activities_once(session: Session) -> None:
    an_operator(session, "Alpha", activities=["FIRST_CONSIGNEE", "ORGANIC_IMPORTER"])

    (item,) = search_operators(session, environment=PRODUCTION, activity="First consignee").items

    assert item.activities == ["First consignee", "Organic Importer (ORGANIC IMPORTER)"]


@pytest.mark.req("R33", "S30")
@pytest.mark.parametrize("status", ["new", "rejected"])
def test_an_operator_that_is_not_valid_is_in_no_search(session: Session, status: str) -> None:
    operator = an_operator(session, "Alpha", status=status)

    assert operators(session, name="Alpha") == []
    with pytest.raises(NotFound):
        find_posts(session, environment=PRODUCTION, post_ids=[operator.posts[0].id])


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Région Wallonne", "region wallonne"),
        ("Region Wallonne", "RÉGION"),
        ("Øko Łódź", "oko lodz"),
        ("Straßen GmbH", "STRASSEN"),
        ("Beanworks Seeds and Grains bvba", "grains bean"),
        ("100 % Bio", "100 %"),
        ("A_B", "a_b"),
        ("back\\slash / and / more", "back\\slash /"),
        ("O'Neill", "O’Neill"),  # noqa: RUF001
        ("Ελληνικά Ένας", "ελληνικα ενασ"),
    ],
)
@pytest.mark.req("R33")
def test_a_name_is_found_whatever_case_accents_and_order_it_is_typed_in(
    session: Session, name: str, typed: str
) -> None:
    an_operator(session, name)

    assert operators(session, name=typed) == [name]


@pytest.mark.parametrize("typed", ["%", "_", "A%B", "A_B", "Alpha Gamma", "Al\\pha", "Alpha'--"])
def test_signs_of_the_database_have_no_power_in_a_name_and_every_word_must_be_there(
    session: Session, typed: str
) -> None:
    an_operator(session, "Alpha")
    an_operator(session, "AxB")

    assert operators(session, name=typed) == []


@pytest.mark.req("R47")
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, {"Customs Ghent", "Ministry Ghent", "Ministry Lille"}),
        ({"country": "fr"}, {"Ministry Lille"}),
        ({"role": "bcp"}, {"Customs Ghent"}),
        ({"role": "CCA", "country": "Belgium"}, {"Ministry Ghent"}),
        ({"name": "ghent ministry"}, {"Ministry Ghent"}),
        ({"role": " "}, {"Customs Ghent", "Ministry Ghent", "Ministry Lille"}),
    ],
)
def test_authorities_are_searched_by_country_role_and_name(
    session: Session, filters: dict[str, str], found: set[str]
) -> None:
    for name, country, role in [
        ("Customs Ghent", "BE", "BCP"),
        ("Ministry Ghent", "BE", "CCA"),
        ("Ministry Lille", "FR", "CCA"),
    ]:
        an_organisation(session, kind="authority", name=name, country=country, role=role)

    assert set(authorities(session, **filters)) == found


@pytest.mark.req("R47")
def test_an_authority_that_takes_no_requests_cannot_be_chosen(session: Session, settings: Settings) -> None:
    the_demo(session, settings)
    foreign = session.query(Organisation).filter_by(kind="authority", country="AR").one()

    assert authorities(session, country="AR") == []
    with pytest.raises(NotFound):
        find_posts(session, environment=PRODUCTION, post_ids=[foreign.posts[0].id])


@pytest.mark.req("R7")
@pytest.mark.parametrize("search", SEARCHES)
def test_nothing_of_one_environment_is_found_in_the_other(
    session: Session, settings: Settings, search: Callable[..., Page]
) -> None:
    the_demo(session, settings, TRAINING)

    assert search(session, environment=PRODUCTION).items == []
    assert search(session, environment=TRAINING).items != []


@pytest.mark.req("R35")
def test_what_was_ticked_is_found_again_in_the_order_it_was_ticked(session: Session) -> None:
    first, second = (an_operator(session, name).posts[0] for name in ("Zebra", "Alpha"))

    posts = find_posts(session, environment=PRODUCTION, post_ids=[first.id, second.id, first.id])

    assert [post.organisation.name for post in posts] == ["Zebra", "Alpha"]


def test_a_post_of_the_other_environment_was_never_ticked(session: Session) -> None:
    post = an_operator(session, "Alpha", environment="training").posts[0]

    with pytest.raises(NotFound):
        find_posts(session, environment=PRODUCTION, post_ids=[post.id])
