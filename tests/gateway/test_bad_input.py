import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from shared.models import Account, Email
from tests.gateway.browser import Browser, Program, errors_at, one, page
from tests.gateway.conftest import BODY, FORM, PASSWORD

Rows = Callable[[type[Any]], Sequence[Any]]
TEXTS = ["first_name", "last_name", "username", "email", "confirm_email", "email_language"]


@pytest.fixture(autouse=True)
def nothing_is_stored(rows: Rows) -> Any:
    before = len(rows(Account))
    yield
    assert not rows(Email)
    assert len([account for account in rows(Account) if account.password_hash is None]) == before == 0


def refused(program: Program, **changes: Any) -> dict[str, list[str]]:
    answer = program.post("/accounts", BODY | changes)
    assert answer.status_code == 422, answer.text
    assert answer.json["code"] == "validation_failed"  # type: ignore[index]
    errors: dict[str, list[str]] = answer.json["errors"]  # type: ignore[index]
    return errors


@pytest.mark.req("S35", "R10")
@pytest.mark.parametrize("field", TEXTS)
def test_a_line_break_or_control_character_is_refused_in_every_field(program: Program, field: str) -> None:
    good = BODY.get(field, "annp")

    for break_ in ("\r\n", "\n", "\r", "\u2028", "\u2029", "\0", "\x0b", "\x1b", "\x85"):
        assert field in refused(program, **{field: f"{good}{break_}Bcc: eve@evil.example"}), ascii(break_)


@pytest.mark.req("S35")
@pytest.mark.parametrize("break_", ["\r\n", "\0", "\u2028"], ids=ascii)
def test_a_line_break_in_a_form_is_refused_too(browser: Browser, break_: str) -> None:
    answer = browser.send("/account/create", FORM | {"first_name": f"Ann{break_}Bcc: eve@evil.example"})

    assert (answer.status_code, [*errors_at(answer)]) == (422, ["first_name"])


@pytest.mark.req("S39")
@pytest.mark.parametrize(
    "name",
    ["\u0421ommission", "Ann\u202ereteeP", "An\u200bn", "\uff21nn", "P\u0435eters", "Ann\ufeff"],
    ids=["Cyrillic among Latin", "right to left", "zero width", "full width", "Cyrillic e", "byte order mark"],
)
@pytest.mark.parametrize("field", ["first_name", "last_name", "username"])
def test_a_spoofed_name_is_refused(program: Program, field: str, name: str) -> None:
    assert [*refused(program, **{field: name})] == [field]


@pytest.mark.req("R10", "S51")
@pytest.mark.parametrize(
    ("field", "value", "limit"),
    [
        ("first_name", "A" * 101, 100),
        ("last_name", "B" * 101, 100),
        ("username", "c" * 33, 32),
        ("email", "d" * 255, 254),
    ],
)
def test_a_value_that_is_too_long_is_told_the_limit(program: Program, field: str, value: str, limit: int) -> None:
    assert f"Use at most {limit} characters." in refused(program, **{field: value})[field]


@pytest.mark.req("R10", "S51")
@pytest.mark.parametrize(
    "email",
    ["ann", "ann@", "@alpro.example", "ann@alpro", "ann@al pro.example", "a@b@c.example", "ann..p@alpro.example"],
)
def test_what_is_no_address_is_refused(program: Program, email: str) -> None:
    assert "Give an e-mail address such as name@example.org." in refused(program, email=email)["email"]


@pytest.mark.req("S51")
def test_letters_that_mail_servers_do_not_take_before_the_at_sign_are_refused_with_a_sentence(program: Program) -> None:
    errors = refused(program, email="jürgen@alpro.example", confirm_email="jürgen@alpro.example")

    assert errors == {"email": ["Give an address with plain letters before the @: we cannot send mail to this one."]}


@pytest.mark.req("S51")
@pytest.mark.parametrize("field", TEXTS)
def test_a_value_of_another_type_is_refused_and_named(program: Program, field: str) -> None:
    values: tuple[Any, ...] = (1, 1.5, True, None, [], ["ann"], {}, {"$ne": ""})
    for value in values:
        assert field in refused(program, **{field: value}), value


@pytest.mark.req("S51")
@pytest.mark.parametrize("field", ["accept_privacy", "confirm_person"])
def test_a_tick_is_true_or_false_and_nothing_else(program: Program, field: str) -> None:
    values: tuple[Any, ...] = ("yes", 1, 0, [], {}, "TRUE")
    for value in values:
        assert "Send true or false." in refused(program, **{field: value})[field], value


@pytest.mark.req("S29", "S51")
def test_no_column_of_an_account_can_be_set_from_outside(browser: Browser, program: Program) -> None:
    columns = set(Account.__table__.columns.keys()) - BODY.keys() - {"username"}
    assert {"password_hash", "disabled_at", "person_confirmed", "email_key"} <= columns

    for column in columns:
        assert refused(program, **{column: "1"}) == {column: ["This field is not known."]}
        assert browser.send("/account/create", FORM | {column: "1"}).status_code == 422


@pytest.mark.req("S29", "S51")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/password-links", {"email": "ann@alpro.example"}),
        ("/sessions", {"email": "ann@alpro.example", "password": PASSWORD}),
        ("/passwords", {"token": "A" * 44, "password": PASSWORD}),
    ],
)
def test_no_other_call_takes_unknown_fields_either(program: Program, path: str, body: dict[str, str]) -> None:
    answer = program.post(path, body | {"account_id": "1"})

    assert (answer.status_code, answer.json["errors"]) == (422, {"account_id": ["This field is not known."]})  # type: ignore[index]


@pytest.mark.req("S29")
@pytest.mark.parametrize("path", ["/account/password-link", "/account/log-in"])
def test_no_other_form_takes_unknown_fields_either(browser: Browser, path: str) -> None:
    fields = (
        {"email": "ann@alpro.example", "password": PASSWORD} if "log-in" in path else {"email": "ann@alpro.example"}
    )

    assert browser.send(path, fields | {"account_id": "1"}).status_code == 422


@pytest.mark.req("S51")
@pytest.mark.parametrize("path", ["/account/create", "/account/password-link", "/account/log-in"])
def test_a_field_sent_twice_is_refused(browser: Browser, path: str) -> None:
    fields: MultiDict[str, str] = MultiDict({"csrf_token": browser.csrf_token(), "password": PASSWORD})
    fields.setlist("email", ["ann@alpro.example", "eve@evil.example"])

    answer = browser.post(path, fields)

    assert answer.status_code == 422
    assert errors_at(answer)["email"] == "Send this field once."


@pytest.mark.req("S51")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("{", 400),
        ("null", 422),
        ('"text"', 422),
        ("[]", 422),
        ("1", 422),
        ('{"email": NaN}', 400),
        ('{"email": "a@a.example", "email": "b@b.example"}', 400),
        ("[" * 30_000, 400),
        ('{"a":' * 10_000, 400),
        ("[" * 900 + "]" * 900, 422),
        (b"\xff\xfe{}", 400),
        ('{"email": "\\ud800@a.example"}', 422),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_a_body_that_is_no_object_of_fields_is_refused(program: Program, body: str | bytes, status: int) -> None:
    for path in ("/accounts", "/password-links", "/sessions", "/passwords"):
        answer = program.call("POST", path, data=body, content_type="application/json")

        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), path


@pytest.mark.req("S51")
def test_deep_nesting_in_a_field_is_refused(program: Program) -> None:
    nested: Any = "Ann"
    for _ in range(200):
        nested = [nested]

    assert [*refused(program, first_name=nested)] == ["first_name"]


@pytest.mark.req("S51")
@pytest.mark.parametrize("mimetype", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None])
def test_a_body_announced_as_something_else_is_refused(program: Program, mimetype: str | None) -> None:
    answer = program.call("POST", "/accounts", data=json.dumps(BODY), content_type=mimetype)

    assert (answer.status_code, answer.json["code"]) == (415, "validation_failed")  # type: ignore[index]


@pytest.mark.req("S51")
@pytest.mark.parametrize("size", [64 * 1024 + 1, 10 * 1024 * 1024])
def test_a_body_over_64_kib_is_refused(browser: Browser, program: Program, size: int) -> None:
    by_api = program.call("POST", "/accounts", data=b"x" * size, content_type="application/json")
    by_page = browser.send("/account/create", FORM | {"first_name": "x" * size})

    assert (by_api.status_code, by_api.json["code"]) == (413, "body_too_large")  # type: ignore[index]
    assert by_page.status_code == 413


@pytest.mark.req("S51")
def test_a_thousand_fields_are_refused(browser: Browser, program: Program) -> None:
    many = {f"field{number}": "1" for number in range(1000)}
    parts = browser.send("/account/create", FORM | many, content_type="multipart/form-data")

    assert program.post("/accounts", BODY | many).status_code == 422
    assert browser.send("/account/create", FORM | many).status_code == 422
    assert parts.status_code == 413


@pytest.mark.req("S51", "S44")
@pytest.mark.parametrize(
    "text", ["\ud800", "a\0b", "\r\n", "x" * 5000, "\U0010ffff", "'; DROP TABLE accounts; --"], ids=ascii
)
def test_a_log_in_with_whatever_text_is_just_wrong(program: Program, person: Account, text: str) -> None:
    for email, password in ((person.email, text), (text, PASSWORD), (f"{text}@people.example", PASSWORD)):
        body = json.dumps({"email": email, "password": password})
        answer = program.call("POST", "/sessions", data=body, content_type="application/json")

        assert answer.status_code in {401, 422}, answer.text


@pytest.mark.req("S36")
@pytest.mark.parametrize(
    "name", ['<a href="//evil.example">x</a>', "{{7*7}}", "{% raw %}", "<script>alert(1)</script>"]
)
def test_what_was_typed_is_shown_as_text(browser: Browser, name: str) -> None:
    answer = browser.send("/account/create", FORM | {"last_name": name, "confirm_email": "other@alpro.example"})

    assert one(answer, "#last_name")["value"] == name
    assert not page(answer).select("main a[href*=evil], script:not([src])")
