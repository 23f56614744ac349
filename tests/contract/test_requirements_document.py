"""The document of requirements: who carries what, and when its check refuses."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.requirements import ROOT, SOURCE, CarryingTest, Collected, Requirement, problems, read_source, render
from gateway.app import create_app
from gateway.application import Gateway
from shared.settings import Settings

LETTER = [f"R{number}" for number in range(1, 79)]
SECURITY = [f"S{number}" for number in range(1, 53)]
LATER = {"S24"}

REQUIREMENTS = {
    "R1": Requirement("R1", "Two environments.", "`/`", is_later=False),
    "R2": Requirement("R2", "Nothing without a log-in.", "every page", is_later=False),
    "S24": Requirement("S24", "A second factor.", "ASVS 6.3.3", is_later=True),
}
TEST = CarryingTest("tests/test_doors.py", "test_a_door_opens_once")

SMALL_SOURCE = """
[R1]
says = "Two environments."
shows = "`/`"

[R2]
says = "Nothing without a log-in."
shows = "every page"
"""


class Project:
    """A small checkout with requirements and tests of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "docs").mkdir()
        (root / "tests").mkdir()
        (root / SOURCE).write_text(SMALL_SOURCE)

    def has_test(self, code: str, name: str = "test_doors.py") -> None:
        (self.root / "tests" / name).write_text(f"import pytest\n\n{code}\n")

    def run(self, *options: str) -> tuple[int, list[str]]:
        done = subprocess.run(
            [sys.executable, "-m", "docs.requirements", "--root", str(self.root), *options],
            cwd=ROOT,
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stderr.splitlines()

    @property
    def document(self) -> str:
        return (self.root / "docs" / "requirements.md").read_text()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def carried(**numbers: CarryingTest) -> Collected:
    return Collected(carriers={number: {test} for number, test in numbers.items()})


def test_the_source_holds_every_number_of_the_letter_and_of_the_security_list_in_order() -> None:
    assert list(read_source(ROOT / SOURCE)) == [*LETTER, *SECURITY]


def test_only_what_is_due_later_may_be_carried_by_no_test() -> None:
    assert {one.number for one in read_source(ROOT / SOURCE).values() if one.is_later} == LATER


def test_a_number_that_no_test_carries_is_a_problem() -> None:
    found = problems(REQUIREMENTS, carried(R1=TEST), is_written=True)

    assert found == ["R2 is carried by no test: Nothing without a log-in."]


def test_a_test_that_carries_an_unknown_number_is_a_problem() -> None:
    found = problems(REQUIREMENTS, carried(R1=TEST, R2=TEST, R79=TEST), is_written=True)

    assert found == ["tests/test_doors.py: test_a_door_opens_once carries R79, which is no requirement"]


def test_a_document_that_is_not_up_to_date_is_a_problem() -> None:
    found = problems(REQUIREMENTS, carried(R1=TEST, R2=TEST), is_written=False)

    assert found == ["docs/requirements.md is not up to date: run python -m docs.requirements"]


def test_the_document_tells_number_sentence_place_and_tests() -> None:
    text = render(REQUIREMENTS, {"R1": [TEST]})

    assert "| R1 | Two environments. | `/` | [1](#r1) |" in text
    assert "- [`tests/test_doors.py`](../tests/test_doors.py)\n  - a door opens once" in text


def test_the_document_tells_what_is_carried_by_nothing_and_what_is_due_later() -> None:
    text = render(REQUIREMENTS, {"R1": [TEST]})

    assert "| R2 | Nothing without a log-in. | every page | none |" in text
    assert "| S24 | A second factor. | ASVS 6.3.3 | later |" in text


def test_a_stroke_in_a_text_does_not_end_its_cell() -> None:
    requirement = Requirement("R1", "either | or", "`/`", is_later=False)

    assert r"| either \| or |" in render({"R1": requirement}, {})


@pytest.mark.parametrize(
    "code",
    [
        'pytestmark = pytest.mark.req("R1", "R2")\ndef test_a(): ...',
        '@pytest.mark.req("R1", "R2")\ndef test_a(): ...',
        '@pytest.mark.req("R1")\n@pytest.mark.req("R2")\ndef test_a(): ...',
        '@pytest.mark.req("R1", "R2")\nclass TestDoors:\n    def test_a(self): ...',
        (
            '@pytest.mark.parametrize("door", [pytest.param(1, marks=pytest.mark.req("R1")),'
            ' pytest.param(2, marks=pytest.mark.req("R2"))])\ndef test_a(door): ...'
        ),
        'both = pytest.mark.req("R1", "R2")\n\n@both\ndef test_a(): ...',
    ],
    ids=["module", "function", "two markers", "class", "parameters", "a name for the marker"],
)
def test_a_number_is_found_wherever_the_marker_stands(project: Project, code: str) -> None:
    project.has_test(code)

    assert project.run() == (0, [])
    assert "[1](#r1)" in project.document
    assert "[1](#r2)" in project.document


def test_the_check_passes_when_everything_is_carried_and_written(project: Project) -> None:
    project.has_test('@pytest.mark.req("R1", "R2")\ndef test_a(): ...')
    project.run()

    assert project.run("--check") == (0, [])


def test_the_check_fails_and_names_the_number_that_is_carried_by_no_test(project: Project) -> None:
    project.has_test('@pytest.mark.req("R1")\ndef test_a(): ...')
    project.run()

    assert project.run("--check") == (
        1,
        ["requirements: R2 is carried by no test: Nothing without a log-in."],
    )


def test_the_check_fails_on_a_test_written_after_the_document_and_writes_nothing(project: Project) -> None:
    project.has_test('@pytest.mark.req("R1", "R2")\ndef test_a(): ...')
    project.run()
    before = project.document
    project.has_test('@pytest.mark.req("R1")\ndef test_b(): ...', name="test_gates.py")

    code, lines = project.run("--check")

    assert code == 1
    assert lines == ["requirements: docs/requirements.md is not up to date: run python -m docs.requirements"]
    assert project.document == before


def test_the_check_fails_on_a_file_of_tests_that_cannot_be_read(project: Project) -> None:
    project.has_test('@pytest.mark.req("R1", "R2")\ndef test_a(): ...')
    project.run()
    project.has_test("import no_such_module", name="test_gates.py")

    assert project.run("--check") == (1, ["requirements: tests/test_gates.py cannot be collected"])


def test_the_check_fails_on_tests_that_are_left_out_on_this_machine(project: Project) -> None:
    project.has_test('@pytest.mark.req("R1", "R2")\ndef test_a(): ...')
    project.run()
    project.has_test('pytest.importorskip("no_such_module")', name="test_gates.py")

    assert project.run("--check") == (1, ["requirements: tests/test_gates.py is left out on this machine"])


def test_the_check_fails_on_a_marker_without_a_number(project: Project) -> None:
    project.has_test('@pytest.mark.req("R1", "R2")\ndef test_a(): ...\n\n@pytest.mark.req()\ndef test_b(): ...')
    project.run()

    assert project.run("--check") == (
        1,
        ["requirements: tests/test_doors.py: test_b carries the marker req without a number"],
    )


@pytest.mark.parametrize(
    "entry",
    [
        '[X1]\nsays = "a"\nshows = "b"',
        '[R3]\nsays = "a"',
        '[R3]\nsays = "a"\nsource = "b"',
        '[R3]\nsays = ""\nshows = "b"',
    ],
    ids=["no number", "no place", "the wrong place", "no text"],
)
def test_a_wrong_entry_of_the_source_is_named_in_one_line(project: Project, entry: str) -> None:
    (project.root / SOURCE).write_text(entry)

    code, lines = project.run("--check")

    assert code == 1
    assert [line.partition(" must be")[0] for line in lines] == [f"requirements: requirements.toml: {entry[1:3]}"]


@pytest.fixture
def gateway(settings: Settings) -> Gateway:
    return create_app(settings)


def shown(pattern: str) -> set[tuple[str, ...]]:
    """What the source says between backticks where that looks like ``pattern``, with the number before it."""
    return {
        (requirement.number, *found.groups())
        for requirement in read_source(ROOT / SOURCE).values()
        if requirement.number.startswith("R")
        for found in re.finditer(pattern, requirement.where)
    }


def addresses(gateway: Gateway) -> set[tuple[str, str]]:
    return {
        (method, re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"<\1>", rule.rule))
        for rule in gateway.url_map.iter_rules()
        for method in rule.methods or ()
    }


def test_every_page_at_which_a_requirement_shows_is_there(gateway: Gateway) -> None:
    pages = shown(r"`(/[^`]*)`")

    assert pages
    assert {page for page in pages if ("GET", page[1]) not in addresses(gateway)} == set()


def test_every_call_at_which_a_requirement_shows_is_there(gateway: Gateway) -> None:
    calls = shown(r"`(GET|POST|PATCH) ([^`]*)`")

    assert calls
    assert {call for call in calls if call[1:] not in addresses(gateway)} == set()


def test_every_command_at_which_a_requirement_shows_is_there(gateway: Gateway) -> None:
    commands = shown(r"`([a-z]+) ([a-z]+)\b[^`]*`")

    assert commands
    assert {
        command
        for command in commands
        if command[2] not in getattr(gateway.cli.commands.get(command[1]), "commands", ())
    } == set()


def test_every_mail_in_which_a_requirement_shows_is_there() -> None:
    mails = shown(r"mail `([a-z-]+)`")

    assert mails
    assert {mail for mail in mails if not (ROOT / "templates" / "email" / mail[1] / "body.txt").exists()} == set()
