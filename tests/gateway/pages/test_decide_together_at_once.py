"""Two approvers decide the same requests at the same moment: of each, one wins and the other is told (S32)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.gateway.pages import scenes
from tests.gateway.pages.approvers import administrator_of, all_statuses, asked_for, choose, ends

NAMES = ("Lotte", "Bea", "Cato", "Dora", "Emma", "Fien")


@pytest.mark.req("S32", "R71")
def test_of_two_approvers_at_once_one_decides_each_request_and_the_other_is_told_so(app, visitor, database):
    chiefs = [administrator_of(database), administrator_of(database)]
    requests = asked_for(app, *NAMES)
    accepting = choose(visitor(chiefs[0]), "Accept selected", *NAMES)
    rejecting = choose(visitor(chiefs[1]), "Reject selected", *NAMES)
    start = Barrier(2)

    def press(browser, button, **typed):
        start.wait()
        browser.press(button, **typed)

    with ThreadPoolExecutor(2) as pool:
        works = [
            pool.submit(press, accepting, "Accept selected"),
            pool.submit(press, rejecting, "Reject selected", reason="Not known here."),
        ]
        for work in works:
            work.result()

    assert accepting.status == rejecting.status == 200
    one, other = ends(accepting.page), ends(rejecting.page)
    for name, status in zip(NAMES, all_statuses(app, requests), strict=True):
        won, lost = (one, other) if status == "accepted" else (other, one)
        assert won[f"{name} Peeters"].casefold().endswith(status)
        assert "Decided before you by ALPRO Comm.V.A." in lost[f"{name} Peeters"]
    decided = [*scenes.events(app, "role_request.accepted"), *scenes.events(app, "role_request.rejected")]
    assert len(decided) == len(NAMES)
