"""Words for mails: none is left without."""

import pytest

from gateway.web import mail_words
from shared.domain.bounce_reasons import why_returned
from shared.domain.deliveries import MailState
from shared.services.mail_views import LinkState
from worker.contents import BUILDERS


def test_every_mail_that_is_written_has_a_name() -> None:
    assert mail_words.NAMES.keys() >= BUILDERS.keys()


def test_every_state_of_a_mail_and_of_a_link_has_words() -> None:
    assert mail_words._STATES.keys() == mail_words._DETAILS.keys() == set(MailState)
    assert mail_words._LINKS.keys() == set(LinkState)


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("5.1.1", "the address does not exist"),
        ("5.1.2", "the domain of the address does not exist or takes no mail"),
        ("5.1.10", "the domain of the address does not exist or takes no mail"),
        ("5.1.3", "the address is not right"),
        ("5.2.1", "the mailbox is switched off"),
        ("4.2.2", "the mailbox is full"),
        ("5.2.2", "the mailbox is full"),
        ("5.2.9", "the mailbox does not take mail"),
        ("5.3.4", "the mail is too large for the mailbox"),
        ("5.4.4", "the domain of the address does not exist or takes no mail"),
        ("4.4.7", "the receiving mail server could not be reached"),
        ("5.7.509", "the receiving organisation turned the mail away, often because of a spam filter"),
        ("5.0.0", "the receiving mail server did not say why"),
        ("5.1", "the address is not right"),
        ("", "the receiving mail server did not say why"),
        (None, "the receiving mail server did not say why"),
    ],
)
def test_every_status_is_told_in_words(status: str | None, why: str) -> None:
    assert why_returned(status) == why
