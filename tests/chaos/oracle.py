"""What must be true when everything has settled, whatever happened before: plain values in, findings out."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

GATHERED_BEFORE = 10.0
"""Seconds before its arrival in which the words of a mail were gathered."""
SENT = "sent"
FAILED = frozenset({"refused", "held"})
"""States in which people and operations are shown that a mail is not coming."""
OBSOLETE = "obsolete"


class Fate(StrEnum):
    """What the mail server knows of its answer to a mail that it accepted."""

    READ = "read"
    """The sender went on afterwards: it had the answer."""
    UNREAD = "unread"
    """The connection ended before the sender went on: it may have died inside DATA, or before it wrote it down."""
    DROPPED = "dropped"
    """The server hung up instead of answering."""


EXCUSES = frozenset({Fate.UNREAD, Fate.DROPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A mail as the product's table has it; ``order`` is its place among all of them."""

    id: str
    order: int
    recipient: str
    template: str
    state: str
    assignment: str | None = None
    role_request: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A mail as the mail server accepted it, ``at`` seconds of the clock on the wall."""

    message_id: str
    recipient: str
    link: str
    """What it lets its reader do: the link, and the code where there is one."""
    text: str
    """A digest of what else it says."""
    at: float
    fate: Fate

    @property
    def row(self) -> str:
        """The row it says it is of: the Message-ID without its domain."""
        return self.message_id.strip("<> ").partition("@")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A role request as the tables have it; ``assignments`` tells of each whether it is closed.

    ``changes`` are the times, on the clock on the wall, at which an office was asked or had no more to decide.
    """

    id: str
    is_routed: bool
    assignments: Mapping[str, bool] = field(default_factory=dict)
    changes: Sequence[float] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All that is known at the end."""

    accepted: Sequence[str] = ()
    """The address of each sign-up that was answered 202."""
    requests_accepted: Sequence[str] = ()
    """The id of each role request that was answered 201."""
    decisions_accepted: Sequence[str] = ()
    """The id of the role request of each decision that was answered 200."""
    rows: Sequence[Row] = ()
    copies: Sequence[Copy] = ()
    requests: Sequence[Asked] = ()
    unfinished: Sequence[str] = ()
    """Work in the outbox that has no outcome."""
    audit_problems: Sequence[str] = ()
    wrong_answers: Sequence[str] = ()
    """Answers of the gateway that nothing excuses."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that must not be; ``kind`` is one word."""

    kind: str
    about: str
    words: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.about}: {self.words}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The findings, and the figures they stand beside."""

    findings: Sequence[Finding]
    accepted: int
    sent: int
    failed: int
    """Sign-ups whose person is shown that no mail is coming."""
    duplicates: int
    dropped: int
    unread: int

    @property
    def lost(self) -> int:
        """Sign-ups with neither mail nor visible failure."""
        return sum(finding.kind == "lost" for finding in self.findings)

    @property
    def allowed(self) -> int:
        """Duplicates at the most: answers the server knows were never read, by its own doing or through a death."""
        return self.dropped + self.unread


def judge(history: History) -> Verdict:
    """Compare what was promised with what the tables say and with what arrived."""
    copies: dict[str, list[Copy]] = defaultdict(list)
    for copy in sorted(history.copies, key=lambda copy: copy.at):
        copies[copy.row].append(copy)
    rows = {row.id: row for row in history.rows}
    findings = [
        *_sign_ups(history, copies),
        *_rows(history.rows, copies),
        *_strays(rows, history.copies),
        *_twins(history, copies),
        *_requests(history, copies),
        *(Finding("unfinished", one, "is still to be done") for one in history.unfinished),
        *(Finding("audit", one, "the seals do not verify") for one in history.audit_problems),
        *(Finding("answer", one, "nothing excuses it") for one in history.wrong_answers),
    ]
    reached = {row.recipient for row in history.rows if copies.get(row.id)}
    broken = {finding.about for finding in findings if finding.kind == "lost"}
    sent = sum(address in reached for address in history.accepted)
    return Verdict(
        findings,
        accepted=len(history.accepted),
        sent=sent,
        failed=sum(address not in reached and address not in broken for address in history.accepted),
        duplicates=sum(len(found) - 1 for found in copies.values()),
        dropped=sum(copy.fate is Fate.DROPPED for copy in history.copies),
        unread=sum(copy.fate is Fate.UNREAD for copy in history.copies),
    )


def _sign_ups(history: History, copies: Mapping[str, Sequence[Copy]]) -> Iterator[Finding]:
    by_recipient: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(history.rows, key=lambda row: row.order):
        by_recipient[row.recipient].append(row)
    promised: dict[str, int] = defaultdict(int)
    for address in history.accepted:
        promised[address] += 1
    for address, times in promised.items():
        rows = by_recipient[address]
        if len(rows) < times:
            yield Finding("lost", address, f"{times} times accepted, {len(rows)} mails written down")
        elif not any(_came_or_failed(row, copies) for row in rows):
            yield Finding("lost", address, f"no mail came; its rows are {[row.state for row in rows]}")
        else:
            yield from _without_successor(address, rows, copies)


def _without_successor(address: str, rows: Sequence[Row], copies: Mapping[str, Sequence[Copy]]) -> Iterator[Finding]:
    for place, row in enumerate(rows):
        is_closed = row.state == OBSOLETE and not copies.get(row.id)
        if is_closed and not any(_came_or_failed(later, copies) for later in rows[place + 1 :]):
            yield Finding("lost", address, "its newest mail was closed, and none that followed it came")


def _came_or_failed(row: Row, copies: Mapping[str, Sequence[Copy]]) -> bool:
    return row.state in FAILED or bool(copies.get(row.id))


def _rows(rows: Sequence[Row], copies: Mapping[str, Sequence[Copy]]) -> Iterator[Finding]:
    for row in rows:
        if row.state == SENT and not copies.get(row.id):
            yield Finding("lost", row.recipient, f"{row.template} is called sent and never came")
        elif row.state not in {SENT, OBSOLETE, *FAILED}:
            yield Finding("unfinished", row.id, f"{row.template} is {row.state}")


def _strays(rows: Mapping[str, Row], copies: Sequence[Copy]) -> Iterator[Finding]:
    for copy in copies:
        row = rows.get(copy.row)
        if row is None:
            yield Finding("stray", copy.message_id, "no row has this Message-ID")
        elif row.recipient != copy.recipient:
            yield Finding("stray", copy.message_id, "it went to somebody else than its row says")


def _twins(history: History, copies: Mapping[str, Sequence[Copy]]) -> Iterator[Finding]:
    changes = {one.id: one.changes for one in history.requests}
    about = {row.id: row.role_request or "" for row in history.rows}
    for row_id, found in copies.items():
        for what in ("message_id", "link"):
            if len({getattr(copy, what) for copy in found}) > 1:
                yield Finding("unlike", row_id, f"its {len(found)} copies differ in {what}")
        for first, second in pairwise(found):
            # A mail about a request says who is asked now, so a repeated attempt may say more than the one before.
            has_changed = any(
                first.at - GATHERED_BEFORE <= at <= second.at for at in changes.get(about.get(row_id, ""), ())
            )
            if first.text != second.text and not has_changed:
                yield Finding("unlike", row_id, f"its {len(found)} copies differ in text")
        for copy in found[:-1]:
            if copy.fate not in EXCUSES:
                yield Finding("twice", row_id, "sent again although the answer had been read")


def _requests(history: History, copies: Mapping[str, Sequence[Copy]]) -> Iterator[Finding]:
    known = {one.id: one for one in history.requests}
    asked = {row.assignment for row in history.rows if row.assignment}
    told = {row.role_request for row in history.rows if row.template == "outcome"}
    for request_id in history.requests_accepted:
        if request_id not in known:
            yield Finding("lost", request_id, "a role request that was accepted has no row")
    for one in known.values():
        if not one.is_routed:
            yield Finding("unrouted", one.id, "nobody was asked, and it does not say so")
        for assignment in set(one.assignments) - asked:
            yield Finding("unasked", assignment, "an assignment without its mail")
    for row in history.rows:
        is_closed = any(one.assignments.get(row.assignment or "", False) for one in known.values())
        if row.assignment and row.template == "decide" and not is_closed and not _came_or_failed(row, copies):
            yield Finding("unasked", row.assignment, f"its mail is {row.state}, and it waits for a decision")
    for request_id in set(history.decisions_accepted) - told:
        yield Finding("untold", request_id, "it was decided, and the applicant was not written to")
