import csv
import io

import pytest

from gateway.commands.csv_rows import harmless, write_rows
from tests.builders import an_account
from tests.builders_sent import a_sent_mail


@pytest.mark.req("S42")
@pytest.mark.parametrize(
    "typed",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\u00a0=1+1", "  =cmd|' /C calc'!A0", "\u3000+1"],
)
def test_what_a_spreadsheet_would_compute_gets_an_apostrophe(typed: str):
    assert harmless(typed) == f"'{typed}"


@pytest.mark.req("S42")
@pytest.mark.parametrize("typed", ["ALPRO Comm.V.A.", "a=b", "5.1.1", "", "Ünï", "x-y", "'quoted'"])
def test_anything_else_stays_as_it_is(typed: str):
    assert harmless(typed) == typed


@pytest.mark.req("S42")
def test_a_quote_or_a_line_break_in_a_cell_starts_no_other_cell():
    target = io.StringIO()

    write_rows(target, [['a"b', "c\r\nd", "=1,2", None]])

    assert target.getvalue() == '"a""b","c\r\nd","\'=1,2",""\r\n'
    assert list(csv.reader(io.StringIO(target.getvalue(), newline=""))) == [['a"b', "c\r\nd", "'=1,2", ""]]


@pytest.mark.req("S42")
def test_the_list_of_mails_goes_into_a_spreadsheet_as_text(app, session):
    a_sent_mail(session, an_account(session, email="=1+1@alpro.example"), reason="-2")
    session.commit()

    answer = app.test_cli_runner().invoke(args=["emails", "list", "--csv"])

    head, row = csv.reader(io.StringIO(answer.output, newline=""))
    assert head[:4] == ["created_at", "id", "template", "recipient"]
    assert (row[3], row[6]) == ("'=1+1@alpro.example", "'-2")
