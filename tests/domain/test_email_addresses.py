import email_validator
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from shared.domain.contacts import EMAIL_MAX, Unacceptable
from shared.domain.email_addresses import is_role_mailbox, normalise

LETTERS = st.characters(categories=["Lu", "Ll", "Lt", "Lo", "Lm", "Nd", "Mn"])
LABEL = st.text(alphabet=LETTERS | st.sampled_from("abcABCßςΣİ-"), min_size=1, max_size=12)
LOCAL = st.text(alphabet=LETTERS | st.sampled_from("abcABC.+_'-ßΐ"), min_size=1, max_size=20)


@pytest.mark.req("S40")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A@x.EU", "a@x.eu"),
        (" name@domain.com ", "name@domain.com"),
        ("ann@MÜNCHEN.example", "ann@xn--mnchen-3ya.example"),
        ("ann@münchen.example", "ann@XN--MNCHEN-3YA.example"),
        ("ann@mu\u0308nchen.example", "ann@münchen.example"),
        ("ann@alpro。example", "ann@alpro.example"),
        ("ann@ΟΔΟΣ.example", "ann@οδοσ.example"),
        ("JOSÉ@alpro.example", "jose\u0301@alpro.example"),
    ],
)
def test_two_ways_to_write_one_mailbox_have_one_key(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.req("S40")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann.berg@alpro.example", "annberg@alpro.example"),
        ("ann+traces@alpro.example", "ann@alpro.example"),
        ("ann@alpro.example", "ann@mail.alpro.example"),
        ("ann@straße.example", "ann@strasse.example"),
        ("ann@οδος.example", "ann@οδοσ.example"),
        ("ann@alpro.example", "\N{CYRILLIC SMALL LETTER A}nn@alpro.example"),
    ],
)
def test_dots_tags_and_letters_of_their_own_are_not_rewritten(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@pytest.mark.req("S40")
def test_the_domain_of_a_key_is_lower_case_punycode() -> None:
    assert normalise("Ann@Straße.Example") == "ann@xn--strae-oqa.example"


@pytest.mark.req("S40", "S51")
@settings(deadline=None, max_examples=300)
@given(LOCAL, LABEL, st.sampled_from(["org", "example", "Ελλάς", "укр"]))
@example("a", "x\ufe0fy", "org")
@example("a", "\u03f2y", "org")
@example("ΐ" * 10, "ẞ", "org")
def test_every_accepted_address_has_a_stable_key_at_the_domain_that_mail_goes_to(
    local: str, label: str, top: str
) -> None:
    address = f"{local}@{label}.{top}"
    try:
        valid = email_validator.validate_email(address, check_deliverability=False, test_environment=True)
    except email_validator.EmailNotValidError:
        assume(False)

    key = normalise(address)

    assert key.rpartition("@")[2] == valid.ascii_domain
    assert normalise(key) == normalise(valid.normalized) == key


def test_the_longest_key_fits_its_column() -> None:
    longest = "ΐ" * 32 + "@" + ".".join(["x" * 60] * 3) + ".org"
    email_validator.validate_email(longest, check_deliverability=False)

    assert len(longest) <= EMAIL_MAX
    assert len(normalise(longest)) <= 320


@pytest.mark.parametrize("address", ["", "ann", "@alpro.example", "ann@", " @ "])
def test_what_is_no_address_is_refused_with_an_example(address: str) -> None:
    with pytest.raises(Unacceptable, match=r"^Give an e-mail address such as name@example\.org\.$"):
        normalise(address)


@pytest.mark.req("R18")
@pytest.mark.parametrize(
    "local",
    [
        "info",
        "INFO",
        "office",
        "poststelle",
        "helpdesk",
        "customs",
        "customs-antwerpen",
        "info.be",
        "bcp2",
        "sante-traces",
        "douane",
        "zollamt.hamburg",
        "post",
        "bureau",
        "secrétariat",
        "noreply",
        "sales+eu",
        "control_union",
        "certification",
        "τελωνείο",
        "митница",
    ],
)
def test_the_mailbox_of_an_office_is_flagged(local: str) -> None:
    assert is_role_mailbox(f"{local}@alpro.example")


@pytest.mark.req("R18")
@pytest.mark.parametrize(
    "local",
    [
        "ann.berg",
        "jan.post",
        "post.jan",
        "m.bureau",
        "ann+info",
        "jean-luc.delatour",
        "sandor.kovats",
        "a.zollner42",
        "infantino",
        "maria.desa",
        "ελενη.παπα",
        "n.companys",
    ],
)
def test_the_mailbox_of_a_person_is_not_flagged(local: str) -> None:
    assert not is_role_mailbox(f"{local}@customs.example")
