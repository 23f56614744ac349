from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.db import Database
from shared.domain.environments import Environment
from shared.models import AuditEvent, Organisation, Post
from shared.services.reference_load import LoadReport, load_file
from shared.settings import Settings, load_settings
from tests.builders_reference import (
    AUTHORITIES,
    CONTROL_BODIES,
    a_file,
    load_lines,
    only_one,
    organisations,
    the_demo,
)
from tests.conftest import NOW

AE_LETTER = "AE-BIO-149,AE,Control Union,Zwolle Netherlands,NL,ABCDEF,letter"


def test_the_demonstration_loads_every_row_and_the_commission(session: Session, settings: Settings) -> None:
    report = the_demo(session, settings)

    assert (report.loaded, report.updated, report.problems) == (507, 0, [])
    assert Counter(one.kind for one in organisations(session)) == {
        "authority": 26,
        "operator": 4,
        "control_body": 86,
        "commission": 1,
    }
    assert session.scalar(select(func.count()).select_from(Post)) == 26 + 4 + 471 + 1


def test_loading_again_changes_nothing(session: Session, settings: Settings) -> None:
    the_demo(session, settings)
    before = {(one.id, one.reference, one.mailbox_email) for one in organisations(session)}

    report = the_demo(session, settings)

    assert (report.loaded, report.updated, report.unchanged) == (0, 0, 507)
    assert {(one.id, one.reference, one.mailbox_email) for one in organisations(session)} == before


def test_two_loads_at_the_same_moment_come_one_after_the_other(database: Database, settings: Settings) -> None:
    def load() -> LoadReport:
        with database.transaction() as session:
            return the_demo(session, settings)

    with ThreadPoolExecutor(2) as pool:
        reports = [future.result() for future in [pool.submit(load), pool.submit(load)]]

    assert sorted((report.loaded, report.unchanged) for report in reports) == [(0, 507), (507, 0)]


@pytest.mark.req("R7")
def test_each_environment_is_loaded_by_itself(session: Session, settings: Settings) -> None:
    the_demo(session, settings, Environment.TRAINING)

    assert {one.environment for one in organisations(session)} == {"training"}
    assert the_demo(session, settings, Environment.PRODUCTION).loaded == 507


def test_a_reference_is_the_same_in_both_environments(session: Session, settings: Settings) -> None:
    for environment in Environment:
        the_demo(session, settings, environment)

    by_environment: dict[str, set[str]] = {"production": set(), "training": set()}
    for one in organisations(session):
        by_environment[one.environment].add(one.reference)
    assert by_environment["production"] == by_environment["training"]


def test_every_authority_control_body_and_the_commission_has_a_mailbox_of_its_own_at_an_example_domain(
    session: Session, settings: Settings
) -> None:
    the_demo(session, settings)

    mailboxes = [one.mailbox_email for one in organisations(session) if one.kind != "operator"]
    assert len(set(mailboxes)) == 26 + 86 + 1
    for mailbox in mailboxes:
        assert mailbox is not None
        local, _, domain = mailbox.partition("@")
        assert domain.endswith(".example")
        assert local.isascii()
        assert len(local) <= 64


def test_the_demo_mailboxes_are_named_after_code_or_name_and_speak_the_language_of_the_country(
    session: Session, settings: Settings
) -> None:
    the_demo(session, settings)

    found = {one.reference: (one.mailbox_email, one.mailbox_language) for one in organisations(session)}
    assert found["BE0023"] == ("be0023@authorities.example", "en")
    assert found["fi-bcp-finnish-customs-tulli"] == ("fi-bcp-finnish-customs-tulli@authorities.example", "fi")
    assert found["nl-control-union-certifications"] == (
        "nl-control-union-certifications@control-bodies.example",
        "nl",
    )
    assert found["commission"] == (settings.commission_email, "en")


@pytest.mark.req("S30")
def test_an_operator_never_gets_a_mailbox(session: Session, settings: Settings) -> None:
    the_demo(session, settings)

    assert {one.mailbox_email for one in organisations(session, "operator")} == {None}


def test_a_mailbox_that_was_set_by_hand_survives_loading_again(session: Session, settings: Settings) -> None:
    the_demo(session, settings)
    authority = session.scalars(select(Organisation).where(Organisation.reference == "BE0023")).one()
    authority.mailbox_email = "real@vlaanderen.example"

    the_demo(session, settings)

    assert authority.mailbox_email == "real@vlaanderen.example"


def test_production_starts_with_no_mailbox(session: Session, environment: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DEPLOYMENT": "production",
        "DATABASE_URL": "postgresql://db.example/gatehouse",
        "BROKER_URL": "redis://:secret@broker.example/0",
        "PUBLIC_URL": "https://gatehouse.example",
        "MAIL_SERVER": "smtp.example",
        "CAPTCHA": "image",
        "RATE_LIMITS": "on",
    }.items():
        environment.setenv(name, value)

    assert the_demo(session, load_settings()).loaded == 507

    assert {one.mailbox_email for one in organisations(session)} == {None}


def test_a_file_alone_brings_no_mailbox(session: Session, tmp_path: Path) -> None:
    load_lines(session, tmp_path, AUTHORITIES, "Name,,BE,CCA,BE0023")

    assert only_one(session).mailbox_email is None


def test_good_rows_are_loaded_and_bad_ones_reported(session: Session, tmp_path: Path) -> None:
    report = load_lines(session, tmp_path, AUTHORITIES, "Bad,,XX,CCA,BE1", "Good,,BE,CCA,BE2", "Bad,,BE,BOSS,BE3")

    assert (report.loaded, [problem.line for problem in report.problems]) == (1, [2, 4])
    assert only_one(session).name == "Good"


def test_all_or_nothing_loads_nothing_when_one_row_is_bad(session: Session, tmp_path: Path) -> None:
    report = load_lines(session, tmp_path, AUTHORITIES, "Good,,BE,CCA,BE2", "Bad,,XX,CCA,BE1", all_or_nothing=True)

    assert (report.loaded, report.updated, [problem.line for problem in report.problems]) == (0, 0, [3])
    assert organisations(session) == []


def test_all_or_nothing_loads_everything_when_no_row_is_bad(session: Session, tmp_path: Path) -> None:
    report = load_lines(session, tmp_path, AUTHORITIES, "Good,,BE,CCA,BE2", all_or_nothing=True)

    assert (report.loaded, report.problems) == (1, [])


def test_a_code_that_belongs_to_another_kind_of_organisation_is_a_bad_row(session: Session, tmp_path: Path) -> None:
    load_lines(session, tmp_path, AUTHORITIES, "Name,,BE,CCA,BE0023")

    report = load_lines(session, tmp_path, CONTROL_BODIES, "BE0023,BE,Body,,NL,A,letter", AE_LETTER)

    assert [tuple(problem) for problem in report.problems] == [
        (2, "BE0023 belongs to another kind of organisation: authority")
    ]
    assert report.loaded == 1


def test_a_file_of_another_sort_loads_nothing(session: Session, tmp_path: Path) -> None:
    report = load_lines(session, tmp_path, "a,b,c", "1,2,3")

    assert (report.loaded, [problem.line for problem in report.problems]) == (0, [1])


def test_a_load_that_changed_something_is_audited_and_one_that_did_not_is_not(session: Session, tmp_path: Path) -> None:
    path = a_file(tmp_path, AUTHORITIES, "Name,,BE,CCA,BE0023")
    for _ in range(2):
        load_file(session, path, environment=Environment.PRODUCTION, now=NOW)

    (event,) = session.scalars(select(AuditEvent)).all()
    assert (event.action, event.actor, event.environment) == ("reference.loaded", "console", "production")
    assert event.details == {"kind": "authority", "loaded": 1, "updated": 0, "problems": 0}
