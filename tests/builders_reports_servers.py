"""Delivery reports in the shape of each kind of server; see ``tests.builders_reports``."""

from collections.abc import Callable

from tests.builders_reports import SENDER, About

BODY = """\

--===============7330845974216740156==
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: 7bit

Set your password.

--===============7330845974216740156==--
"""


def postfix(about: About) -> str:
    """Found at the last hop; the mail comes back whole, or its headers while it is only late."""
    is_late = about.action == "delayed"
    subject = "Delayed Mail (still being retried)" if is_late else "Undelivered Mail Returned to Sender"
    returned = "text/rfc822-headers" if is_late else "message/rfc822"
    return f"""\
Return-Path: <>
Received: by mx.alpro.example (Postfix)
\tid 4F2B61A0C3; Tue,  9 Jun 2026 11:32:05 +0200 (CEST)
Date: Tue,  9 Jun 2026 11:32:05 +0200 (CEST)
From: MAILER-DAEMON@mx.alpro.example (Mail Delivery System)
Subject: {subject}
To: {SENDER}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="9A1C41A0C2.1780997525/mx.alpro.example"
Message-Id: <20260609093205.4F2B61A0C3@mx.alpro.example>

This is a MIME-encapsulated message.

--9A1C41A0C2.1780997525/mx.alpro.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.alpro.example.

<{about.named}>: unknown user

--9A1C41A0C2.1780997525/mx.alpro.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.alpro.example
X-Postfix-Queue-ID: 9A1C41A0C2
X-Postfix-Sender: rfc822; {SENDER}
Arrival-Date: Tue,  9 Jun 2026 11:32:04 +0200 (CEST)

Final-Recipient: rfc822; {about.named}
Original-Recipient: rfc822;{about.named}
Action: {about.action}
Status: {about.status}
Diagnostic-Code: x-unix; unknown user

--9A1C41A0C2.1780997525/mx.alpro.example
Content-Description: Undelivered Message
Content-Type: {returned}

{about.returned}{"" if is_late else BODY}
--9A1C41A0C2.1780997525/mx.alpro.example--
"""


def exim(about: About) -> str:
    """On a relay of ours: small letters in the parts' headers, the fields of a recipient in another order."""
    return f"""\
Return-path: <>
X-Failed-Recipients: {about.named}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@relay.gatehouse.example>
To: {SENDER}
References: {about.message_id}
Content-Type: multipart/report; report-type=delivery-status; boundary=1780997525-eximdsn-1804289383
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1wXyzA-0001Ab-2C@relay.gatehouse.example>
Date: Tue, 09 Jun 2026 11:32:05 +0200

--1780997525-eximdsn-1804289383
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

  {about.named}
    host mx.alpro.example [192.0.2.26]
    SMTP error from remote mail server after RCPT TO:<{about.named}>:
    550 no such user here

--1780997525-eximdsn-1804289383
Content-type: message/delivery-status

Reporting-MTA: dns; relay.gatehouse.example

Action: {about.action}
Final-Recipient: rfc822;{about.named}
Status: {about.status}
Remote-MTA: dns; mx.alpro.example
Diagnostic-Code: smtp; 550 no such user here

--1780997525-eximdsn-1804289383
Content-type: message/rfc822

{about.returned}{BODY}
--1780997525-eximdsn-1804289383--
"""


def exchange(about: About) -> str:
    """A page for people first, the fields of the returned mail's chain, and another block behind the recipient."""
    return f"""\
From: <postmaster@alpro.example>
To: <{SENDER}>
Date: Tue, 9 Jun 2026 09:32:06 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="5b0f9c6e-8a31-4a5e-bd4e-2f7fb1f6d0c2"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: en-GB
Message-ID: <[5f1d2e3c4b5a@AM0PR05.alpro.example]>
In-Reply-To: {about.message_id}
References: {about.message_id}
Subject: Undeliverable: Set your password (90 minutes)
Auto-Submitted: auto-replied
MIME-Version: 1.0

--5b0f9c6e-8a31-4a5e-bd4e-2f7fb1f6d0c2
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="c2f1a7de-91d4-4b0c-8d8c-3f0d4a6d1a55"

--c2f1a7de-91d4-4b0c-8d8c-3f0d4a6d1a55
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Delivery has failed to these recipients or groups:

{about.named}<mailto:{about.named}>

--c2f1a7de-91d4-4b0c-8d8c-3f0d4a6d1a55
Content-Type: text/html; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

<html><body><p>Delivery has failed to these recipients or groups:</p></body></html>

--c2f1a7de-91d4-4b0c-8d8c-3f0d4a6d1a55--

--5b0f9c6e-8a31-4a5e-bd4e-2f7fb1f6d0c2
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR05.alpro.example
Received-From-MTA: dns;mail.gatehouse.example
Arrival-Date: Tue, 9 Jun 2026 09:32:05 +0000

Original-Recipient: rfc822;{about.named}
Final-Recipient: RFC822;
\t{about.named}
Action: {about.action}
Status: {about.status}
Diagnostic-Code: smtp;550 {about.status} RESOLVER.ADR.RecipientNotFound;
 Recipient not found by SMTP address lookup

--5b0f9c6e-8a31-4a5e-bd4e-2f7fb1f6d0c2
Content-Type: message/rfc822

{about.returned}{BODY}
--5b0f9c6e-8a31-4a5e-bd4e-2f7fb1f6d0c2--
"""


def gmail(about: About) -> str:
    """The id of our mail stands among the fields of the report; the page for people is nested twice."""
    return f"""\
MIME-Version: 1.0
From: Mail Delivery Subsystem <mailer-daemon@webmail.example>
To: {SENDER}
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: {about.message_id}
In-Reply-To: {about.message_id}
X-Failed-Recipients: {about.named}
Message-ID: <6846a1b5.050a0220.1f3c.0001.GMR@webmail.example>
Date: Tue, 09 Jun 2026 02:32:05 -0700 (PDT)
Content-Type: multipart/report; boundary="00000000000091f8d20637211111"; report-type=delivery-status

--00000000000091f8d20637211111
Content-Type: multipart/related; boundary="00000000000091f8f00637211112"

--00000000000091f8f00637211112
Content-Type: multipart/alternative; boundary="00000000000091f8fe0637211113"

--00000000000091f8fe0637211113
Content-Type: text/plain; charset="UTF-8"

** Address not found **

--00000000000091f8fe0637211113
Content-Type: text/html; charset="UTF-8"

<html><body><h2>Address not found</h2></body></html>

--00000000000091f8fe0637211113--
--00000000000091f8f00637211112--
--00000000000091f8d20637211111
Content-Type: message/delivery-status

Reporting-MTA: dns; webmail.example
Arrival-Date: Tue, 09 Jun 2026 02:32:04 -0700 (PDT)
X-Original-Message-ID: {about.message_id}

Final-Recipient: rfc822; {about.named}
Action: {about.action}
Status: {about.status}
Remote-MTA: dns; mx.alpro.example. (192.0.2.26, the server for the domain alpro.example.)
Diagnostic-Code: smtp; 550-{about.status} The email account that you tried to reach does not exist.
Last-Attempt-Date: Tue, 09 Jun 2026 02:32:05 -0700 (PDT)

--00000000000091f8d20637211111
Content-Type: message/rfc822

{about.returned}{BODY}
--00000000000091f8d20637211111--
"""


def sendmail(about: About) -> str:
    """The part for people has no headers of its own; types in capitals; only the headers come back."""
    return f"""\
Return-Path: <MAILER-DAEMON>
Received: from localhost (localhost)
\tby mx.alpro.example (8.18.1/8.18.1) id 5599W5x2012345;
\tTue, 9 Jun 2026 11:32:05 +0200
Date: Tue, 9 Jun 2026 11:32:05 +0200
From: Mail Delivery Subsystem <MAILER-DAEMON@mx.alpro.example>
Message-Id: <202606090932.5599W5x2012345@mx.alpro.example>
To: <{SENDER}>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="5599W5x2012345.1780997525/mx.alpro.example"
Subject: Returned mail: see transcript for details
Auto-Submitted: auto-generated (failure)

This is a MIME-encapsulated message

--5599W5x2012345.1780997525/mx.alpro.example

The original message was received at Tue, 9 Jun 2026 11:32:04 +0200

   ----- The following addresses had permanent fatal errors -----
<{about.named}>
    (reason: 550 {about.status} <{about.named}>... User unknown)

--5599W5x2012345.1780997525/mx.alpro.example
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.alpro.example
Received-From-MTA: DNS; mail.gatehouse.example
Arrival-Date: Tue, 9 Jun 2026 11:32:04 +0200

Final-Recipient: RFC822; {about.named}
Action: {about.action}
Status: {about.status}
Remote-MTA: DNS; mx.alpro.example
Diagnostic-Code: SMTP; 550 {about.status} <{about.named}>... User unknown
Last-Attempt-Date: Tue, 9 Jun 2026 11:32:05 +0200

--5599W5x2012345.1780997525/mx.alpro.example
Content-Type: text/rfc822-headers

{about.returned}
--5599W5x2012345.1780997525/mx.alpro.example--
"""


KINDS: dict[str, Callable[[About], str]] = {
    "Postfix": postfix,
    "Exim": exim,
    "Exchange": exchange,
    "Gmail": gmail,
    "Sendmail": sendmail,
}
