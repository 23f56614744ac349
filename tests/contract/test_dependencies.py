"""What the product is built from: locked, watched, listed."""

import json
import re
import subprocess
import sys

import pytest

from requirements.audit import FLAWED, LOCK, UNREACHED, verdict
from tests.contract.deployment_files import ROOT

LOCKS = ("runtime.txt", "demo.txt", "dev.txt")
WELL = {"name": "flask", "version": "3.1.3", "vulns": []}
FLAW = {"id": "PYSEC-2026-1", "fix_versions": ["3.1.4"], "description": "..."}


def locked(name: str) -> dict[str, list[str]]:
    """Package and version, with the hashes of their files."""
    text = (ROOT / "requirements" / name).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {line.split()[0]: re.findall(r"--hash=sha256:([0-9a-f]{64})", line) for line in lines}


@pytest.mark.req("S50")
@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_locked_to_one_version_and_its_hashes(name: str) -> None:
    assert locked(name)
    for package, hashes in locked(name).items():
        assert re.fullmatch(r"[a-z0-9.\-\[\]]+==[^=]+", package), package
        assert hashes, package


@pytest.mark.req("S50")
@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_place_to_fetch_from(name: str) -> None:
    assert "://" not in (ROOT / "requirements" / name).read_text()


@pytest.mark.req("S50")
@pytest.mark.parametrize(
    ("packages", "code", "says"),
    [
        ([WELL], 0, "1 packages, no known flaw"),
        ([WELL | {"vulns": [FLAW]}], FLAWED, "flask 3.1.3: PYSEC-2026-1, mended in 3.1.4"),
        ([WELL | {"vulns": [FLAW]}, {"name": "celery", "skip_reason": "away"}], FLAWED, "PYSEC-2026-1"),
        ([WELL, {"name": "celery", "skip_reason": "away"}], UNREACHED, "about 1 package"),
        ([], UNREACHED, "about any package"),
    ],
)
def test_the_watch_tells_a_flaw_from_advisories_that_could_not_be_read(packages, code, says) -> None:
    found, lines = verdict({"dependencies": packages})

    assert found == code
    assert says in lines[0]


@pytest.mark.slow
@pytest.mark.req("S50")
def test_the_bill_of_materials_lists_what_is_locked(tmp_path) -> None:
    target = tmp_path / "sbom.json"
    words = ["requirements", str(LOCK), "--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible"]
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", *words, "--output-file", str(target)],
        check=True,
        capture_output=True,
    )

    bill = json.loads(target.read_text())
    assert bill["metadata"]["component"]["name"] == "gatehouse"
    listed = {f"{part['name']}=={part['version']}" for part in bill["components"]}
    assert listed == {re.sub(r"\[.*\]", "", package) for package in locked("runtime.txt")}
