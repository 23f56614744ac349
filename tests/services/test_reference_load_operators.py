from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.models import Organisation, TracesCounter
from shared.settings import Settings
from tests.builders import an_organisation
from tests.builders_reference import OPERATORS, load_lines, only_one, organisations, the_demo


def counters(session: Session) -> dict[str, int]:
    return {one.country: one.last for one in session.scalars(select(TracesCounter))}


def test_the_next_traces_number_is_above_every_loaded_one(session: Session, settings: Settings) -> None:
    the_demo(session, settings)

    assert counters(session) == {"BE": 7}


def test_a_counter_never_goes_back(session: Session, tmp_path: Path) -> None:
    session.add(TracesCounter(environment="production", country="BE", last=90))
    session.flush()

    load_lines(session, tmp_path, OPERATORS, "Name,BE-ORG-OP-5,,BE,Organic Importer")

    session.expire_all()
    assert counters(session) == {"BE": 90}


def test_a_traces_number_counts_for_the_country_in_the_number_so_that_none_is_given_twice(
    session: Session, tmp_path: Path
) -> None:
    load_lines(
        session,
        tmp_path,
        OPERATORS,
        "Moved,BE-ORG-OP-8,,NL,Organic Importer",
        "Other,NL-7781,,NL,Organic Importer",
    )

    assert counters(session) == {"BE": 8}
    assert {one.country for one in organisations(session)} == {"NL"}


def test_an_operator_is_updated_and_keeps_the_activities_it_has(session: Session, tmp_path: Path) -> None:
    load_lines(session, tmp_path, OPERATORS, "Old,BE-ORG-OP-5,,BE,Organic Importer")

    report = load_lines(session, tmp_path, OPERATORS, "New,BE-ORG-OP-5,Street 2,BE,Organic Exporter")

    operator = only_one(session)
    assert (report.loaded, report.updated) == (0, 1)
    assert (operator.name, operator.address) == ("New", "Street 2")
    assert {one.activity for one in operator.activities} == {"ORGANIC_IMPORTER", "ORGANIC_EXPORTER"}


def test_an_operator_keeps_its_odd_city_number_as_printed(session: Session, settings: Settings) -> None:
    the_demo(session, settings)

    alpro = session.scalars(select(Organisation).where(Organisation.traces_number == "BE-ORG-OP-5")).one()
    assert alpro.operator is not None
    assert (alpro.operator.street, alpro.operator.city) == ("Vlamingstraat 28", "149256 Wevelgem")


def test_an_operator_number_cannot_take_the_place_of_an_authority(session: Session, tmp_path: Path) -> None:
    an_organisation(session, kind="authority", reference="BE0023")

    report = load_lines(session, tmp_path, OPERATORS, "Name,BE0023,,BE,Organic Importer")

    assert (report.loaded, [problem.line for problem in report.problems]) == (0, [2])
