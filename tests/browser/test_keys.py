"""The whole walk of the letter without a mouse (WCAG 2.1.1, 2.1.2, 2.4.7, 2.4.11)."""

import pytest

from tests.browser import walk
from tests.browser.keys import Keys
from tests.e2e.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.req("R1", "R24", "R28", "R57", "R73")
def test_a_person_signs_up_asks_and_is_let_in_by_keys_alone(running: Installation, new_visitor):
    ann, office = Keys(new_visitor().page), Keys(new_visitor().page)
    email = "by.keys@people.example"

    walk.whole_way(ann, office, running, email)

    running.wait_for_mail(email, template="outcome")
    ann.open("/production/profile")
    assert ann.reads("Memberships (1)")
    assert not ann.unseen + office.unseen
