"""The walk of the letter: sign up, set a password, log in, ask for roles in both environments, be let in.

By the names of forms and fields, so that it goes the same way in every language, with scripts and without.
"""

from tests.browser.visitor import Visitor
from tests.e2e.installation import Installation
from tests.e2e.person import code_in, link_in

PASSWORD = "a long walk to the sea"
FLANDERS = "be0023@authorities.example"


def whole_way(person: Visitor, office: Visitor, running: Installation, email: str) -> None:
    """From the home page to the decision of the office."""
    before = decide_mails(running, FLANDERS)
    sign_up(person, running, email)
    log_in(person, "production", email)
    ask_for_operator(person, "production")
    decide(office, running, FLANDERS, before=before)


def sign_up(visitor: Visitor, running: Installation, email: str) -> None:
    """Step 1: from the home page to a password."""
    visitor.open("/")
    visitor.look("home")
    visitor.follow("/account/create")
    visitor.look("create")
    visitor.press("#create")
    visitor.look("create-errors")
    visitor.fill(first_name="Ann", last_name="Peeters", email=email, confirm_email=email, accept_privacy=True)
    visitor.press("#create")
    visitor.look("check-your-mail")

    visitor.open_mailed(link_in(running.wait_for_mail(email, template="password")))
    visitor.look("set-password")
    visitor.fill(password=PASSWORD, confirm_password="another")
    visitor.press("#set-password")
    visitor.look("set-password-errors")
    visitor.fill(password=PASSWORD, confirm_password=PASSWORD)
    visitor.press("#set-password")


def log_in(visitor: Visitor, environment: str, email: str) -> None:
    """From the welcome page of an environment to the choice of a role."""
    visitor.open(f"/{environment}")
    visitor.look(f"welcome-{environment}")
    visitor.follow("/account/log-in")
    visitor.look("log-in")
    visitor.fill(email=email, password="wrong")
    visitor.press("#log-in")
    visitor.look("log-in-errors")
    visitor.fill(email=email, password=PASSWORD)
    visitor.press("#log-in")
    visitor.look("role-choice")


def ask_for_operator(visitor: Visitor, environment: str) -> None:
    """Step 2: search, tick, confirm, send."""
    visitor.open(f"/{environment}/profile")
    visitor.look("profile-empty")
    visitor.open(f"/{environment}/roles")
    visitor.follow(f"/{environment}/operators")
    visitor.look("operators")
    visitor.fill(name="zzzzzz")
    visitor.press("form[role=search]")
    visitor.look("operators-nothing")
    visitor.fill(name="alpro", country="BE")
    visitor.press("form[role=search]")
    visitor.look("operators-found")
    visitor.press("#ticks", ".bar [type=submit]")
    visitor.look("operators-errors")
    visitor.tick("BE-ORG-OP-5")
    visitor.look("operators-ticked")
    visitor.press_request()
    visitor.look("confirm")
    visitor.fill(message="Test demonstration", contact_email="name@domain.com", contact_phone="+32 02 123456")
    visitor.press("#send")
    visitor.look("profile-sent")


def decide(visitor: Visitor, running: Installation, office: str, *, before: int) -> None:
    """The office: from its mail to the decision, with the code that proves the mailbox."""
    codes = len([one for one in running.mails(office) if one["headers"]["X-Gatehouse-Template"] == "code"])
    link = link_in(running.wait_for_mail(office, template="decide", after=before))
    visitor.open_mailed(link)
    visitor.look("decide")
    visitor.press("#decide", "button[value=reject]")
    visitor.look("decide-errors")
    visitor.fill(decider_name="Jan Janssens")
    visitor.press("#decide", "button[value=accept]")
    visitor.look("decide-code")
    visitor.fill(code=code_in(running.wait_for_mail(office, template="code", after=codes)))
    visitor.press("#code-form")
    visitor.look("decided")
    visitor.open_mailed(link)
    visitor.look("already-decided")


def decide_mails(running: Installation, office: str) -> int:
    """How many requests an office was mailed about."""
    return len([one for one in running.mails(office) if one["headers"]["X-Gatehouse-Template"] == "decide"])
