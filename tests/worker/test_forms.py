"""A form that is filled says what the templates say: the same characters, whatever the values."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.i18n import LANGUAGES
from tests.worker.test_letters import CONTENTS
from worker import forms
from worker.forms import GAPS, can_fill
from worker.letters import _environment, _filled, _written

TYPED = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=90).map(str.strip).filter(bool)
"""What people type and checks let pass, and more than that."""


def both_ways(language: str, contents: dict[str, Any]) -> None:
    assert can_fill("password", contents)
    assert _filled("password", language, contents) == _written("password", _environment(language), contents)


@pytest.mark.parametrize("environment", [None, "production", "training"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_says_the_same_in_every_language(language: str, environment: str | None):
    for is_first in (True, False):
        for is_demo in (True, False):
            more = {"environment": environment, "is_first": is_first, "is_demo": is_demo}
            both_ways(language, CONTENTS | more)


@given(name=TYPED, recipient=TYPED, expires=TYPED, link_url=TYPED)
def test_a_form_says_the_same_whatever_goes_into_it(name: str, recipient: str, expires: str, link_url: str):
    contents = CONTENTS | {"name": name, "recipient": recipient, "expires": expires, "link_url": link_url}
    if can_fill("password", contents):
        both_ways("fr", contents)


@pytest.mark.req("S36")
def test_what_goes_into_a_form_is_text():
    parts = _filled("password", "en", CONTENTS | {"name": "<b>{{7*7}} %(x)s {name} & 'Ann'"})

    assert "&lt;b&gt;{{7*7}} %(x)s {name} &amp; &#39;Ann&#39;" in parts.html
    assert "<b>{{7*7}} %(x)s {name} & 'Ann'" in parts.text


@pytest.mark.parametrize(
    "changes",
    [{"name": ""}, {"name": " Ann"}, {"name": "Ann\n"}, {"name": None}, {"name": forms._GAP}, {"name": forms._WRAP}],
    ids=repr,
)
def test_what_might_not_fit_is_written_by_the_templates(changes: dict[str, Any]):
    assert not can_fill("password", CONTENTS | changes)


def test_a_value_that_is_missing_is_left_to_the_templates_which_refuse():
    assert not can_fill("password", {name: value for name, value in CONTENTS.items() if name != "expires"})
    assert not can_fill("code", CONTENTS)


def test_the_gaps_are_all_shown():
    parts = _filled("password", "en", CONTENTS | {name: f"here-is-{name}" for name in GAPS["password"]})

    for name in GAPS["password"]:
        assert f"here-is-{name}" in parts.text
        assert f"here-is-{name}" in parts.html
