"""The search by name against the simplest one there is: looking at every operator."""

import itertools
import random
from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.searching import fold_for_search
from shared.models import NameShelf, OperatorActivity, OperatorName, Organisation, UnshelvedName
from shared.services import operator_names_postgresql, operator_names_shelve
from shared.services.operator_names_shelve import shelve, shelve_all
from shared.services.organisations_search import search_operators
from shared.settings import Settings
from tests.builders_reference import an_operator
from tests.conftest import NOW

PRODUCTION, TRAINING = Environment.PRODUCTION, Environment.TRAINING
WORDS = (
    "azienda agricola bio agro hof weingut d'oro s.s. s.r.l. gmbh & co. kg müller Łódź Ένας 有机 ab a/s x% y_z".split()
)
COUNTRIES = ("IT", "DE", "MT")
ACTIVITIES = ("ORGANIC_IMPORTER", "FIRST_CONSIGNEE", "RFL")


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Shelves of a few names, and every way of searching soon at its end, so that a few names take them all."""
    monkeypatch.setattr(operator_names_shelve, "LETTERS", 60)
    for name, value in {
        "NEAREST_SHELVES": 3,
        "AT_ONCE": 2,
        "MOST_AT_ONCE": 4,
        "NEAREST_NAMES": 9,
        "MOST_CANDIDATES": 6,
    }.items():
        monkeypatch.setattr(operator_names_postgresql, name, value)
    return monkeypatch


def many_operators(session: Session, count: int = 150) -> Sequence[Organisation]:
    """Operators whose names share words, beginnings and ends, some of them the whole name; one in ten in Training."""
    draw = random.Random(4)
    for number in range(count):
        an_operator(
            session,
            " ".join(draw.choices(WORDS, k=draw.randint(1, 4))),
            country=draw.choice(COUNTRIES),
            activities=draw.sample(ACTIVITIES, draw.randint(0, 2)),
            environment=TRAINING if number % 10 == 0 else PRODUCTION,
        )
    return session.scalars(select(Organisation)).all()


def expected(
    operators: Sequence[Organisation], *, name: str = "", country: str | None = None, activity: str | None = None
) -> list[UUID]:
    fitting = [
        one
        for one in operators
        if one.environment == PRODUCTION
        and all(word in one.search_name for word in fold_for_search(name).split())
        and country in {None, one.country}
        and (activity is None or activity in {each.activity for each in one.activities})
    ]
    return [one.posts[0].id for one in sorted(fitting, key=lambda one: (one.search_name, one.id.bytes))]


def all_pages(session: Session, limit: int, **filters: str | None) -> list[UUID]:
    found, cursor = [], None
    for _ in range(200):
        page = search_operators(session, environment=PRODUCTION, limit=limit, cursor=cursor, **filters)
        found += [item.post_id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found
        assert len(page.items) == limit
    raise AssertionError("the pages never end")


@pytest.mark.req("R33")
@pytest.mark.parametrize("holders", [0, 15_000], ids=["words count as common", "words count as rare"])
@pytest.mark.parametrize("unshelved", [0, 150, 30], ids=["all on shelves", "none on a shelf", "some on shelves"])
def test_every_page_is_what_looking_at_every_operator_finds(
    session: Session, small_steps: pytest.MonkeyPatch, subtests: pytest.Subtests, unshelved: int, holders: int
) -> None:
    small_steps.setattr(operator_names_postgresql, "MOST_HOLDERS", holders)
    operators = many_operators(session, 150 - unshelved)
    shelve_all(session)
    if unshelved:
        operators = many_operators(session, unshelved)
    names = ["", *WORDS, "a", "s", ".", "gri", "oro", "agri azi", "kg gmbh co", "hof a b", "no"]

    for name, country, activity in itertools.product(names, (None, "IT", "MT"), (None, "RFL")):
        with subtests.test(name=name, country=country, activity=activity):
            filters = {"name": name, "country": country, "activity": activity}
            assert all_pages(session, 7, **filters) == expected(operators, **filters)


def found(session: Session, name: str, environment: Environment = PRODUCTION, **filters: str) -> list[str]:
    return [item.name for item in search_operators(session, environment=environment, name=name, **filters).items]


@pytest.mark.req("R33")
@pytest.mark.parametrize("is_shelved", [True, False])
def test_an_operator_is_found_by_its_new_name_only(session: Session, is_shelved: bool) -> None:
    operator = an_operator(session, "Alpha Seeds")
    if is_shelved:
        shelve_all(session)

    operator.name, operator.search_name = "Omega Grains", "omega grains"
    session.flush()

    assert found(session, "grains") == ["Omega Grains"]
    assert found(session, "seeds") == []


@pytest.mark.req("R33", "S30")
def test_an_operator_is_found_from_the_moment_it_is_valid_until_it_no_longer_is(session: Session) -> None:
    operator = an_operator(session, "Alpha Seeds", status="new")
    shelve_all(session)
    assert found(session, "seeds") == []

    operator.status = "valid"
    session.flush()
    assert found(session, "seeds") == ["Alpha Seeds"]

    shelve_all(session)
    operator.status = "rejected"
    session.flush()
    assert found(session, "seeds") == []


def test_an_operator_that_is_deleted_is_no_longer_found(session: Session) -> None:
    operator = an_operator(session, "Alpha Seeds")
    shelve_all(session)

    session.execute(delete(Organisation).where(Organisation.id == operator.id))

    assert found(session, "seeds") == []


@pytest.mark.req("R33")
def test_an_activity_that_comes_or_goes_is_searched_at_once(session: Session) -> None:
    operator = an_operator(session, "Alpha Seeds", activities=["RFL"])
    shelve_all(session)

    session.add(OperatorActivity(organisation_id=operator.id, activity="FIRST_CONSIGNEE"))
    session.flush()
    session.execute(delete(OperatorActivity).where(OperatorActivity.activity == "RFL"))

    assert found(session, "seeds", activity="FIRST_CONSIGNEE") == ["Alpha Seeds"]
    assert found(session, "seeds", activity="RFL") == []


@pytest.mark.req("R7")
def test_shelves_keep_the_environments_apart(session: Session) -> None:
    an_operator(session, "Alpha Seeds")
    an_operator(session, "Beta Seeds", environment=TRAINING)
    shelve_all(session)

    assert found(session, "seeds") == ["Alpha Seeds"]
    assert found(session, "seeds", TRAINING) == ["Beta Seeds"]


def test_what_a_process_of_the_version_before_writes_is_found(session: Session) -> None:
    values = {
        "id": UUID(int=7),
        "environment": "production",
        "kind": "operator",
        "reference": "BE-ORG-OP-7",
        "name": "Alpha Seeds",
        "search_name": "alpha seeds",
        "look_alike_key": "alphaseeds",
        "address": "Street 1",
        "country": "BE",
        "status": "new",
        "takes_requests": True,
        "confirmed": True,
        "mailbox_language": "en",
        "source": "",
        "created_at": NOW,
    }
    session.execute(insert(Organisation.__table__).values(values))
    session.execute(update(Organisation.__table__).values(status="valid"))

    assert session.scalars(select(OperatorName.search_name)).all() == ["alpha seeds"]


def test_shelves_are_made_anew_once_many_names_are_on_none(
    session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operator_names_shelve, "MOST_UNSHELVED", 2)
    for name in ("alpha", "beta"):
        an_operator(session, name)
    assert shelve(session, settings=settings, now=NOW) == 0

    an_operator(session, "gamma")

    assert shelve(session, settings=settings, now=NOW) == 3
    assert session.scalars(select(NameShelf.names)).all() == ["alpha\nbeta\ngamma"]
    assert session.scalars(select(UnshelvedName)).all() == []
    assert shelve(session, settings=settings, now=NOW) == 0


def test_one_shelf_holds_a_name_that_many_bear_once(session: Session) -> None:
    for _ in range(5):
        an_operator(session, "alpha")

    shelve_all(session)

    assert session.scalars(select(NameShelf.names)).all() == ["alpha"]
    assert len(found(session, "alpha")) == 5
