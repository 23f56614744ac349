"""Granian with the application's code loaded before it forks: ``python -m gateway.serve`` and Granian's own arguments.

A worker process that takes the place of a dead one then has nothing to import, and they share the memory of the code.
Only code is loaded here; settings, connections and threads are the workers' own. See docs/decisions/0013.
"""

import gc

from granian.cli import entrypoint

import gateway.app  # noqa: F401 - loaded for the processes to come


def main() -> None:
    """Serve until told to stop."""
    # What is there now stays: a collection in a worker would write to every page it shares.
    gc.collect()
    gc.freeze()
    entrypoint()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
