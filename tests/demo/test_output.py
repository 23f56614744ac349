import os
import pty

import pytest

from demo.output import Lines, Output


def said_to(descriptor: int, environ: dict[str, str]) -> None:
    output = Output(descriptor, environ)
    for name in ("web", "worker"):
        output.introduce(name)
    output.pass_on("web", "started")
    output.say("ready")
    output.close()


def test_each_line_names_its_program_and_a_file_gets_no_colours() -> None:
    reader, writer = os.pipe()

    said_to(writer, {"TERM": "xterm"})

    assert os.read(reader, 1000) == b"web    | started\nready\n"
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize(
    ("environ", "has_colours"), [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({}, False)]
)
def test_a_terminal_gets_colours_unless_it_wants_none(environ: dict[str, str], *, has_colours: bool) -> None:
    reader, writer = pty.openpty()

    said_to(writer, environ)

    assert (b"\x1b[36mweb    | \x1b[0mstarted" in os.read(reader, 1000)) is has_colours
    os.close(reader)
    os.close(writer)


def test_a_reader_who_went_away_does_no_harm() -> None:
    reader, writer = os.pipe()
    os.close(reader)

    said_to(writer, {})

    os.close(writer)


def test_what_a_program_writes_is_cut_into_lines_wherever_it_was_torn() -> None:
    lines = Lines()

    assert lines.feed(b"first\r\nsec") == ["first"]
    assert lines.feed("ond €".encode()[:-1]) == []
    assert lines.feed("€".encode()[-1:] + b"\n\n") == ["second €", ""]
    assert lines.feed(b"no end") == []
    assert lines.end() == ["no end"]
    assert lines.end() == []


def test_a_line_without_end_is_passed_on_in_pieces() -> None:
    lines = Lines()

    assert [len(line) for line in lines.feed(b"x" * (Lines.LONGEST + 1))] == [Lines.LONGEST + 1]
    assert lines.end() == []
