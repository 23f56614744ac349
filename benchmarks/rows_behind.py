"""Rows that are over: finished work, sent mails, used links, decided requests, sealed events. As many as asked for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

DAYS = 25
"""They are up to so many days old: too young to be tidied away."""
PEOPLE = 100
"""Applicants, and approvers, that share them; one of them is the approver whose open requests are asked for."""
ADDRESSES = 1_000
"""Addresses that the mails went to; one of them signs up."""

TABLES = {
    "accounts": (
        (
            "id, username, username_key, username_was_assigned, first_name, last_name, email, email_key, "
            "email_language, ui_language, time_zone, notifications, person_confirmed, privacy_version, "
            "privacy_accepted_at, password_hash, password_set_at, created_at, updated_at"
        ),
        (
            "{account}, 'u' || i, 'u' || i, {false}, 'Ann', 'Peeters', 'u' || i || '@all.example', "
            "'u' || i || '@all.example', 'en', 'en', 'Europe/Brussels', '{{}}', {false}, '1', {at}, 'x', {at}, {at}, "
            "{at}"
        ),
    ),
    "role_requests": (
        "id, environment, account_id, kind, status, version, created_at",
        "{request}, 'production', {applicant}, 'operator', 'closed', 2, {at}",
    ),
    "role_request_items": (
        "id, role_request_id, account_id, post_id, position, status, decided_at",
        "{item}, {request}, {applicant}, :post, 0, 'accepted', {at}",
    ),
    "assignments": (
        "id, role_request_id, office_id, account_id, rule, step, since, due, closed_at",
        "{assignment}, {request}, :office, {approver}, 'operator-country', 0, {at}, {at}, {at}",
    ),
    "assignment_items": ("assignment_id, item_id", "{assignment}, {item}"),
    "links": (
        "id, purpose, key_number, account_id, assignment_id, created_at, expires_at, used_at",
        "{link}, 'decide', 1, NULL, {assignment}, {at}, {at}, {at}",
    ),
    "emails": (
        (
            "id, template, account_id, recipient, recipient_key, language, environment, link_id, role_request_id, "
            "assignment_id, context, state, created_at, sent_at"
        ),
        (
            "{email}, 'password', {approver}, {address}, {address}, 'en', 'production', {link}, {request}, "
            "{assignment}, '{{}}', 'sent', {at}, {at}"
        ),
    ),
    "outbox": (
        (
            "id, task, queue, subject_id, created_at, next_attempt_at, announce_at, announced_at, announcements, "
            "attempts, crashes, outcome, finished_at"
        ),
        "{work}, 'emails.deliver', 'mail.urgent', {email}, {at}, {at}, {at}, {at}, 1, 0, 0, 'done', {at}",
    ),
    "audit_events": (
        "id, at, action, actor, subject_type, subject_id, environment, details",
        "{event}, {at}, 'role_request.accepted', 'system', 'role_request', {request}, 'production', '{{}}'",
    ),
    "audit_seals": ("sequence, event_id, key_number, previous, seal", "i, {event}, 1, {bytes}, {bytes}"),
}


def write_behind(
    connection: Connection, first: int, last: int, *, people: list[UUID], office: UUID, post: UUID, now: datetime
) -> None:
    """Write the rows of those numbers into each table, in statements of the database's own."""
    is_postgresql = connection.dialect.name == "postgresql"
    values = {"first": first, "last": last, "office": _key(connection, office), "post": _key(connection, post)}
    person = [f"WHEN {number} THEN '{_key(connection, one)}'" for number, one in enumerate(people)]
    ids = {kind: _id(number, is_postgresql) for number, kind in enumerate(_KINDS)}
    ids |= {
        "applicant": _person(person, "i", is_postgresql),
        "approver": _person(person, "i / 7", is_postgresql),
        "address": f"'person' || (i % {ADDRESSES}) || '@people.example'",
        "at": _at(now, is_postgresql),
        "false": "false" if is_postgresql else "0",
        "bytes": "'\\x00'::bytea" if is_postgresql else "x'00'",
    }
    numbers = (
        "generate_series(CAST(:first AS int), CAST(:last AS int)) AS numbers (i)"
        if is_postgresql
        else "(WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last) SELECT i FROM n)"
    )
    for table, (columns, expressions) in TABLES.items():
        statement = f"INSERT INTO {table} ({columns}) SELECT {expressions.format(**ids)} FROM {numbers}"
        used = {name: value for name, value in values.items() if f":{name}" in statement}
        connection.execute(text(statement.replace("::", "\\:\\:")), used)


_KINDS = ("account", "request", "item", "assignment", "link", "email", "work", "event")


def _id(kind: int, is_postgresql: bool) -> str:
    """An id that tells nothing of its neighbours, as real ones."""
    if is_postgresql:
        return f"md5('{kind} ' || i)::uuid"
    return f"printf('%08x{kind:02}%022x', (i * 2654435761) & 4294967295, i)"


def _key(connection: Connection, one: UUID) -> str:
    return str(one) if connection.dialect.name == "postgresql" else one.hex


def _person(people: list[str], number: str, is_postgresql: bool) -> str:
    chosen = f"CASE ({number}) % {len(people)} {' '.join(people)} END"
    return f"({chosen})::uuid" if is_postgresql else chosen


def _at(now: datetime, is_postgresql: bool) -> str:
    if is_postgresql:
        return f"(timestamptz '{now.isoformat()}' - (i % {DAYS} + 1) * interval '1 day')"
    return f"strftime('%Y-%m-%d %H:%M:%f000', '{now:%Y-%m-%d %H:%M:%S}', '-' || (i % {DAYS} + 1) || ' days')"
