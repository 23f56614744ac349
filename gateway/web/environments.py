"""Addresses that begin with an environment: ``/production/...`` and ``/training/...`` (R1, R7)."""

from typing import Any

from flask import Blueprint

from shared.domain.environments import Environment

_PREFIX = "/<any(production, training):environment>"


def environment_blueprint(name: str, import_name: str) -> Blueprint:
    """Make a blueprint of pages that exist in each environment; its views get ``environment`` as an Environment."""
    bp = Blueprint(name, import_name, url_prefix=_PREFIX)
    bp.url_value_preprocessor(_read)
    return bp


def _read(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values is not None:
        values["environment"] = Environment(values["environment"])
