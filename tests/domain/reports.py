"""Reading a report about one mail."""

from uuid import UUID

from shared.domain.delivery_reports import DeliveryReport, read_report
from tests.builders_reports import ANN, About

MAIL = UUID("57b8f3ce-b0fc-4d17-a105-7e57e9e0d92f")
ABOUT = About(email_id=MAIL)
FAILED = f"Final-Recipient: rfc822; {ANN}\nAction: failed\nStatus: 5.1.1"
DELAYED = f"Final-Recipient: rfc822; {ANN}\nAction: delayed\nStatus: 4.4.1"


def read(text: str) -> DeliveryReport | None:
    return read_report(text.encode(), sender_domain="gatehouse.example")


def understood(text: str) -> DeliveryReport:
    report = read(text)
    assert report is not None
    return report
