"""The whole walk of the letter in Chromium: with scripts and without, and looked at in three languages."""

import pytest

from tests.browser import walk
from tests.browser.conftest import LOCALES, PICTURES
from tests.browser.looks import Looks
from tests.e2e.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.req("R1", "R4", "R20", "R24", "R28", "R57", "R59", "R61", "R62", "R67", "R72", "R73")
def test_without_scripts_a_person_signs_up_asks_and_is_let_in(running: Installation, new_visitor):
    ann, office = new_visitor(scripts=False), new_visitor(scripts=False)
    email = "without@people.example"

    walk.whole_way(ann, office, running, email)

    running.wait_for_mail(email, template="outcome")
    ann.open("/production/profile")
    assert ann.reads("Memberships (1)")


@pytest.mark.parametrize("language", LOCALES)
def test_every_page_of_the_walk_has_no_barrier_and_fits_a_phone(running: Installation, new_visitor, language: str):
    looks = Looks(PICTURES, f"{language}-")
    ann, office = new_visitor(looks, language=language), new_visitor(looks, language=language)
    email = f"looked.{language}@people.example"

    walk.whole_way(ann, office, running, email)

    assert not looks.found, "\n".join(looks.found)
