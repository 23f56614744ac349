"""The table of a run, for the person who started it."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.run import Outcome, say

MOST_FINDINGS = 40


def tell(outcome: Outcome) -> None:
    """Print what a run came to, and everything the oracle found."""
    say(f"\n{outcome.order.profile}, seed {outcome.order.seed}")
    for name, value in _lines(outcome):
        say(f"  {name:<42}{value}")
    findings = outcome.verdict.findings
    for finding in findings[:MOST_FINDINGS]:
        say(f"  !! {finding}")
    if len(findings) > MOST_FINDINGS:
        say(f"  !! and {len(findings) - MOST_FINDINGS} more")


def _lines(outcome: Outcome) -> Iterator[tuple[str, object]]:
    verdict = outcome.verdict
    yield "accepted", verdict.accepted
    yield "sent", verdict.sent
    yield "lost", verdict.lost
    yield "visibly failed", f"{verdict.failed} ({outcome.parked} parked)"
    excuses = f"{verdict.dropped} accepted then dropped, {verdict.unread} answers that a death kept from being read"
    yield "duplicated", f"{verdict.duplicates} (allowed {verdict.allowed}: {excuses})"
    yield "accepted to first mail, s", f"p50 {outcome.delivery['p50']:.2f}  p95 {outcome.delivery['p95']:.1f}"
    yield "drained after the last fault, s", f"{outcome.drained:.1f}"
    yield "gateway p99, ms", f"{outcome.answers['p99']:.0f} (p50 {outcome.answers['p50']:.1f})"
    without = outcome.answers_without_broker
    yield "gateway p99 while the broker was down, ms", f"{without['p99']:.0f} (p50 {without['p50']:.1f})"
    yield "answers of 5xx", _counts(outcome.faults_of_ours)
    yield "sockets killed before an answer", _counts(outcome.broken)
    yield "people who gave up", outcome.gave_up
    yield "role requests, decisions", f"{outcome.requests}, {outcome.decisions}"
    yield f"kills ({outcome.kills.total()})", _counts(outcome.kills)
    yield "faults", _counts(outcome.faults)
    yield "faults of the mail server", _counts(outcome.mail_faults)
    if outcome.missed:
        yield "could not be done", _counts(outcome.missed)


def _counts(counts: Counter[str] | Counter[int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=str)) or "none"
