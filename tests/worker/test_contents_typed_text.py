import pytest
from sqlalchemy.orm import Session

from shared.models import OperatorDetails
from tests.builders import an_organisation
from worker.contents.typed_text import name_of, shortened, unlinked, without_codes


@pytest.mark.req("S36")
@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("http://evil.example/path", "http: //evil. example/path"),
        ("HTTPS://EVIL.EXAMPLE", "HTTPS: //EVIL. EXAMPLE"),
        ("s3://bucket", "s3: //bucket"),
        ("www.1and1.example", "www. 1and1. example"),
        ("evil.example", "evil. example"),
        ("sub.evil.example:8080", "sub. evil. example: 8080"),
        ("mailto:a@evil.example", "mailto: a@evil. example"),
        ("tel:+32123456", "tel: +32123456"),
        ("зло.рф", "зло. рф"),
        ("evil\N{IDEOGRAPHIC FULL STOP}example", "evil\N{IDEOGRAPHIC FULL STOP} example"),
        (r"\\evil\share", r"\ \evil\share"),
    ],
)
def test_what_mail_programs_make_links_of_is_parted(typed: str, shown: str) -> None:
    assert unlinked(typed) == shown


@pytest.mark.req("S36")
@pytest.mark.parametrize(
    "typed",
    ["Ann Peeters", "ALPRO Comm.V.A.", "J.R.R. Tolkien", "Żółć sp. z o.o.", "O'Neill-Smith", "10:30", "Art. 7, 1.2.3"],
)
def test_ordinary_names_and_words_stay_as_they_are(typed: str) -> None:
    assert unlinked(typed) == typed


@pytest.mark.req("S36", "S30")
def test_the_name_of_an_operator_that_somebody_typed_is_unlinked(session: Session) -> None:
    typed = an_organisation(session, name="evil.example", operator=OperatorDetails())

    assert name_of(typed) == "evil. example"


def test_a_name_from_the_reference_data_stays_verbatim(session: Session) -> None:
    assert name_of(an_organisation(session, kind="control_body", name="Bio.inspecta AG")) == "Bio.inspecta AG"


@pytest.mark.parametrize(("text", "shown"), [("twelve chars", "twelve chars"), ("thirteen char", "thirteen ch…")])
def test_a_text_is_shortened_only_where_it_is_too_long(text: str, shown: str) -> None:
    assert shortened(text, 12) == shown


def test_a_shortened_text_does_not_end_in_a_blank() -> None:
    assert shortened("Vlaamse Overheid", 9) == "Vlaamse…"


@pytest.mark.req("S25")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Code 123456", "Code 123 456"),
        ("BE-ORG-OP-1234567", "BE-ORG-OP-123 456 7"),
        ("٠١٢٣٤٥", "٠١٢ ٣٤٥"),
        ("BE-ORG-OP-12345", "BE-ORG-OP-12345"),
    ],
)
def test_a_number_of_six_digits_or_more_is_parted(text: str, shown: str) -> None:
    assert without_codes(text) == shown
