import io
import json
import logging
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared.logs import redact
from tests.builders import an_account

TOKEN = "q-Zr_7" + "A" * 38
SECRETS = ["ann@people.example", TOKEN]


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.mark.req("S43")
def test_a_record_is_one_line_of_json_that_names_the_process(written: io.StringIO) -> None:
    logging.getLogger("gateway.errors").warning("the database does not answer", extra={"request_id": "7"})

    (line,) = lines(written)
    assert {key: line[key] for key in ("level", "logger", "process", "message", "request_id")} == {
        "level": "WARNING",
        "logger": "gateway.errors",
        "process": "web",
        "message": "the database does not answer",
        "request_id": "7",
    }
    assert line["time"]


@pytest.mark.req("S43")
@pytest.mark.parametrize("break_", ["\n", "\r\n", "\u2028", "\u0085", "\x0b"], ids=ascii)
def test_a_line_break_in_a_name_starts_no_second_record(written: io.StringIO, break_: str) -> None:
    forged = f'Ann{break_}{{"level": "ERROR", "message": "all is lost"}}'

    logging.getLogger("x").info("hello %s", forged, extra={"name_typed": forged})

    (line,) = lines(written)
    assert line["level"] == "INFO"
    assert line["name_typed"] == forged


@pytest.mark.req("S43", "S2")
@pytest.mark.parametrize("secret", SECRETS)
def test_tokens_and_addresses_are_taken_out_of_messages(written: io.StringIO, secret: str) -> None:
    logging.getLogger("x").info("GET /password/%s", secret)
    logging.getLogger("x").info("mail to <%s>, gone", secret)

    assert secret not in written.getvalue()
    assert len(lines(written)) == 2


@pytest.mark.req("S43", "S44")
@pytest.mark.parametrize("secret", SECRETS)
def test_tokens_and_addresses_are_taken_out_of_tracebacks(written: io.StringIO, secret: str) -> None:
    try:
        int(f"no mailbox {secret} here")
    except ValueError:
        logging.getLogger("x").exception("unexpected error")

    (line,) = lines(written)
    assert "ValueError: invalid literal for int() with base 10: 'no mailbox [" in line["exc_info"]
    assert secret not in written.getvalue()


@pytest.mark.req("S43", "S44")
def test_what_was_typed_is_not_in_the_errors_of_the_database(written: io.StringIO, session: Session) -> None:
    an_account(session, email="ann@people.example")
    with pytest.raises(IntegrityError) as error:
        an_account(session, email="ann@people.example", last_name="Peeters-Vermeulen")

    logging.getLogger("x").error("unexpected error: %s", error.value)

    (line,) = lines(written)
    assert "INSERT INTO accounts" in line["message"]
    assert "Vermeulen" not in written.getvalue()


@pytest.mark.req("S43")
def test_what_is_no_secret_stays_readable() -> None:
    text = "row 0f8fad5b-d9cb-469f-a165-70867728950e of worker@host, request 0f8fad5bd9cb469fa16570867728950e"

    assert redact(text) == text
    assert redact(f"link {TOKEN}.") == "link [redacted]."
    assert redact("from=<ann@people.example>;") == "from=<[address]>;"


@pytest.mark.req("S43")
def test_nothing_is_said_below_information(written: io.StringIO) -> None:
    logging.getLogger("x").debug("chatter")
    logging.getLogger("celery.app.trace").info("one line a task")

    assert not written.getvalue()
