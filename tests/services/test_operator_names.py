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
from shared.models import OperatorActivity, OperatorName, Organisation, RankedNames, UnrankedName
from shared.services import operator_names, operator_names_rank
from shared.services.operator_names_rank import rank, rank_all
from shared.services.operators_search import search_operators
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
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few names, gathered and looked at a few at a time."""
    monkeypatch.setattr(operator_names, "BLOCK", 4)
    monkeypatch.setattr(operator_names, "MOST_AT_ONCE", 8)
    monkeypatch.setattr(operator_names_rank, "BLOCK", 4)
    monkeypatch.setattr(operator_names_rank, "_AT_ONCE", 25)


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
@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("unranked", [0, 150, 30], ids=["all have ranks", "none has a rank", "some have ranks"])
def test_every_page_is_what_looking_at_every_operator_finds(
    session: Session, subtests: pytest.Subtests, unranked: int
) -> None:
    operators = many_operators(session, 150 - unranked)
    rank_all(session)
    if unranked:
        operators = many_operators(session, unranked)
    names = ["", *WORDS, "a", "s", ".", "gri", "oro", "agri azi", "kg gmbh co", "hof a b", "no"]

    for name, country, activity in itertools.product(names, (None, "IT", "MT"), (None, "RFL")):
        with subtests.test(name=name, country=country, activity=activity):
            filters = {"name": name, "country": country, "activity": activity}
            assert all_pages(session, 7, **filters) == expected(operators, **filters)


def found(session: Session, name: str, environment: Environment = PRODUCTION, **filters: str) -> list[str]:
    return [item.name for item in search_operators(session, environment=environment, name=name, **filters).items]


@pytest.mark.req("R33")
@pytest.mark.parametrize("is_ranked", [True, False])
def test_an_operator_is_found_by_its_new_name_only(session: Session, is_ranked: bool) -> None:
    operator = an_operator(session, "Alpha Seeds")
    if is_ranked:
        rank_all(session)

    operator.name, operator.search_name = "Omega Grains", "omega grains"
    session.flush()

    assert found(session, "grains") == ["Omega Grains"]
    assert found(session, "seeds") == []


@pytest.mark.req("R33", "S30")
def test_an_operator_is_found_from_the_moment_it_is_valid_until_it_no_longer_is(session: Session) -> None:
    operator = an_operator(session, "Alpha Seeds", status="new")
    rank_all(session)
    assert found(session, "seeds") == []

    operator.status = "valid"
    session.flush()
    assert found(session, "seeds") == ["Alpha Seeds"]

    rank_all(session)
    operator.status = "rejected"
    session.flush()
    assert found(session, "seeds") == []


def test_an_operator_that_is_deleted_is_no_longer_found(session: Session) -> None:
    operator = an_operator(session, "Alpha Seeds")
    rank_all(session)

    session.execute(delete(Organisation).where(Organisation.id == operator.id))

    assert found(session, "seeds") == []


@pytest.mark.req("R33")
def test_an_activity_that_comes_or_goes_is_searched_at_once(session: Session) -> None:
    operator = an_operator(session, "Alpha Seeds", activities=["RFL"])
    rank_all(session)

    session.add(OperatorActivity(organisation_id=operator.id, activity="FIRST_CONSIGNEE"))
    session.flush()
    session.execute(delete(OperatorActivity).where(OperatorActivity.activity == "RFL"))

    assert found(session, "seeds", activity="FIRST_CONSIGNEE") == ["Alpha Seeds"]
    assert found(session, "seeds", activity="RFL") == []


@pytest.mark.req("R7")
def test_ranks_keep_the_environments_apart(session: Session) -> None:
    an_operator(session, "Alpha Seeds")
    an_operator(session, "Beta Seeds", environment=TRAINING)
    rank_all(session)

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


def test_ranks_are_given_anew_once_many_operators_have_none(
    session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operator_names_rank, "MOST_UNRANKED", 2)
    for name in ("alpha", "beta"):
        an_operator(session, name)
    assert rank(session, settings=settings, now=NOW) == 0

    gamma = an_operator(session, "gamma")

    assert rank(session, settings=settings, now=NOW) == 3
    assert session.scalars(select(RankedNames.organisation_ids)).one()[-16:] == gamma.id.bytes
    assert session.scalars(select(UnrankedName)).all() == []
    assert rank(session, settings=settings, now=NOW) == 0


def test_operators_of_one_name_all_show_page_by_page(session: Session) -> None:
    for _ in range(150):
        an_operator(session, "alpha")
    rank_all(session)

    assert len(set(all_pages(session, 7, name="alpha"))) == 150


@pytest.mark.req("R33")
@pytest.mark.parametrize("word", ["zzz", "alz", "z"])
def test_a_word_of_which_no_name_holds_a_piece_finds_nobody(session: Session, word: str) -> None:
    an_operator(session, "alpha")
    rank_all(session)

    assert found(session, word) == []


@pytest.mark.req("R33")
def test_a_name_that_holds_all_pieces_and_not_the_word_is_not_found(session: Session) -> None:
    an_operator(session, "abcab bcabc")  # as "abcabc" it has the pieces abc, bca, cab
    rank_all(session)

    assert found(session, "abcabc") == []
    assert found(session, "bcabc") == ["abcab bcabc"]
