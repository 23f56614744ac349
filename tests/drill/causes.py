"""What goes wrong in a drill, on purpose: each cause as it would be, and how what lies outside of us is mended.

Where an alert asks for minutes of waiting, rows are made older instead; ``caused_by`` says so.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import httpx

from tests.builders_reports import About
from tests.builders_reports_servers import postfix
from tests.drill.product import SIGN_UP, Product, wait_until
from tests.e2e.person import code_in, link_in

FLANDERS = "be0023@authorities.example"
APPLICANT = "ann@alpro.example"
NO_TEMPLATE = "no-longer-there"
PARKED_WITHIN = 120.0
"""Seconds: a row whose worker died is taken again when its lease is over and it is announced anew."""
TOLD_WITHIN = 8.0
"""Seconds until the figures know a domain: a mail is counted under its name from the next reading on."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One fault, and the alerts it must raise."""

    alerts: dict[str, str]
    """Alert, and by what it is caused."""
    begin: Callable[[Product], None]
    help: Callable[[Product], None] = lambda _product: None
    """What others have to do: the mail server's people, the developers."""
    helped_by: dict[str, str] = field(default_factory=dict)
    """The same in words, by the alert that it is for."""
    calls_for_help: bool = False
    """They come when the runbook has been followed, not before; the second alert fires after that."""


def age(product: Product, *, minutes: int) -> None:
    """Let unfinished work have waited so much longer."""
    product.sql(
        "UPDATE outbox SET created_at = created_at - %s * interval '1 minute' WHERE finished_at IS NULL", minutes
    )


def nobody_walks(product: Product) -> None:
    """Stop the walk in the middle: beat stands still, and the only walk is twenty minutes old."""
    wait_until(lambda: bool(product.sql("SELECT 1 FROM canary_walks")), what="the first walk")
    product.freeze("beat")
    product.sql("UPDATE canary_walks SET started_at = started_at - interval '20 minutes'")
    product.sql("UPDATE canary_walks SET finished_at = finished_at - interval '20 minutes'")


def relay_stands_still(product: Product) -> None:
    product.freeze("relay")
    product.sign_up("relay1@alpro.example", "relay2@alpro.example")
    product.sql("UPDATE outbox SET announce_at = announce_at - interval '2 minutes' WHERE finished_at IS NULL")
    product.installation.command("clock", "advance", "10m")


def mail_server_is_away(product: Product) -> None:
    product.mails.stop()
    product.sign_up(*(f"waiting{number}@alpro.example" for number in range(25)))
    age(product, minutes=10)


def worker_stands_still(product: Product) -> None:
    """Two requests wait for a worker; one of them was taken five times already, and will be parked."""
    with product.somebody(APPLICANT) as ann:
        first, second = (post_of_operator(ann, name) for name in ("Colzagro", "alpro"))
        product.freeze("worker-routing")
        poisonous = ask(ann, first)
        ask(ann, second)
    product.sql("UPDATE outbox SET crashes = 5 WHERE subject_id = %s", poisonous)
    age(product, minutes=10)


def beat_stands_still(product: Product) -> None:
    product.freeze("beat")
    product.installation.command("clock", "advance", "8d")


def much_at_once(product: Product) -> None:
    """Things that do not disturb each other, each at a domain of its own."""
    product.mails.answers = {r"grey\.example$": "451 4.7.1 try again later", r"gone\.example$": "550 5.7.1 not allowed"}
    product.sign_up(*(f"ann@d{number}.grey.example" for number in range(25)))
    product.sign_up(*(f"ann{number}@gone.example" for number in range(8)))
    product.sign_up(*(f"ann{number}@often.example" for number in range(5) for _ in range(10)))
    mails_come_back(product)
    a_mail_that_cannot_be_written(product)
    ten_wrong_codes(product)
    with product.somebody("guy@wallonie.example") as guy:
        post = post_of_authority(guy, "wallonne")
        product.sql(
            "UPDATE organisations SET mailbox_email = NULL WHERE environment = 'production'"
            " AND (kind = 'commission' OR id = (SELECT organisation_id FROM posts WHERE id = %s))",
            post,
        )
        ask(guy, post)
    parked = "SELECT 1 FROM outbox WHERE outcome = 'parked' AND task = 'emails.deliver'"
    wait_until(lambda: bool(product.sql(parked)), what="the mail is parked", within=PARKED_WITHIN)


def all_answers_are_good_again(product: Product) -> None:
    """The mail servers take everything, and the developers mended the template."""
    product.mails.answers = {}
    product.sql("UPDATE emails SET template = %s WHERE template = %s", SIGN_UP, NO_TEMPLATE)


def mails_come_back(product: Product) -> None:
    """Seven mails to one domain are reported as not arrived, by reports piped in."""
    people = ["nora@alrpo.example", *(f"nora{number}@alrpo.example" for number in range(6))]
    product.sign_up(*people)
    mails = [product.mail(address, SIGN_UP) for address in people]
    folder = product.installation.var_dir.parent / "reports"
    folder.mkdir()
    files = []
    for number, mail in enumerate(mails):
        about = About(email_id=UUID(mail["id"].strip("<>").partition("@")[0]), recipient=mail["to"], status="5.1.2")
        path = folder / f"{number}.eml"
        path.write_text(postfix(about), encoding="utf-8")
        files.append(str(path))
    time.sleep(TOLD_WITHIN)
    product.installation.command("bounces", "read", *files)


def a_mail_that_cannot_be_written(product: Product) -> None:
    """Its template is gone, and it brought down four workers already: the fifth parks it."""
    product.mails.answers |= {r"poison\.example$": "451 4.3.0 wait a moment"}
    product.sign_up("ann@poison.example")
    mine = "recipient_key = 'ann@poison.example'"
    found = f"SELECT 1 FROM outbox WHERE attempts > 0 AND subject_id IN (SELECT id FROM emails WHERE {mine})"
    wait_until(lambda: bool(product.sql(found)), what="the first attempt")
    product.sql(f"UPDATE emails SET template = %s WHERE {mine}", NO_TEMPLATE)
    product.sql(
        "UPDATE outbox SET crashes = 4, next_attempt_at = now(), announce_at = now()"
        f" WHERE subject_id IN (SELECT id FROM emails WHERE {mine})"
    )


def ten_wrong_codes(product: Product) -> None:
    """Somebody with a forwarded mail guesses."""
    token = link_in(product.mail(FLANDERS, "decide")).rpartition("/")[2]
    body = {"token": token, "decision": "accept", "decider_name": "Jan Janssens"}
    with product.client() as stranger:
        assert stranger.http.post("/decisions", json=body).json()["code"] == "code_required"
        right = code_in(product.mail(FLANDERS, "code"))
        wrong = "000000" if right != "000000" else "111111"
        answers = [stranger.http.post("/decisions", json=body | {"code": wrong}) for _ in range(10)]
        assert answers[-1].json()["code"] == "link_locked", answers[-1].text


def post_of_operator(client: httpx.Client, name: str) -> str:
    found = client.get("/production/operators", params={"country": "BE", "name": name}).json()["items"]
    return str(found[0]["post_id"])


def post_of_authority(client: httpx.Client, name: str) -> str:
    params = {"country": "BE", "role": "CCA", "name": name}
    return str(client.get("/production/authorities", params=params).json()["items"][0]["post_id"])


def ask(client: httpx.Client, post_id: str) -> str:
    answer = client.post("/production/role-requests", json={"post_ids": [post_id]})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


CAUSES = (
    Cause(
        {"GatehouseCanaryFails": "beat frozen in the middle of the first walk, which is made 20 min older"},
        nobody_walks,
    ),
    Cause(
        {
            "GatehouseRelayBehind": "relay frozen, two mails due; due for 2 min more by UPDATE",
            "GatehouseAuditNotSealed": "the same; clock advanced by 10 min",
        },
        relay_stands_still,
    ),
    Cause(
        {
            "GatehouseMailsStandStill": "mail server stopped, 25 mails; made 10 min older",
            "GatehouseDeliverySlow": "the same mails, when they go at last",
        },
        mail_server_is_away,
        lambda product: product.mails.start(),
        {"GatehouseMailsStandStill": "mail server started"},
        calls_for_help=True,
    ),
    Cause(
        {"GatehouseRoutingStandsStill": "worker frozen, two requests; made 10 min older"},
        worker_stands_still,
    ),
    Cause(
        {
            "GatehouseMailsPutOff": "25 domains answer 451",
            "GatehouseMailsRefused": "a domain answers 550 to 8 mails",
            "GatehouseMailsHeld": "5 addresses sign up 10 times each",
            "GatehouseMailsBounce": "7 delivery reports read in",
            "GatehouseParked": "a mail whose template is gone, crashed 4 times by UPDATE; a request, 5 times",
            "GatehouseLinkLocked": "ten wrong codes",
            "GatehouseNobodyDecides": "a request to an authority; mailboxes, the Commission's too, taken by UPDATE",
        },
        much_at_once,
        all_answers_are_good_again,
        {
            "GatehouseMailsPutOff": "before: servers take mails again",
            "GatehouseMailsRefused": "before: servers take mails again",
            "GatehouseParked": "before: template back",
        },
    ),
    Cause({"GatehouseRequestsOverdue": "beat frozen, clock advanced by 8 days"}, beat_stands_still),
    Cause({"GatehouseFiguresMissing": "exporter frozen"}, lambda product: product.freeze("metrics")),
    Cause({"GatehouseDatabaseAway": "PostgreSQL killed"}, lambda product: product.database.kill()),
)
"""In this order: the first needs the very first walk, and the clock is moved by days only when nothing else waits."""
