from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.domain.errors import LinkExpired, LinkLocked, LinkSuperseded, LinkUnknown, LinkUsed
from shared.domain.links import LinkPurpose, Unusable
from shared.models import Link
from shared.services.links import find_link, kill_links, stamp_link, supersede_elders, use_link
from shared.settings import Settings
from tests.builders import an_account
from tests.builders_links import a_link, token_of
from tests.conftest import NOW

NINETY = timedelta(minutes=90)
PASSWORD = LinkPurpose.PASSWORD


@pytest.fixture
def link(session: Session, settings: Settings) -> Link:
    return a_link(session, an_account(session), settings=settings)


@pytest.mark.req("R21", "S4")
@pytest.mark.parametrize("act", [find_link, use_link])
def test_a_link_works_until_the_last_second_of_its_time(
    session: Session, settings: Settings, link: Link, act: object
) -> None:
    def at(now: datetime) -> object:
        return act(session, token_of(link, settings), purpose=PASSWORD, keyring=settings.keyring, now=now)  # type: ignore[operator]

    assert find_link(
        session,
        token_of(link, settings),
        purpose=PASSWORD,
        keyring=settings.keyring,
        now=NOW + NINETY - timedelta(0, 1),
    )
    with pytest.raises(LinkExpired):
        at(NOW + NINETY)
    assert at(NOW + NINETY - timedelta(seconds=1)) is link


@pytest.mark.req("R22", "S3", "S5")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"used_at": NOW}, LinkUsed),
        ({"superseded_at": NOW}, LinkSuperseded),
        ({"expires_at": NOW}, LinkExpired),
        ({"locked_at": NOW}, LinkLocked),
        ({"used_at": NOW, "superseded_at": NOW, "expires_at": NOW}, LinkUsed),
    ],
)
@pytest.mark.parametrize("act", [find_link, use_link])
def test_a_dead_link_says_why(
    *,
    session: Session,
    settings: Settings,
    link: Link,
    changes: dict[str, datetime],
    error: type[Exception],
    act: object,
) -> None:
    for name, value in changes.items():
        setattr(link, name, value)

    with pytest.raises(error):
        act(session, token_of(link, settings), purpose=PASSWORD, keyring=settings.keyring, now=NOW)  # type: ignore[operator]


@pytest.mark.req("S6")
@pytest.mark.parametrize("act", [find_link, use_link])
def test_a_token_of_another_purpose_or_of_no_row_is_unknown(
    session: Session, settings: Settings, link: Link, act: object
) -> None:
    token = token_of(link, settings)
    with pytest.raises(LinkUnknown):
        act(session, token, purpose=LinkPurpose.DECIDE, keyring=settings.keyring, now=NOW)  # type: ignore[operator]
    session.delete(link)
    session.flush()

    with pytest.raises(LinkUnknown):
        act(session, token, purpose=PASSWORD, keyring=settings.keyring, now=NOW)  # type: ignore[operator]


@pytest.mark.req("S3")
def test_using_a_link_is_noted_with_the_products_time(session: Session, settings: Settings, link: Link) -> None:
    use_link(session, token_of(link, settings), purpose=PASSWORD, keyring=settings.keyring, now=NOW)

    assert link.used_at == NOW


@pytest.mark.req("R21")
def test_a_link_is_stamped_at_the_hand_over_and_never_shortened_by_a_later_one(link: Link) -> None:
    link.expires_at = None

    assert stamp_link(link, lifetime=NINETY, now=NOW) is None
    assert link.expires_at == NOW + NINETY
    assert stamp_link(link, lifetime=NINETY, now=NOW + timedelta(minutes=5)) is None
    assert link.expires_at == NOW + timedelta(minutes=95)
    assert stamp_link(link, lifetime=NINETY, now=NOW) is None
    assert link.expires_at == NOW + timedelta(minutes=95)


@pytest.mark.req("R21")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"used_at": NOW}, Unusable.USED),
        ({"superseded_at": NOW}, Unusable.SUPERSEDED),
        ({"expires_at": NOW}, Unusable.EXPIRED),
    ],
)
def test_nothing_dead_comes_back_to_life(link: Link, changes: dict[str, datetime], reason: Unusable) -> None:
    for name, value in changes.items():
        setattr(link, name, value)
    before = link.expires_at

    assert stamp_link(link, lifetime=NINETY, now=NOW) is reason

    assert link.expires_at == before


@pytest.mark.req("S5")
def test_a_link_supersedes_its_elders_of_the_same_person_and_purpose_only(session: Session, settings: Settings) -> None:
    ann, bob = an_account(session), an_account(session)
    minute = timedelta(minutes=1)
    elder, newest = (a_link(session, ann, settings=settings, now=NOW + minute * age) for age in (0, 2))
    newer = a_link(session, ann, settings=settings, now=NOW + minute)
    other_purpose = a_link(session, ann, settings=settings, purpose=LinkPurpose.EMAIL_CHANGE)
    other_person = a_link(session, bob, settings=settings)
    used = a_link(session, ann, settings=settings, used_at=NOW)

    session.flush()
    session.execute(
        supersede_elders(NOW + minute),
        {"owner_id": ann.id, "newer_id": newer.id, "newer_purpose": PASSWORD, "newer_since": newer.created_at},
    )

    dead = set(session.scalars(select(Link.id).where(Link.superseded_at.is_not(None))))
    assert dead == {elder.id}
    assert {newest.id, newer.id, other_purpose.id, other_person.id, used.id}.isdisjoint(dead)


@pytest.mark.req("S5")
def test_a_password_change_kills_every_password_link(session: Session, settings: Settings) -> None:
    ann = an_account(session)
    links = [a_link(session, ann, settings=settings), a_link(session, ann, settings=settings, expires_at=None)]
    kept = a_link(session, ann, settings=settings, purpose=LinkPurpose.EMAIL_CHANGE)

    kill_links(session, ann.id, PASSWORD, now=NOW)

    dead = set(session.scalars(select(Link.id).where(Link.superseded_at.is_not(None))))
    assert dead == {link.id for link in links}
    assert kept.id not in dead
