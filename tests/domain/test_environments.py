import pytest

from shared.domain.environments import Environment


@pytest.mark.req("R1")
def test_there_are_two_environments_named_as_in_the_paths() -> None:
    assert [environment.value for environment in Environment] == ["production", "training"]
