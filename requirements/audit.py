"""``make audit``: asks the public advisories about every locked package (S50; ASVS 15.2.1).

Ends with 0 when every package was looked up and none has a known flaw, 1 when one has, 75 when the advisories could not
be reached: a check that did not happen must not look like one that found nothing.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

LOCK: Final = Path(__file__).parent / "runtime.txt"
FLAWED: Final = 1
UNREACHED: Final = 75
"""EX_TEMPFAIL: try again where there is a network."""


def main() -> int:
    """Look up the packages of the lock and say what was found."""
    words = ["--requirement", str(LOCK), "--require-hashes", "--disable-pip", "--progress-spinner", "off"]
    done = subprocess.run(  # noqa: S603 - our own Python, with words of our own
        [sys.executable, "-m", "pip_audit", *words, "--format", "json"], capture_output=True, text=True, check=False
    )
    try:
        report = json.loads(done.stdout)
    except ValueError:
        report = {"dependencies": []}
    code, lines = verdict(report)
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return code


def verdict(report: dict[str, Any]) -> tuple[int, list[str]]:
    """Turn a report of pip-audit into an exit status and lines for people; a known flaw weighs more than a gap."""
    packages = report["dependencies"]
    flaws = [
        f"{package['name']} {package['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'none'}"
        for package in packages
        for flaw in package.get("vulns", ())
    ]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if flaws:
        return FLAWED, flaws
    if unknown or not packages:
        return UNREACHED, [f"Nothing was found out about {len(unknown) or 'any'} package(s): the advisories are away."]
    return 0, [f"{len(packages)} packages, no known flaw."]


if __name__ == "__main__":
    sys.exit(main())
