"""The version of the product, as ``pyproject.toml`` says it; the image holds no such file."""

from typing import Final

VERSION: Final = "0.1.0"
