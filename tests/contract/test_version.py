import tomllib
from pathlib import Path

from shared.version import VERSION

ROOT = Path(__file__).parents[2]


def test_the_product_knows_the_version_that_it_is_released_as() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION
