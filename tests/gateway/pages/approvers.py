"""Approvers with an account, and requests that wait for them; see ``tests.gateway.pages.scenes``."""

from collections.abc import Sequence
from uuid import UUID

from bs4 import BeautifulSoup

from gateway.application import Gateway
from shared.db import Database
from shared.models import Account
from tests.builders import a_membership, an_account, an_administrator
from tests.builders_role_requests import a_role_request, an_assignment
from tests.gateway.pages import scenes
from tests.gateway.pages.scenes import ALPRO
from tests.gateway.pages.visitors import Visitor

LIST = "/production/decisions"


def administrator_of(database: Database, name: str = ALPRO) -> Account:
    """Somebody who decides for an organisation of the demonstration."""
    with database.transaction() as session:
        chief = an_account(session, first_name="Chris", last_name="Chief")
        organisation = scenes.organisation(session, name)
        a_membership(session, chief, organisation.posts[0])
        an_administrator(session, chief, organisation)
        return chief


def member_of(database: Database, name: str) -> Account:
    """Somebody who holds the post of an authority of the demonstration, which speaks through its members."""
    with database.transaction() as session:
        member = an_account(session, first_name="Mia", last_name="Member")
        a_membership(session, member, scenes.organisation(session, name).posts[0])
        return member


def asked_for(app: Gateway, *first_names: str, name: str = ALPRO) -> list[UUID]:
    """These people have asked for an organisation, and its offices were asked to decide; the ids of the requests."""
    with app.database.transaction() as session:
        people = [an_account(session, first_name=first_name) for first_name in first_names]
    return [scenes.sent(app, person, name) for person in people]


def many_wait_for(database: Database, account: Account, number: int) -> None:
    """So many requests wait for somebody, without the mails about them."""
    with database.transaction() as session:
        organisation = scenes.organisation(session, ALPRO)
        for _ in range(number):
            role_request = a_role_request(session, an_account(session), organisation.posts[0])
            an_assignment(session, role_request, office=organisation, account=account)


def choose(visitor: Visitor, button: str, *names: str) -> Visitor:
    """Tick the rows of these people in the list, and press one of its two buttons."""
    visitor.go(LIST)
    visitor.press(button, assignment_ids=visitor.tick(*names))
    return visitor


def ends(page: BeautifulSoup) -> dict[str, str]:
    """What a page of results tells of each person."""
    return {one.find("strong").get_text(): " ".join(one.get_text(" ").split()) for one in page.select(".told > li")}


def all_statuses(app: Gateway, role_requests: Sequence[UUID]) -> list[str]:
    """Where the one item of each of these requests stands."""
    return [status for one in role_requests for status in scenes.statuses(app, one)]
