import re
from collections.abc import Callable, Hashable
from collections.abc import Set as AbstractSet
from itertools import chain, combinations, product
from typing import Any

import pytest

from shared.domain.organisations import AuthorityRole, OperatorStatus
from shared.domain.roles import RoleKind
from shared.domain.routing import (
    SENTENCES,
    Office,
    OfficeKind,
    PostFacts,
    Rule,
    first_step_with_recipients,
    next_step,
    route,
)

ORGANISATION = "organisation-7"

POSTS: dict[str, dict[str, Any]] = {
    "valid operator": {"kind": RoleKind.OPERATOR, "operator_status": OperatorStatus.VALID},
    "new operator": {"kind": RoleKind.OPERATOR, "operator_status": OperatorStatus.NEW},
    "rejected operator": {"kind": RoleKind.OPERATOR, "operator_status": OperatorStatus.REJECTED},
    "control body": {"kind": RoleKind.CONTROL_BODY},
    "BCP": {"kind": RoleKind.AUTHORITY, "authority_role": AuthorityRole.BCP},
    "CCA": {"kind": RoleKind.AUTHORITY, "authority_role": AuthorityRole.CCA},
}
COUNTRIES: dict[str, dict[str, Any]] = {
    "in the Union": {"country": "BE", "in_union": True},
    "outside the Union": {"country": "TR", "in_union": False},
    "no seat": {"country": None, "in_union": False},
}


def post(name: str, place: str = "in the Union") -> PostFacts:
    return PostFacts(organisation=ORGANISATION, **POSTS[name], **COUNTRIES[place])


Words = tuple[str, Hashable, str]

ITSELF: Words = ("organisation", ORGANISATION, "own_organisation")
LATER: Words = ("commission", None, "next_level")


def national(rule: str) -> Words:
    return ("national_authority", "BE", rule)


def commission(rule: str) -> Words:
    return ("commission", None, rule)


# (post, place): the steps, each office as (kind, organisation or country, rule)
EXPECTED = {
    ("valid operator", "in the Union"): [[ITSELF, national("operator_country")], [LATER]],
    ("valid operator", "outside the Union"): [[ITSELF, commission("outside_union")]],
    ("valid operator", "no seat"): [[ITSELF, commission("no_seat")]],
    ("new operator", "in the Union"): [[national("new_operator_country")], [LATER]],
    ("new operator", "outside the Union"): [[commission("outside_union")]],
    ("new operator", "no seat"): [[commission("no_seat")]],
    ("rejected operator", "in the Union"): [[national("new_operator_country")], [LATER]],
    ("rejected operator", "outside the Union"): [[commission("outside_union")]],
    ("rejected operator", "no seat"): [[commission("no_seat")]],
    ("control body", "in the Union"): [[ITSELF, national("control_body_seat")], [LATER]],
    ("control body", "outside the Union"): [[ITSELF, commission("outside_union")]],
    ("control body", "no seat"): [[ITSELF, commission("no_seat")]],
    ("BCP", "in the Union"): [[ITSELF, national("border_control_post_country")], [LATER]],
    ("BCP", "outside the Union"): [[ITSELF, commission("outside_union")]],
    ("BCP", "no seat"): [[ITSELF, commission("no_seat")]],
    ("CCA", "in the Union"): [[ITSELF, commission("central_authority")]],
    ("CCA", "outside the Union"): [[ITSELF, commission("central_authority")]],
    ("CCA", "no seat"): [[ITSELF, commission("central_authority")]],
}


def in_words(office: Office) -> Words:
    return (str(office.kind), office.organisation or office.country, str(office.rule))


@pytest.mark.req("R67", "R68", "R69", "R70")
@pytest.mark.parametrize(("name", "place"), list(product(POSTS, COUNTRIES)))
def test_every_post_in_every_place_is_routed_as_the_table_says(name: str, place: str) -> None:
    steps = route(post(name, place))

    assert [[in_words(office) for office in step] for step in steps] == EXPECTED[name, place]


@pytest.mark.req("R67", "R68")
@pytest.mark.parametrize("name", ["valid operator", "control body", "BCP"])
def test_the_organisation_and_the_national_authority_are_asked_in_parallel(name: str) -> None:
    first, _ = route(post(name))

    assert [office.kind for office in first] == [OfficeKind.ORGANISATION, OfficeKind.NATIONAL_AUTHORITY]


@pytest.mark.req("R69")
@pytest.mark.parametrize("place", COUNTRIES)
def test_no_national_authority_decides_on_a_post_at_a_national_authority(place: str) -> None:
    kinds = {office.kind for office in chain(*route(post("CCA", place)))}

    assert kinds == {OfficeKind.ORGANISATION, OfficeKind.COMMISSION}


@pytest.mark.req("R70")
@pytest.mark.parametrize(("name", "place"), list(product(POSTS, COUNTRIES)))
def test_no_other_organisation_and_no_authority_of_another_country_is_ever_asked(name: str, place: str) -> None:
    facts = post(name, place)

    for office in chain(*route(facts)):
        assert office.organisation in (None, facts.organisation)
        assert office.country in (None, facts.country)


@pytest.mark.req("S30")
@pytest.mark.parametrize(("status", "place"), list(product(["new operator", "rejected operator"], COUNTRIES)))
def test_nobody_inside_an_operator_that_is_not_valid_decides(status: str, place: str) -> None:
    assert all(office.kind is not OfficeKind.ORGANISATION for office in chain(*route(post(status, place))))


WRONG_FACTS: list[tuple[dict[str, Any], str]] = [
    ({"kind": RoleKind.AUTHORITY}, "an authority has a role"),
    ({"kind": RoleKind.CONTROL_BODY, "authority_role": AuthorityRole.CCA}, "an authority has a role"),
    ({"kind": RoleKind.OPERATOR}, "an operator has a status"),
    ({"kind": RoleKind.CONTROL_BODY, "operator_status": OperatorStatus.VALID}, "an operator has a status"),
]


@pytest.mark.parametrize(("facts", "complaint"), WRONG_FACTS)
def test_facts_that_do_not_fit_the_kind_are_refused(facts: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        PostFacts(organisation=ORGANISATION, country="BE", in_union=True, **facts)


@pytest.mark.parametrize(("name", "place"), list(product(POSTS, COUNTRIES)))
def test_facts_read_from_a_table_as_plain_text_count_the_same(name: str, place: str) -> None:
    plain: dict[str, Any] = {field: str(word) for field, word in POSTS[name].items()}

    assert route(PostFacts(organisation=ORGANISATION, **plain, **COUNTRIES[place])) == route(post(name, place))


def test_a_post_without_a_country_is_not_in_the_union() -> None:
    with pytest.raises(ValueError, match="has a country"):
        PostFacts(organisation=ORGANISATION, country=None, in_union=True, kind=RoleKind.CONTROL_BODY)


def test_offices_are_the_same_when_the_people_are_whatever_rule_led_there() -> None:
    joined_late = Office(OfficeKind.COMMISSION, Rule.NEXT_LEVEL)

    assert joined_late == Office(OfficeKind.COMMISSION, Rule.NO_SEAT)
    assert joined_late != Office(OfficeKind.NATIONAL_AUTHORITY, Rule.NEXT_LEVEL, country="BE")
    assert len({Office(OfficeKind.NATIONAL_AUTHORITY, Rule.OPERATOR_COUNTRY, country=code) for code in "AB"}) == 2


# Who is asked when some offices have nobody


EVERY_SET_OF_OFFICES = [
    frozenset(kinds) for kinds in chain.from_iterable(combinations(OfficeKind, size) for size in range(4))
]
EVERY_SITUATION = list(product(POSTS, COUNTRIES, EVERY_SET_OF_OFFICES))


def alive(kinds: AbstractSet[OfficeKind]) -> Callable[[Office], bool]:
    return lambda office: office.kind in kinds


def kinds_of(offices: tuple[Office, ...]) -> list[OfficeKind]:
    return [office.kind for office in offices]


@pytest.mark.req("R67", "R68", "R69")
@pytest.mark.parametrize(("name", "place", "living"), EVERY_SITUATION)
def test_the_living_offices_of_the_first_step_are_asked_and_nobody_else_while_there_is_one(
    name: str, place: str, living: frozenset[OfficeKind]
) -> None:
    steps = route(post(name, place))
    first_and_living = [in_words(office) for office in steps[0] if office.kind in living]

    asked = first_step_with_recipients(steps, alive(living))

    if first_and_living:
        assert [in_words(office) for office in asked] == first_and_living
    elif OfficeKind.COMMISSION in living:
        assert [in_words(office) for office in asked] == [commission("nobody_below")]
    else:
        assert asked == ()


@pytest.mark.parametrize(("name", "place", "living"), EVERY_SITUATION)
def test_nobody_is_asked_only_where_nobody_who_may_decide_is_living(
    name: str, place: str, living: frozenset[OfficeKind]
) -> None:
    steps = route(post(name, place))
    may_decide = {office.kind for office in chain(*steps)}

    assert (first_step_with_recipients(steps, alive(living)) == ()) == (not may_decide & living)


@pytest.mark.parametrize(("name", "place", "living"), EVERY_SITUATION)
def test_at_the_fourteenth_day_the_commission_joins_where_it_was_not_asked_yet(
    name: str, place: str, living: frozenset[OfficeKind]
) -> None:
    steps = route(post(name, place))
    asked = first_step_with_recipients(steps, alive(living))

    joining = next_step(steps, asked, alive(living))

    if OfficeKind.COMMISSION in living and OfficeKind.COMMISSION not in kinds_of(asked):
        assert [in_words(office) for office in joining] == [LATER]
    else:
        assert joining == ()


@pytest.mark.parametrize(("name", "place", "living"), EVERY_SITUATION)
def test_nobody_joins_twice(name: str, place: str, living: frozenset[OfficeKind]) -> None:
    steps = route(post(name, place))
    asked = first_step_with_recipients(steps, alive(living))
    asked += next_step(steps, asked, alive(living))

    assert next_step(steps, asked, alive(living)) == ()
    assert len(asked) == len(set(asked))


@pytest.mark.req("R67")
def test_a_request_stays_with_the_administrators_while_the_national_authority_has_nobody() -> None:
    steps = route(post("valid operator"))
    living = alive({OfficeKind.ORGANISATION, OfficeKind.COMMISSION})

    asked = first_step_with_recipients(steps, living)

    assert kinds_of(asked) == [OfficeKind.ORGANISATION]
    assert kinds_of(next_step(steps, asked, living)) == [OfficeKind.COMMISSION]


@pytest.mark.req("R67")
def test_a_request_goes_on_to_the_commission_when_the_last_recipient_below_goes() -> None:
    steps = route(post("BCP"))
    before = first_step_with_recipients(steps, alive(set(OfficeKind)))

    after = first_step_with_recipients(steps, alive({OfficeKind.COMMISSION}))

    assert OfficeKind.COMMISSION not in kinds_of(before)
    assert kinds_of(after) == [OfficeKind.COMMISSION]


# The sentences


def test_every_rule_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Rule)


@pytest.mark.parametrize("rule", Rule)
def test_a_sentence_uses_no_placeholder_but_organisation_and_country(rule: Rule) -> None:
    said = SENTENCES[rule] % {"organisation": "Example Mill", "country": "Belgium (BE)"}

    assert "Example Mill" in said
    assert "%" not in said


@pytest.mark.parametrize(("name", "place"), list(product(POSTS, COUNTRIES)))
def test_a_sentence_names_the_country_only_where_one_is_known(name: str, place: str) -> None:
    facts = post(name, place)

    for office in chain(*route(facts)):
        if re.search(r"%\(country\)s", SENTENCES[office.rule]):
            assert facts.country is not None


# Who may decide at the moment of the decision
