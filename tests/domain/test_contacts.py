# ruff: noqa: RUF001  (full-width digits are no digits)
import unicodedata
from typing import Protocol

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.domain import contacts
from shared.domain.contacts import Unacceptable, check_phone, multi_line, single_line


class Clean(Protocol):
    def __call__(self, value: str, *, limit: int) -> str: ...


CONTROLS = ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ud800"]
HIDDEN = ["\u202a", "\u202e", "\u2066", "\u2069", "\u200b", "\u2060", "\ufeff"]


@pytest.mark.req("S35")
@pytest.mark.parametrize("char", ["\r", "\n", "\r\n", "\t", "\v", *CONTROLS])
def test_a_single_line_holds_no_break_and_no_control_character(char: str) -> None:
    with pytest.raises(Unacceptable, match=r"^Leave out line breaks and other control characters\.$"):
        single_line(f"Subject{char}Bcc: all@alpro.example", limit=100)


@pytest.mark.req("S35", "S39")
@pytest.mark.parametrize("clean", [single_line, multi_line])
@pytest.mark.parametrize("char", HIDDEN)
def test_no_text_holds_direction_overrides_or_zero_width_characters(clean: Clean, char: str) -> None:
    with pytest.raises(Unacceptable, match=r"^Leave out invisible characters\.$"):
        clean(f"a{char}b", limit=100)


@pytest.mark.req("S35")
@pytest.mark.parametrize("char", CONTROLS)
def test_a_message_holds_no_control_character(char: str) -> None:
    with pytest.raises(Unacceptable, match=r"^Leave out control characters\.$"):
        multi_line(f"Dear colleagues,{char}please", limit=100)


@pytest.mark.req("R59")
def test_a_message_keeps_its_lines_as_line_feeds_and_its_tabs_as_blanks() -> None:
    assert multi_line("  Dear colleagues,\r\n\r\nplease\rlet me\tin.\n", limit=100) == (
        "Dear colleagues,\n\nplease\nlet me in."
    )


@pytest.mark.req("R59")
def test_the_sample_message_of_the_letter_is_accepted() -> None:
    assert multi_line("Test demonstration", limit=contacts.MESSAGE_MAX) == "Test demonstration"


def test_a_single_line_is_trimmed_folded_and_composed() -> None:
    assert single_line(" 1000\u00a0 Bruxelles\u3000Cafe\u0301 ", limit=100) == "1000 Bruxelles Café"


@pytest.mark.parametrize("clean", [single_line, multi_line])
def test_a_text_may_be_empty_and_exactly_as_long_as_its_limit(clean: Clean) -> None:
    assert clean("   ", limit=5) == ""
    assert clean("12345", limit=5) == "12345"


@pytest.mark.parametrize("clean", [single_line, multi_line])
def test_a_longer_text_is_told_the_limit(clean: Clean) -> None:
    with pytest.raises(Unacceptable, match=r"^Use at most 5 characters\.$"):
        clean("123456", limit=5)


def test_a_line_break_of_a_browser_counts_as_one_character() -> None:
    assert multi_line("12\r\n45", limit=5) == "12\n45"


def test_the_sentence_of_a_refusal_can_be_translated_before_its_gaps_are_filled() -> None:
    with pytest.raises(Unacceptable) as refusal:
        single_line("123456", limit=5)

    assert refusal.value.sentence % refusal.value.values == str(refusal.value)
    assert "5" not in refusal.value.sentence


@pytest.mark.parametrize("text", ["👩‍🔬 🙂", "می‌خواهم", "Wijngaardveld (Industriezone Noord V) 34A", "<b>&'\""])
def test_ordinary_texts_of_all_scripts_pass(text: str) -> None:
    assert single_line(text, limit=100) == text


@pytest.mark.req("R59", "R39")
@pytest.mark.parametrize(
    "phone", ["+32 02 123456", "+32123456", "02/123.45.67", "(0032) 2-123-456", "123456", "1" * 20, "+1 (555) 010-0199"]
)
def test_a_phone_number_is_kept_as_typed(phone: str) -> None:
    assert check_phone(f"  {phone} ") == phone


@pytest.mark.parametrize(
    "phone", ["call me", "+32 02 ext 5", "12+345678", "++32123456", "", "+", "1234567a", "٠١٢٣٤٥٦٧", "１２３４５６７"]
)
def test_a_phone_number_holds_digits_and_a_few_signs_only(phone: str) -> None:
    with pytest.raises(Unacceptable, match=r"^Give a phone number of digits"):
        check_phone(phone)


@pytest.mark.parametrize("phone", ["12345", "+1 2 3 4 5", "1" * 21])
def test_a_phone_number_has_six_to_twenty_digits(phone: str) -> None:
    with pytest.raises(Unacceptable, match=r"^Give a phone number of 6 to 20 digits\.$"):
        check_phone(phone)


def test_a_phone_number_of_blanks_and_signs_without_end_is_refused() -> None:
    with pytest.raises(Unacceptable, match=r"^Use at most 40 characters\.$"):
        check_phone("1 - . " * 20)


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=30), st.sampled_from([single_line, multi_line]))
@example("a\r\r\nb", multi_line)
def test_what_was_cleaned_holds_nothing_hidden_and_stays_as_it_is(text: str, clean: Clean) -> None:
    try:
        cleaned = clean(text, limit=30)
    except Unacceptable:
        return

    categories = {unicodedata.category(char) for char in cleaned.replace("\n", "" if clean is multi_line else "\n")}
    assert not categories & {"Cc", "Cs", "Zl", "Zp"}
    assert clean(cleaned, limit=30) == cleaned
