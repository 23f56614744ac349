from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.models import Organisation
from shared.services.reference_check import check_reference
from shared.settings import Settings
from tests.builders_reference import AUTHORITIES, CONTROL_BODIES, load_lines, the_demo


def subjects(session: Session, topic: str, environment: Environment = Environment.PRODUCTION) -> list[str]:
    return [one.subject for one in check_reference(session, environment=environment) if one.topic == topic]


def test_roles_and_rows_that_no_source_confirms_are_listed(session: Session, settings: Settings) -> None:
    the_demo(session, settings)

    assert subjects(session, "unconfirmed") == [
        "at-bcp-bavg",
        "ecocert-france",
        "fr-bcp-dgal-sivep",
        "fr-bcp-dgccrf",
        "nl-cca-rvo",
    ]


def test_member_states_without_a_national_authority_are_listed(session: Session, settings: Settings) -> None:
    the_demo(session, settings)

    missing = subjects(session, "no_national_authority")
    assert {"AT", "FR", "IT"} <= set(missing)
    assert not {"BE", "DE", "FI", "IE", "NL", "PL", "SK", "AR", "CH"} & set(missing)
    assert len(missing) == 27 - 7


def test_control_bodies_without_a_seat_are_listed(session: Session, settings: Settings) -> None:
    the_demo(session, settings)

    listed = subjects(session, "no_seat")
    assert "skal-control-authority" in listed
    assert "nl-control-union-certifications" not in listed


def test_control_bodies_that_may_be_one_are_listed_together(session: Session, settings: Settings) -> None:
    the_demo(session, settings)

    assert "ceres" in subjects(session, "look_alike")


@pytest.mark.parametrize("topic", ["not_loaded", "differs", "not_shipped", "no_code"])
def test_what_was_just_loaded_is_what_is_shipped(session: Session, settings: Settings, topic: str) -> None:
    the_demo(session, settings)

    assert subjects(session, topic) == []


def test_everything_shipped_is_missing_from_an_empty_environment(session: Session, settings: Settings) -> None:
    the_demo(session, settings)

    assert len(subjects(session, "not_loaded", Environment.TRAINING)) == 507


def test_rows_with_other_values_and_rows_of_one_s_own_are_listed(
    session: Session, settings: Settings, tmp_path: Path
) -> None:
    the_demo(session, settings)
    session.scalars(select(Organisation).where(Organisation.reference == "BE0001")).one().address = "moved"
    load_lines(session, tmp_path, AUTHORITIES, "Own,,BE,CCA,BE9999")

    assert subjects(session, "differs") == ["BE0001"]
    assert subjects(session, "not_shipped") == ["BE9999"]


def test_a_body_that_lost_its_last_code_is_listed(session: Session, tmp_path: Path) -> None:
    load_lines(session, tmp_path, CONTROL_BODIES, "AE-BIO-1,AE,First,,DE,A,equivalence-834-2007")
    load_lines(session, tmp_path, CONTROL_BODIES, "AE-BIO-1,AE,Second,,PT,A,equivalence-834-2007")

    assert subjects(session, "no_code") == ["de-first"]
