"""The page of a decision, for each kind of request: new operators, authorities, control bodies, strange names."""

import pytest

from tests.builders import an_account
from tests.gateway.pages import scenes
from tests.gateway.pages.scenes import ALPRO, FLANDERS

NAMED = {"decider_name": "Jan Claes"}


@pytest.mark.req("R46")
@pytest.mark.usefixtures("without_codes")
def test_a_new_operator_is_shown_with_its_look_alike_and_decided_together_with_the_person(app, visitor, ann):
    role_request = scenes.sent(app, ann, new_operator="Colzagro bvba")
    page = visitor().go(scenes.link_to(app, role_request))
    assert page.heading == "Ann Peeters asks to create Colzagro bvba and to be attached to it"
    assert page.reads("This operator may already exist")
    assert page.reads("Colzagro, BE-ORG-OP-4")
    marked = [" ".join(one.get_text(" ").split()) for one in page.page.find_all("mark")]
    assert marked[:2] == ["Colzagro bvba", "Colzagro"]
    assert page.reads("EORI BE0123456789")

    page.press("Accept operator and person", **NAMED)

    assert scenes.statuses(app, role_request) == ["accepted"]
    assert page.browser.get("/production/operators").status_code == 200
    assert visitor(ann).find_operators(name="Colzagro bvba").reads("TRACES Number: BE-ORG-OP-8")


@pytest.mark.req("R17", "S39", "S36")
def test_the_page_warns_of_names_and_addresses_that_ask_for_a_second_look(app, visitor, database):
    with database.transaction() as session:
        shady = an_account(
            session,
            email="info@colzagro.example",
            first_name="<i>Lotte</i>",
            last_name="\N{CYRILLIC CAPITAL LETTER ES}laes GmbH",
        )
    role_request = scenes.sent(app, shady, ALPRO, message="<script>alert(1)</script>\n{{7*7}}")

    page = visitor().go(scenes.link_to(app, role_request))

    assert page.reads("The letters of the name are of several alphabets (Cyrillic, Latin)")
    assert page.reads("The name reads like that of an organisation.")
    assert page.reads("The address looks like a shared mailbox.")
    assert page.reads("<i>Lotte</i>")
    assert page.reads("<script>alert(1)</script> {{7*7}}")
    assert not page.page.select("main i, main script")


@pytest.mark.req("R69")
@pytest.mark.usefixtures("without_codes")
def test_a_national_authority_is_decided_by_the_commission(app, visitor, ann):
    role_request = scenes.sent(app, ann, FLANDERS)

    page = visitor().go(scenes.link_to(app, role_request, office="European Commission"))
    assert page.reads("is a central competent authority, and the Commission may decide on requests for it.")
    page.press("Accept", **NAMED)

    assert scenes.statuses(app, role_request) == ["accepted"]


@pytest.mark.req("R68")
@pytest.mark.usefixtures("without_codes")
def test_a_long_request_of_a_control_body_is_decided_as_one(app, visitor, ann, database):
    with database.reading() as session:
        codes = sorted(post.code for post in scenes.organisation(session, scenes.CONTROL_UNION).posts)
    role_request = scenes.sent(app, ann, codes=codes)
    page = visitor().go(scenes.link_to(app, role_request, office=scenes.CONTROL_UNION))  # from a mail in Dutch
    page.press("English (en)")
    assert (
        page.heading == f"Ann Peeters asks to be authorised for Control Union Certifications and {len(codes) - 1} more"
    )

    page.press("Accept", **NAMED)

    assert set(scenes.statuses(app, role_request)) == {"accepted"}
