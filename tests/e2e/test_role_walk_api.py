"""Step 2 of the letter by API, on real processes: each kind of role asked for, and decided by mail."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.api import Client, joined
from tests.e2e.installation import Installation, installation
from tests.e2e.person import code_in, link_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
FLANDERS = "be0023@authorities.example"
DUTCH = "nl-cca-rvo@authorities.example"
COMMISSION = "commission@commission.example"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, backend: dict[str, str]):
    with installation(Path(tmp_path_factory.mktemp("roles")), **backend) as one:
        yield one


def decide_by_mail(running: Installation, office: str, request_id: str, decision: str = "accept") -> dict[str, Any]:
    """What an office does with its mail: look, press, type the code from the second mail."""
    mail = next(
        mail
        for number in range(20)
        if request_id in str((mail := running.wait_for_mail(office, template="decide", after=number))["headers"])
    )
    token = link_in(mail).rpartition("/")[2]
    client = Client(running.web)
    body = {"token": token, "decision": decision, "decider_name": "Jan Janssens"}
    body |= {"reason": "Not known here."} if decision == "reject" else {}
    codes = len([one for one in running.mails(office) if one["headers"]["X-Gatehouse-Template"] == "code"])
    first = client.http.post("/decisions", json=body)
    assert (first.status_code, first.json()["code"]) == (401, "code_required")
    code = code_in(running.wait_for_mail(office, template="code", after=codes))
    second = client.http.post("/decisions", json=body | {"code": code})
    assert second.status_code == 200, second.text
    client.leave()
    found: dict[str, Any] = second.json()
    return found


@pytest.mark.req("R7", "R33", "R35", "R62", "R67", "R72", "R73")
def test_an_operator_role_is_asked_for_decided_by_the_national_authority_and_shown(running: Installation):
    ann = joined(running, "ann@alpro.example")
    (alpro,) = ann.http.get("/production/operators", params={"country": "BE", "name": "alpro"}).json()["items"]
    sent = ann.http.post("/production/role-requests", json={"post_ids": [alpro["post_id"]], "message": "Test"})
    assert sent.status_code == 201, sent.text

    decide_by_mail(running, FLANDERS, sent.json()["id"])
    outcome = running.wait_for_mail("ann@alpro.example", template="outcome")

    profile = ann.http.get("/profile").json()["environments"]
    assert "ALPRO Comm.V.A." in outcome["text"]
    assert profile["production"]["requests"][0]["items"][0]["status"] == "accepted"
    assert profile["production"]["memberships"][0]["status"] == "valid"
    assert profile["training"] == {"memberships": [], "requests": []}
    ann.leave()


@pytest.mark.req("R47", "R69")
def test_a_national_authority_role_goes_to_the_commission(running: Installation):
    guy = joined(running, "guy@wallonie.example")
    found = guy.http.get("/production/authorities", params={"country": "BE", "role": "CCA", "name": "wallonne"})
    (post,) = found.json()["items"]
    sent = guy.http.post("/production/role-requests", json={"post_ids": [post["post_id"]]}).json()

    decide_by_mail(running, COMMISSION, sent["id"])

    running.wait_for_mail("guy@wallonie.example", template="outcome")
    own = guy.http.get(f"/production/role-requests/{sent['id']}").json()
    assert (own["status"], own["items"][0]["status"]) == ("closed", "accepted")
    guy.leave()


@pytest.mark.req("R52", "R54", "R68")
def test_all_countries_of_a_control_body_are_one_request_one_mail_and_one_decision(running: Installation):
    eva = joined(running, "eva@controlunion.example")
    found = eva.http.get("/production/control-bodies", params={"country": "NL", "name": "Control Union", "limit": 200})
    bodies = found.json()["items"]
    body = {"control_body_id": bodies[0]["control_body_id"], "all_countries": True}
    sent = eva.http.post("/production/role-requests", json=body).json()

    decided = decide_by_mail(running, DUTCH, sent["id"])

    running.wait_for_mail("eva@controlunion.example", template="outcome")
    asked = [one for one in running.mails(DUTCH) if one["headers"]["X-Gatehouse-Template"] == "decide"]
    assert len(asked) == 1
    assert len(sent["items"]) == len(decided["items"]) == len(bodies) > 50
    eva.leave()


@pytest.mark.req("R38", "R46", "R30")
def test_a_new_operator_and_the_person_are_let_in_together(running: Installation):
    tom = joined(running, "tom@importer.example")
    body = tom.http.get("/production/control-bodies", params={"name": "Control Union", "country": "NL"}).json()
    operator = {
        "name": "Test Importer",
        "country": "BE",
        "city": "1000 Bruxelles",
        "address": "Street 1",
        "phone": "+32123456",
        "eori": "BE0123456789",
        "section": "Organic Importer (ORGANIC IMPORTER)",
        "activity": "Organic Importer",
        "control_body_id": body["items"][0]["control_body_id"],
    }
    sent = tom.http.post("/production/role-requests", json={"new_operator": operator}).json()
    hidden = tom.http.get("/production/operators", params={"name": "Test Importer"}).json()["items"]

    decide_by_mail(running, FLANDERS, sent["id"])

    running.wait_for_mail("tom@importer.example", template="outcome")
    (shown,) = tom.http.get("/production/operators", params={"name": "Test Importer"}).json()["items"]
    training = tom.http.get("/training/operators", params={"name": "Test Importer"}).json()["items"]
    (membership,) = tom.http.get("/profile").json()["environments"]["production"]["memberships"]
    assert hidden == training == []
    assert shown["traces_number"] == "BE-ORG-OP-8"
    assert membership["is_administrator"] is True
    tom.leave()


@pytest.mark.req("S25", "S27")
def test_an_applicant_who_was_forwarded_the_mail_cannot_accept_himself(running: Installation):
    sly = joined(running, "sly@alpro.example")
    (post,) = sly.http.get("/production/operators", params={"name": "Colzagro"}).json()["items"]
    sent = sly.http.post("/production/role-requests", json={"post_ids": [post["post_id"]]}).json()
    mail = next(
        mail
        for number in range(20)
        if sent["id"] in str((mail := running.wait_for_mail(FLANDERS, template="decide", after=number))["headers"])
    )
    token = link_in(mail).rpartition("/")[2]

    body = {"token": token, "decision": "accept", "decider_name": "Jan Janssens"}
    openly = sly.http.post("/decisions", json=body)
    stranger = Client(running.web)
    pressed = stranger.http.post("/decisions", json=body)
    guesses = [body | {"code": f"{number:06}"} for number in range(12)]
    guessed = [stranger.http.post("/decisions", json=guess).json()["code"] for guess in guesses]
    stranger.leave()

    assert (openly.status_code, openly.json()["code"]) == (403, "own_request")
    assert pressed.json()["code"] == "code_required"
    assert guessed[:9] == ["code_wrong"] * 9
    assert guessed[-1] == "link_locked"
    assert not [one for one in running.mails("sly@alpro.example") if one["headers"]["X-Gatehouse-Template"] == "code"]
    assert sly.http.get(f"/production/role-requests/{sent['id']}").json()["items"][0]["status"] == "waiting"
    sly.leave()
