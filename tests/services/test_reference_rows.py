from pathlib import Path

import pytest

from shared import reference
from shared.domain.errors import NotFound
from shared.domain.organisations import AuthorityRole, OrganisationKind
from shared.services.reference_load import SHIPPED
from shared.services.reference_row_kinds import AuthorityRow, ControlBodyRow, OperatorRow
from shared.services.reference_rows import Reading, read_file, read_lines
from tests.builders_reference import AUTHORITIES, CONTROL_BODIES, OPERATORS, a_file


def read(*lines: str | bytes) -> Reading:
    return read_lines((line.encode() if isinstance(line, str) else line) + b"\r\n" for line in lines)


def reasons(*lines: str | bytes) -> list[tuple[int, str]]:
    return [tuple(problem) for problem in read(*lines).problems]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (AUTHORITIES, OrganisationKind.AUTHORITY),
        (CONTROL_BODIES, OrganisationKind.CONTROL_BODY),
        (OPERATORS, OrganisationKind.OPERATOR),
    ],
)
def test_the_first_line_says_what_a_file_holds(header: str, kind: OrganisationKind) -> None:
    assert read(header).kind is kind


@pytest.mark.parametrize("name", SHIPPED)
def test_no_row_that_is_shipped_is_bad(name: str) -> None:
    reading = read_file(reference.DATA / name)

    assert reading.problems == []
    assert len(reading.rows) == len((reference.DATA / name).read_text(encoding="utf-8").splitlines()) - 1


def test_a_byte_order_mark_and_columns_in_another_order_do_not_matter() -> None:
    reading = read("\ufeffrole,code,name,country_code,address_as_printed", "CCA,BE0023,Vlaams Gewest,be,Street 1")

    (row,) = reading.rows
    assert isinstance(row, AuthorityRow)
    assert (row.name, row.country, row.role, row.code) == ("Vlaams Gewest", "BE", AuthorityRole.CCA, "BE0023")


def test_a_cell_that_looks_like_a_formula_is_text() -> None:
    (row,) = read(AUTHORITIES, '"=HYPERLINK(""http://evil.example"")",@SUM(1),BE,CCA,BE1').rows

    assert (row.name, row.address) == ('=HYPERLINK("http://evil.example")', "@SUM(1)")


def test_blanks_inside_an_address_stay_as_printed() -> None:
    (row,) = read(AUTHORITIES, "Name,  9300 Aalst  Belgium ,BE,BCP,BE0001").rows

    assert row.address == "9300 Aalst  Belgium"


def test_empty_lines_are_passed_over() -> None:
    assert len(read(AUTHORITIES, "", "Name,,BE,BCP,BE0001", ",,,,").rows) == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",,BE,CCA,BE1", "name: missing"),
        ("Name,,XX,CCA,BE1", "country_code: 'XX' is no country in the list"),
        ("Name,,,CCA,BE1", "country_code: missing"),
        ("Name,,BE,BOSS,BE1", "role: 'BOSS' is none of BCP, CCA, third-country CA"),
        ("Name,,BE,,BE1", "role: '' is none of BCP, CCA, third-country CA"),
        ("Name,,BE,CCA,<BE1>", "code: '<BE1>' is not made of letters, digits and hyphens"),
        ("Name,,BE,CCA", "4 columns instead of 5"),
        ("Name,,BE,CCA,BE1,more", "6 columns instead of 5"),
        ("Na\x00me,,BE,CCA,BE1", "name: Leave out line breaks and other control characters."),
        ("Na\u202eme,,BE,CCA,BE1", "name: Leave out invisible characters."),
        ("Na\x1bme,,BE,CCA,BE1", "name: Leave out line breaks and other control characters."),
        (f"{'x' * 301},,BE,CCA,BE1", "name: more than 300 characters"),
        (f"{'x' * 2000},,BE,CCA,BE1", "name: Use at most 1000 characters."),
        (f"Name,,BE,CCA,{'1' * 41}", "code: more than 40 characters"),
        (b"Na\xefme,,BE,CCA,BE1", "not UTF-8"),
        ('"Name,,BE,CCA,BE1', "a quotation mark is not closed"),
    ],
)
def test_a_bad_row_of_authorities_is_named_with_line_and_reason_and_the_others_stay(
    line: str | bytes, reason: str
) -> None:
    reading = read(AUTHORITIES, "First,,BE,CCA,BE98", line, "Last,,BE,CCA,BE99")

    assert [tuple(problem) for problem in reading.problems] == [(3, reason)]
    assert [row.name for row in reading.rows] == ["First", "Last"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("AE-BIO-149,AE,,,NL,A,letter", "name: missing"),
        (",AE,Body,,NL,A,letter", "code: missing"),
        ("AE-BIO-149,QQ,Body,,NL,A,letter", "scope_country: 'QQ' is no country in the list"),
        ("AE-BIO-149,AE,Body,,QQ,A,letter", "seat_country: 'QQ' is no country in the list"),
        ("AE-BIO-149,AE,Body,,NL,AG,letter", "categories: 'G' means nothing under letter"),
    ],
)
def test_a_bad_row_of_control_bodies_is_named_with_its_reason(line: str, reason: str) -> None:
    assert reasons(CONTROL_BODIES, line) == [(2, reason)]


def test_a_regime_that_is_not_known_is_refused() -> None:
    ((line, reason),) = reasons(CONTROL_BODIES, "AE-BIO-149,AE,Body,,NL,A,moonlight")

    assert line == 2
    assert reason.startswith("regime: 'moonlight' is none of letter, ")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",BE-ORG-OP-5,,BE,Organic Importer", "name: missing"),
        ("Name,,,BE,Organic Importer", "traces_number: missing"),
        ("Name,BE-ORG-OP-5,,BE,Wizard", "activity_as_printed: 'Wizard' is no activity in the list"),
        ("Name,BE-ORG-OP-5,,BE,", "activity_as_printed: missing"),
    ],
)
def test_a_bad_row_of_operators_is_named_with_its_reason(line: str, reason: str) -> None:
    assert reasons(OPERATORS, line) == [(2, reason)]


def test_an_operator_that_is_not_valid_cannot_be_loaded() -> None:
    assert reasons(f"{OPERATORS},status_guess", "Name,BE-ORG-OP-5,,BE,Organic Importer,new") == [
        (2, "status_guess: 'new' cannot be loaded, only valid")
    ]


@pytest.mark.parametrize(
    ("header", "start"),
    [
        ("", "the first line must name columns"),
        ("name;address_as_printed;country_code;role;code", "the first line must name columns"),
        ("name,role,code", "the first line must name columns"),
        (f"{AUTHORITIES},boss", "unknown column: 'boss'"),
        (f"{AUTHORITIES},code", "a column is named twice"),
        (b"\xff\xfen\x00a\x00m\x00e\x00", "not UTF-8"),
        ('"name', "a quotation mark is not closed"),
    ],
)
def test_without_a_usable_first_line_nothing_is_read(header: str | bytes, start: str) -> None:
    reading = read(header, "Name,,BE,CCA,BE1")

    assert (reading.kind, reading.rows) == (None, [])
    ((line, reason),) = reading.problems
    assert line == 1
    assert reason.startswith(start)


@pytest.mark.parametrize(
    ("header", "line", "again"),
    [
        (AUTHORITIES, "Name,,BE,CCA,BE0023", "Other name,,BE,BCP,be0023"),
        (AUTHORITIES, "Ministère,,FR,CCA,", "MINISTERE,,FR,CCA,"),
        (CONTROL_BODIES, "AE-BIO-149,AE,Body,,NL,A,letter", "AE-BIO-149,AE,Body,,NL,AB,letter"),
        (OPERATORS, "Name,BE-ORG-OP-5,,BE,Organic Importer", "Name,BE-ORG-OP-5,,BE,Organic Exporter"),
    ],
)
def test_a_row_that_is_there_twice_is_a_problem_of_the_second(header: str, line: str, again: str) -> None:
    assert reasons(header, line, again) == [(3, "the same as line 2")]


def test_one_code_under_two_regimes_is_no_repetition() -> None:
    reading = read(CONTROL_BODIES, "AE-BIO-149,AE,Body,,NL,A,letter", "AE-BIO-149,AE,Body,,NL,AG,compliance-2018-848")

    assert reading.problems == []


def test_the_country_certified_comes_from_its_column_and_never_from_the_code() -> None:
    (row,) = read(CONTROL_BODIES, "CB-BIO-140,CU,CERES GmbH,,DE,AD,equivalence-834-2007").rows

    assert isinstance(row, ControlBodyRow)
    assert (row.code, row.scope) == ("CB-BIO-140", "CU")


@pytest.mark.parametrize(
    ("printed", "role", "takes_requests", "confirmed"),
    [
        ("BCP", AuthorityRole.BCP, True, True),
        ("CCA", AuthorityRole.CCA, True, True),
        ("BCP-like", AuthorityRole.BCP, True, False),
        ("CCA-like", AuthorityRole.CCA, True, False),
        ("third-country CA", AuthorityRole.CCA, False, False),
    ],
)
def test_a_role_that_the_source_does_not_say_in_so_many_words_is_not_confirmed(
    printed: str, role: AuthorityRole, takes_requests: bool, confirmed: bool
) -> None:
    (row,) = read(AUTHORITIES, f"Name,,FR,{printed},").rows

    assert isinstance(row, AuthorityRow)
    assert (row.role, row.takes_requests, row.confirmed) == (role, takes_requests, confirmed)


def test_an_operator_may_have_several_activities() -> None:
    (row,) = read(OPERATORS, "Name,BE-ORG-OP-5,,BE,Organic Importer (ORGANIC IMPORTER); first consignee").rows

    assert isinstance(row, OperatorRow)
    assert row.activities == ("ORGANIC_IMPORTER", "FIRST_CONSIGNEE")


def test_a_file_that_is_not_there_is_said_plainly_and_by_its_name_only(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"^nowhere\.csv: No such file or directory$"):
        read_file(tmp_path / "nowhere.csv")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_file(tmp_path)


def test_old_line_ends_inside_a_cell_are_refused(tmp_path: Path) -> None:
    path = a_file(tmp_path, AUTHORITIES, '"Two\rlines",,BE,CCA,BE1')

    assert [problem.line for problem in read_file(path).problems] == [2]
