"""``make chaos``: faults on the real processes, and an oracle that says whether anything was lost."""

import argparse
import signal
import sys
from pathlib import Path

from tests.chaos import report, soak
from tests.chaos.profiles import MENUS, PROFILES
from tests.chaos.run import Order, run, say
from tests.chaos.servers import CannotRun


def main() -> int:
    """Run the profiles that this machine can; 1 when the oracle finds something, 2 when nothing could be run."""
    options = argparse.ArgumentParser(prog="make chaos")
    options.add_argument("--profile", action="append", choices=PROFILES, help="only this one; may be given again")
    options.add_argument("--sign-ups", type=int, default=5000)
    options.add_argument("--kills", type=int, default=60)
    options.add_argument("--rate", type=float, default=50.0, help="sign-ups a second")
    options.add_argument("--role-requests", type=int, default=24)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", type=Path, help="a folder in which everything of the runs stays, logs among it")
    options.add_argument("--soak", type=float, metavar="MINUTES", help="no faults: watch memory and keys instead")
    chosen = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is stopped
    left_out, ran, is_good = [], 0, True
    for profile in chosen.profile or PROFILES:
        try:
            if chosen.soak:
                is_good &= soak.watch(profile, minutes=chosen.soak)
            else:
                outcome = run(
                    Order(
                        profile=profile,
                        menu=MENUS[profile],
                        sign_ups=chosen.sign_ups,
                        rate=chosen.rate,
                        kills=chosen.kills,
                        seed=chosen.seed,
                        role_requests=chosen.role_requests,
                    ),
                    keep=chosen.keep,
                )
                report.tell(outcome)
                is_good &= not outcome.verdict.findings
            ran += 1
        except CannotRun as error:
            left_out.append(f"{profile} ({error})")
    if left_out:
        say(f"\nleft out: {'; '.join(left_out)}")
    if not ran:
        return 2
    return 0 if is_good else 1


if __name__ == "__main__":
    raise SystemExit(main())
