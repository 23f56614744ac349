import pytest

from shared.domain.errors import NotAnApprover, OwnRequest
from shared.domain.routing import Recipient, check_may_decide, is_applicant

ANN = Recipient(account=1, email="ann@alpro.example")
BOB = Recipient(account=2, email="bob@alpro.example")
CLAIRE = Recipient(account=3, email="claire@authority.example")
MAILBOX = Recipient(account=None, email="office@authority.example")
OTHER_MAILBOX = Recipient(account=None, email="desk@authority.example")


@pytest.mark.req("R70")
@pytest.mark.parametrize("decider", [BOB, MAILBOX])
def test_a_living_recipient_decides(decider: Recipient) -> None:
    check_may_decide(decider, applicant=ANN, recipients=[CLAIRE, MAILBOX, BOB])


@pytest.mark.req("R70", "S33")
@pytest.mark.parametrize("decider", [BOB, MAILBOX])
@pytest.mark.parametrize("recipients", [[], [CLAIRE, OTHER_MAILBOX]])
def test_one_who_is_no_recipient_any_more_does_not_decide(decider: Recipient, recipients: list[Recipient]) -> None:
    with pytest.raises(NotAnApprover):
        check_may_decide(decider, applicant=ANN, recipients=recipients)


@pytest.mark.req("R70", "S27")
@pytest.mark.parametrize("recipients", [[], [BOB], [ANN, BOB]])
def test_nobody_decides_on_a_request_of_their_own(recipients: list[Recipient]) -> None:
    with pytest.raises(OwnRequest):
        check_may_decide(ANN, applicant=ANN, recipients=recipients)


@pytest.mark.req("S27")
@pytest.mark.parametrize("account", [None, 99])
def test_the_applicants_address_does_not_decide_through_a_mailbox_or_another_account(account: int | None) -> None:
    double = Recipient(account=account, email=ANN.email)

    with pytest.raises(OwnRequest):
        check_may_decide(double, applicant=ANN, recipients=[double])


@pytest.mark.req("S27")
def test_the_applicant_does_not_decide_after_a_change_of_address() -> None:
    renamed = Recipient(account=ANN.account, email="ann.new@alpro.example")

    with pytest.raises(OwnRequest):
        check_may_decide(renamed, applicant=ANN, recipients=[renamed])


def test_two_mailboxes_are_not_the_same_for_having_no_account() -> None:
    assert not is_applicant(OTHER_MAILBOX, MAILBOX)


def test_a_recipient_still_decides_after_a_change_of_address() -> None:
    renamed = Recipient(account=BOB.account, email="bob.new@alpro.example")

    check_may_decide(renamed, applicant=ANN, recipients=[BOB])


@pytest.mark.req("S33")
def test_a_mailbox_that_was_replaced_does_not_decide() -> None:
    with pytest.raises(NotAnApprover):
        check_may_decide(MAILBOX, applicant=ANN, recipients=[OTHER_MAILBOX])


@pytest.mark.req("S33")
def test_an_account_does_not_decide_for_having_the_address_of_a_mailbox() -> None:
    with pytest.raises(NotAnApprover):
        check_may_decide(Recipient(account=4, email=MAILBOX.email), applicant=ANN, recipients=[MAILBOX])
