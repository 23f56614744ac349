"""Which test carries which requirement: ``python -m docs.requirements`` writes ``docs/requirements.md``.

With ``--check``, as in ``make lint``, nothing is written: the exit code is 1, with one line for each problem, when a
requirement is carried by no test, a test carries a number that does not exist, or the document is not up to date.
"""

import argparse
import os
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = "docs/requirements.toml"
DOCUMENT = "docs/requirements.md"
NUMBER = re.compile(r"(R|S)([1-9]\d*)")
COMMAND = "python -m docs.requirements"


class SourceError(Exception):
    """The source of the document is wrong; the message is one line."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement: ``R..`` of the letter or ``S..`` of the security list.

    ``where`` is the page, call, mail or command where it shows (R), or what asks for it (S). ``is_later`` marks what no
    test has to carry yet.
    """

    number: str
    says: str
    where: str
    is_later: bool


@dataclass(frozen=True, slots=True, order=True)
class CarryingTest:
    """One test function, however often it runs with other parameters; ``path`` is relative to the project."""

    path: str
    name: str

    @property
    def sentence(self) -> str:
        """The name as the sentence of the specification that it is."""
        return self.name.removeprefix("test_").replace("_", " ")


@dataclass(slots=True)
class Collected:
    """What the tests say: who carries which number, and what went wrong while asking them."""

    carriers: dict[str, set[CarryingTest]] = field(default_factory=lambda: defaultdict(set))
    problems: list[str] = field(default_factory=list)


class Collector:
    """A plugin for pytest that reads the marker ``req`` of every test.

    It may stand at the function, its class, its module, or a single set of parameters.
    """

    def __init__(self, root: Path, found: Collected) -> None:
        self._root = root
        self._found = found

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be read, or is left out here, would make the document differ from machine to machine."""
        if not report.passed:
            how = "cannot be collected" if report.failed else "is left out on this machine"
            self._found.problems.append(f"{report.nodeid or 'tests'} {how}")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note who carries what."""
        for item in session.items:
            test = CarryingTest(item.path.relative_to(self._root).as_posix(), item.name.partition("[")[0])
            for marker in item.iter_markers("req"):
                if not marker.args:
                    self._found.problems.append(f"{test.path}: {test.name} carries the marker req without a number")
                for number in marker.args:
                    self._found.carriers[str(number)].add(test)


def read_source(path: Path) -> dict[str, Requirement]:
    """Read the requirements, in the order of their numbers.

    Raises:
        SourceError: an entry has another name than a number, lacks a text, or has one that is unknown.
    """
    found = {}
    for number, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
        match = NUMBER.fullmatch(number)
        where = {"R": "shows", "S": "source"}[match[1]] if match else ""
        texts = {key for key, value in entry.items() if key != "later" and isinstance(value, str) and value.strip()}
        if match is None or texts != {"says", where} or not set(entry) <= {"says", where, "later"}:
            raise SourceError(
                f"{path.name}: {number} must be R or S with a number, and have says and {where or 'more'}"
            )
        found[number] = Requirement(number, entry["says"], entry[where], bool(entry.get("later", False)))
    return dict(sorted(found.items(), key=lambda pair: _order(pair[0])))


def collect(root: Path) -> Collected:
    """Let pytest find the tests of the project in ``root``, without running any."""
    found = Collected()
    os.environ.pop("PYTEST_ADDOPTS", None)
    options = ["--collect-only", "--override-ini=addopts=--import-mode=importlib", "-p", "no:terminal"]
    code = pytest.main(
        [*options, "-p", "no:cacheprovider", f"--rootdir={root}", str(root / "tests")], [Collector(root, found)]
    )
    if code in {pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR}:
        found.problems.append(f"pytest cannot look for tests (exit code {int(code)})")
    found.problems.sort()
    return found


def problems(requirements: Mapping[str, Requirement], collected: Collected, *, is_written: bool) -> list[str]:
    """List what is wrong, one line each; empty when all is well. ``is_written`` says that the document is current."""
    lines = list(collected.problems)
    for number in sorted(set(collected.carriers) - set(requirements)):
        lines += [
            f"{test.path}: {test.name} carries {number}, which is no requirement"
            for test in sorted(collected.carriers[number])
        ]
    for number, requirement in requirements.items():
        if not requirement.is_later and number not in collected.carriers:
            lines.append(f"{number} is carried by no test: {requirement.says}")
    if not is_written:
        lines.append(f"{DOCUMENT} is not up to date: run {COMMAND}")
    return lines


def render(requirements: Mapping[str, Requirement], carriers: Mapping[str, Iterable[CarryingTest]]) -> str:
    """Write the document."""
    tests = {number: sorted(carriers.get(number, ())) for number in requirements}
    letter = [one for one in requirements.values() if one.number.startswith("R")]
    security = [one for one in requirements.values() if one.number.startswith("S")]
    lines = [
        "# Requirements",
        "",
        f"Written by `{COMMAND}` from `{SOURCE}` and from the tests: change those, never this.",
        "`make lint` checks that it is up to date and that every number is carried by a test. Words in “ ” are those",
        "of the letter, “ours” marks what it leaves open, “later” what is due in a later version.",
        "",
        "## The letter",
        "",
        *_table(letter, tests, ("Number", "What is asked", "Where it shows", "Tests")),
        "",
        "## Security",
        "",
        *_table(security, tests, ("Number", "What is asked", "Source", "Tests")),
        "",
        "## The tests",
    ]
    for requirement in requirements.values():
        lines += _tests_of(requirement, tests[requirement.number])
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the document; return the exit code."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Which test carries which requirement.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 and say why when something is wrong"
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout (default: this one)")
    chosen = parser.parse_args(arguments)
    root = chosen.root.resolve()
    document = root / DOCUMENT
    try:
        requirements = read_source(root / SOURCE)
    except (SourceError, tomllib.TOMLDecodeError) as error:
        sys.stderr.write(f"requirements: {error}\n")
        return 1
    collected = collect(root)
    text = render(requirements, collected.carriers)
    if not chosen.check:
        document.write_text(text, encoding="utf-8")
    is_written = document.exists() and document.read_text(encoding="utf-8") == text
    found = problems(requirements, collected, is_written=is_written)
    for line in found:
        sys.stderr.write(f"requirements: {line}\n")
    return 1 if found else 0


def _table(
    requirements: Iterable[Requirement], tests: Mapping[str, Sequence[CarryingTest]], heads: Sequence[str]
) -> list[str]:
    lines = [_row(heads), _row(["---"] * len(heads))]
    for one in requirements:
        count = len(tests[one.number])
        shown = f"[{count}](#{one.number.lower()})" if count else "later" if one.is_later else "none"
        lines.append(
            _row([one.number, one.says, one.where, f"{shown}, more later" if count and one.is_later else shown])
        )
    return lines


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _tests_of(requirement: Requirement, tests: Sequence[CarryingTest]) -> list[str]:
    if not tests:
        return []
    by_path: dict[str, list[CarryingTest]] = defaultdict(list)
    for test in tests:
        by_path[test.path].append(test)
    lines = ["", f"### {requirement.number}", "", requirement.says, ""]
    for path, ones in by_path.items():
        lines.append(f"- [`{path}`](../{path})")
        lines += [f"  - {test.sentence}" for test in ones]
    return lines


def _order(number: str) -> tuple[str, int]:
    return number[0], int(number[1:])


if __name__ == "__main__":
    raise SystemExit(main())
