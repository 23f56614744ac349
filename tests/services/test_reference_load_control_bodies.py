from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.models import Post, Recognition
from shared.settings import Settings
from tests.builders import an_account, an_administrator
from tests.builders_reference import (
    CONTROL_BODIES,
    load_lines,
    only_one,
    organisations,
    the_demo,
)

AE_LETTER = "AE-BIO-149,AE,Control Union,Zwolle Netherlands,NL,ABCDEF,letter"


def recognitions(session: Session, code: str) -> list[tuple[str, str, int]]:
    found = session.scalars(select(Recognition).join(Post).where(Post.code == code).order_by(Recognition.rank))
    return [(one.regime, one.categories, one.rank) for one in found]


def test_a_code_listed_twice_is_one_post_with_two_recognitions(session: Session, settings: Settings) -> None:
    the_demo(session, settings)

    assert recognitions(session, "AE-BIO-171") == [
        ("compliance-2018-848", "ABCDEG", 1),
        ("equivalence-834-2007", "ABCDE", 2),
    ]
    assert recognitions(session, "AZ-BIO-149") == [("letter", "AB", 0), ("equivalence-834-2007", "ABCDEF", 2)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_letter_s_row_rules_name_address_and_place_whatever_the_order_of_rows(
    session: Session, tmp_path: Path, order: tuple[int, int]
) -> None:
    lines = [AE_LETTER, "AE-BIO-149,AE,CONTROL UNION,Other address,NL,AB,equivalence-834-2007"]
    load_lines(session, tmp_path, CONTROL_BODIES, *(lines[place] for place in order))

    body = only_one(session)
    assert (body.name, body.address, body.posts[0].printed_address) == (
        "Control Union",
        "Zwolle Netherlands",
        "Zwolle Netherlands",
    )


def test_the_letter_s_row_still_rules_when_a_later_file_holds_another_regime(session: Session, tmp_path: Path) -> None:
    load_lines(session, tmp_path, CONTROL_BODIES, AE_LETTER)

    load_lines(session, tmp_path, CONTROL_BODIES, "AE-BIO-149,AE,CU Global,Other address,NL,AB,equivalence-834-2007")

    body = only_one(session)
    assert (body.name, body.posts[0].printed_address) == ("Control Union", "Zwolle Netherlands")
    assert [regime for regime, _, _ in recognitions(session, "AE-BIO-149")] == ["letter", "equivalence-834-2007"]


def test_a_control_body_is_one_organisation_per_name_and_seat(session: Session, tmp_path: Path) -> None:
    load_lines(
        session,
        tmp_path,
        CONTROL_BODIES,
        "AE-BIO-1,AE,Kiwa,,DE,A,equivalence-834-2007",
        "AF-BIO-1,AF,KIWA,,DE,A,equivalence-834-2007",
        "AE-BIO-2,AE,Kiwa,,PT,A,equivalence-834-2007",
        "AE-BIO-3,AE,Kiwa GmbH,,DE,A,equivalence-834-2007",
    )

    found = {(one.name, one.country, len(one.posts)) for one in organisations(session)}
    assert found == {("Kiwa", "DE", 2), ("Kiwa", "PT", 1), ("Kiwa GmbH", "DE", 1)}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("files", [1, 2])
def test_a_row_without_a_seat_joins_the_one_body_of_the_same_name(
    session: Session, tmp_path: Path, order: tuple[int, int], files: int
) -> None:
    lines = [
        "XK-BIO-128,XK,Certisys,Brussels,BE,A,equivalence-834-2007",
        "LU-BIO-06,LU,Certisys,,,,member-state",
    ]
    chosen = [lines[place] for place in order]
    for start in range(files):
        load_lines(session, tmp_path, CONTROL_BODIES, *chosen[start::files])

    body = only_one(session)
    assert (body.country, {post.code for post in body.posts}) == ("BE", {"XK-BIO-128", "LU-BIO-06"})


def test_a_row_without_a_seat_joins_nobody_when_two_bodies_have_its_name(session: Session, tmp_path: Path) -> None:
    load_lines(
        session,
        tmp_path,
        CONTROL_BODIES,
        "AE-BIO-1,AE,Kiwa,,DE,A,equivalence-834-2007",
        "AE-BIO-2,AE,Kiwa,,PT,A,equivalence-834-2007",
        "LU-BIO-9,LU,Kiwa,,,,member-state",
    )

    assert {(one.country, one.posts[0].code) for one in organisations(session)} == {
        ("DE", "AE-BIO-1"),
        ("PT", "AE-BIO-2"),
        (None, "LU-BIO-9"),
    }


def test_a_body_that_was_renamed_keeps_its_administrators(session: Session, tmp_path: Path) -> None:
    load_lines(session, tmp_path, CONTROL_BODIES, "AE-BIO-1,AE,BCS,,DE,A,equivalence-834-2007")
    an_administrator(session, an_account(session), only_one(session))
    body_id = only_one(session).id

    report = load_lines(session, tmp_path, CONTROL_BODIES, "AE-BIO-1,AE,Kiwa BCS,,DE,A,equivalence-834-2007")

    assert (report.loaded, report.updated) == (0, 1)
    assert (only_one(session).id, only_one(session).name) == (body_id, "Kiwa BCS")


def test_a_code_that_changed_hands_goes_to_the_other_body(session: Session, tmp_path: Path) -> None:
    load_lines(
        session,
        tmp_path,
        CONTROL_BODIES,
        "AE-BIO-1,AE,First,,DE,A,equivalence-834-2007",
        "AE-BIO-2,AE,First,,DE,A,equivalence-834-2007",
    )

    load_lines(session, tmp_path, CONTROL_BODIES, "AE-BIO-2,AE,Second,,DE,A,equivalence-834-2007")

    assert {(one.name, one.posts[0].code) for one in organisations(session)} == {
        ("First", "AE-BIO-1"),
        ("Second", "AE-BIO-2"),
    }


def test_the_address_of_each_row_is_kept_beside_its_code(session: Session, settings: Settings) -> None:
    the_demo(session, settings)

    addresses = dict(
        session.execute(
            select(Post.code, Post.printed_address).where(Post.code.in_(["AM-BIO-149", "AZ-BIO-149", "AO-BIO-149"]))
        ).all()
    )
    assert addresses == {
        "AM-BIO-149": "Meeuwenlaan 4-6 8011 Zwolle Netherlands",
        "AZ-BIO-149": "Meeuwenlaan 4-6 8011 Zwolle",
        "AO-BIO-149": "Meeuwenlaan 4-6, 8011 BZ Zwolle, The Netherlands",
    }


def test_further_codes_of_another_regime_do_not_change_how_the_letter_s_body_is_shown(
    session: Session, tmp_path: Path
) -> None:
    load_lines(session, tmp_path, CONTROL_BODIES, AE_LETTER)

    load_lines(session, tmp_path, CONTROL_BODIES, "AO-BIO-149,AO,CONTROL UNION,Elsewhere,NL,A,equivalence-834-2007")

    body = only_one(session)
    assert (body.name, body.address) == ("Control Union", "Zwolle Netherlands")
    assert {post.code: post.printed_address for post in body.posts} == {
        "AE-BIO-149": "Zwolle Netherlands",
        "AO-BIO-149": "Elsewhere",
    }
