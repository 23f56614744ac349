from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.demo.copies import Copy, free_ports, until


@pytest.fixture
def run_copy(tmp_path: Path) -> Iterator[Callable[..., Copy]]:
    """Start copies; none of their processes outlives the test."""
    copies: list[Copy] = []

    def run(
        programs: Mapping[str, str],
        *,
        name: str = "copy",
        grace: Mapping[str, float] = {},
        pace: Mapping[str, float] = {},
        install: str = "",
        is_read: bool = True,
        **variables: str,
    ) -> Copy:
        outside = {"BROKER_URL": "redis://127.0.0.1:1", "MAIL_SERVER": "127.0.0.1"}
        copy = Copy(
            tmp_path / name,
            programs,
            variables={**outside, **free_ports(), **variables},
            grace=grace,
            pace=pace,
            install=install,
            is_read=is_read,
        )
        copies.append(copy)
        return copy

    yield run
    for copy in copies:
        if copy.process.poll() is None:
            copy.process.kill()
            copy.process.wait()
        if copy.process.stdout:
            copy.process.stdout.close()
    for copy in copies:
        until(copy.is_gone)
