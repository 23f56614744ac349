from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from shared.settings import Settings
from tests.builders import a_membership, an_account
from tests.builders_reference import (
    AUTHORITIES,
    load_lines,
    only_one,
    organisations,
    the_demo,
)


def test_an_authority_that_changed_is_updated_and_not_doubled(session: Session, tmp_path: Path) -> None:
    load_lines(session, tmp_path, AUTHORITIES, "Old name,Old street,BE,BCP,BE0023")

    report = load_lines(session, tmp_path, AUTHORITIES, "Région,New street,BE,CCA,be0023")

    assert (report.loaded, report.updated) == (0, 1)
    authority = only_one(session)
    assert (authority.name, authority.search_name, authority.address, authority.role, authority.reference) == (
        "Région",
        "region",
        "New street",
        "CCA",
        "BE0023",
    )


def test_an_authority_without_a_code_gets_a_reference_of_country_role_and_name(
    session: Session, tmp_path: Path
) -> None:
    line = "Länder authorities (one per Land),,DE,CCA,"
    load_lines(session, tmp_path, AUTHORITIES, line)

    assert load_lines(session, tmp_path, AUTHORITIES, line).unchanged == 1
    assert only_one(session).reference == "de-cca-lander-authorities-one-per-land"
    assert only_one(session).posts[0].code is None


@pytest.mark.parametrize("name", ["Υπουργείο Αγροτικής Ανάπτυξης", "Ministry " * 30])
def test_a_reference_is_short_and_plain_whatever_the_name(session: Session, tmp_path: Path, name: str) -> None:
    load_lines(session, tmp_path, AUTHORITIES, f"{name},,GR,CCA,", f"{name}2,,GR,CCA,")

    references = {one.reference for one in organisations(session)}
    assert len(references) == 2
    assert all(one.isascii() and len(one) <= 56 and one.startswith("gr-cca-") for one in references)


def test_two_names_that_differ_in_punctuation_only_get_two_references(session: Session, tmp_path: Path) -> None:
    load_lines(session, tmp_path, AUTHORITIES, "A & B,,DE,CCA,", "A / B,,DE,CCA,")

    assert len({one.reference for one in organisations(session)}) == 2


def test_an_authority_whose_code_becomes_known_keeps_its_people(session: Session, tmp_path: Path) -> None:
    load_lines(session, tmp_path, AUTHORITIES, "RVO,,NL,CCA,")
    membership = a_membership(session, an_account(session), only_one(session).posts[0])

    report = load_lines(session, tmp_path, AUTHORITIES, "RVO,,NL,CCA,NL0001")

    assert (report.loaded, report.updated) == (0, 1)
    assert (only_one(session).reference, membership.post.code) == ("NL0001", "NL0001")


def test_a_third_country_authority_takes_no_requests(session: Session, settings: Settings) -> None:
    the_demo(session, settings)

    refusing = [one for one in organisations(session, "authority") if not one.takes_requests]
    assert {one.country for one in refusing} == {"AR", "AU", "CA", "CR", "IL", "IN", "JP", "KR", "NZ", "TN", "US"}


def test_a_role_that_is_not_said_in_so_many_words_is_marked_unconfirmed(session: Session, settings: Settings) -> None:
    the_demo(session, settings)

    roles = {one.reference: (one.role, one.confirmed) for one in organisations(session, "authority")}
    assert roles["at-bcp-bavg"] == ("BCP", False)
    assert roles["nl-cca-rvo"] == ("CCA", False)
    assert roles["BE0001"] == ("BCP", True)


def test_a_row_that_names_no_code_does_not_take_the_known_one_away(session: Session, tmp_path: Path) -> None:
    load_lines(session, tmp_path, AUTHORITIES, "RVO,,NL,CCA,NL0001")

    report = load_lines(session, tmp_path, AUTHORITIES, "RVO,Street 1,NL,CCA,")

    assert (report.loaded, report.updated) == (0, 1)
    assert (only_one(session).reference, only_one(session).posts[0].code) == ("NL0001", "NL0001")
