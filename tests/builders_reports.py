"""Delivery reports as mail servers write them (RFC 3464), about one of our mails: each in the shape of its kind."""

from dataclasses import dataclass
from uuid import UUID

ANN = "ann@alpro.example"
SENDER = "no-reply@gatehouse.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a report says, and of which mail."""

    email_id: UUID
    recipient: str = ANN
    action: str = "failed"
    status: str = "5.1.1"
    final_recipient: str | None = None
    """The address that the report names, where it is another one."""

    @property
    def named(self) -> str:
        return self.final_recipient or self.recipient

    @property
    def message_id(self) -> str:
        return f"<{self.email_id}@gatehouse.example>"

    @property
    def returned(self) -> str:
        """The headers of our mail, as they come back."""
        return f"""\
Return-Path: <{SENDER}>
Received: from mail.gatehouse.example (mail.gatehouse.example [192.0.2.25])
\tby mx.alpro.example with ESMTPS id 9A1C41A0C2
\tfor <{self.recipient}>; Tue,  9 Jun 2026 11:32:04 +0200 (CEST)
Content-Type: multipart/alternative; boundary="===============7330845974216740156=="
MIME-Version: 1.0
Subject: Set your password (90 minutes)
From: {SENDER}
To: {self.recipient}
Date: Tue, 09 Jun 2026 09:32:03 +0000
Message-ID: {self.message_id}
Auto-Submitted: auto-generated
X-Gatehouse-Template: password
References: <0d0f6c4e-7f2a-4c55-9a3e-1d0f3c7b9a11@gatehouse.example>
"""


def qmail(about: About) -> str:
    """In words alone: no report of the standard."""
    return f"""\
Return-Path: <>
From: MAILER-DAEMON@mx.alpro.example
To: {SENDER}
Subject: failure notice

Hi. This is the qmail-send program at mx.alpro.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{about.named}>:
Sorry, no mailbox here by that name. (#{about.status})

--- Below this line is a copy of the message.

{about.returned}"""


def groups(about: About, *blocks: str) -> str:
    """A report with these blocks behind its first one, and nothing that comes back: the id stands in its answer."""
    inside = "\n\n".join(["Reporting-MTA: dns; mx.alpro.example", *(block.strip() for block in blocks)])
    return f"""\
To: {SENDER}
In-Reply-To: {about.message_id}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=limit

--limit
Content-Type: message/delivery-status

{inside}

--limit--
"""
