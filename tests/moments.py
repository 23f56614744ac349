"""Several people doing something at the same moment, each in a thread of their own."""

from collections.abc import Callable
from threading import Barrier, Thread

from shared.domain.errors import DomainError


def at_the_same_moment(*acts: Callable[[], object]) -> list[str]:
    """Run each act in a thread, all together; give the code of each refusal and ``done`` for the rest, sorted."""
    barrier, outcomes = Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            act()
        except DomainError as error:
            outcomes.append(error.code)
        else:
            outcomes.append("done")

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)
