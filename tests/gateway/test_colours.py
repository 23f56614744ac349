"""The colours of the pages: every pair that is used together is far enough apart (WCAG 2.2, 1.4.3, 1.4.11, 1.4.1)."""

import re
from pathlib import Path

import pytest

STYLE = Path(__file__).parents[2] / "gateway" / "static" / "gatehouse.css"
TOKEN = re.compile(r"--([\w-]+): #([0-9a-f]{3,8})\b")
TEXT = [
    ("ink", "bg"), ("ink", "subtle"), ("ink", "surface"), ("ink", "sunken"), ("ink", "select"),
    ("muted", "bg"), ("muted", "subtle"), ("muted", "surface"), ("muted", "select"), ("muted", "sunken"),
    ("link", "bg"), ("link", "subtle"), ("link", "surface"), ("link", "select"),
    ("on-action", "action"), ("on-action", "action-hover"),
    ("danger", "bg"), ("danger", "surface"), ("danger", "danger-bg"),
    ("warn-ink", "warn-bg"), ("ok-ink", "ok-bg"), ("info-ink", "info-bg"), ("ok-ink", "bg"), ("ok-ink", "subtle"),
    ("prod-ink", "prod"), ("train-ink", "train"), ("badge-ink", "badge"), ("train-badge-ink", "train-badge"),
]  # fmt: skip
NOT_TEXT = [
    ("control", "bg"), ("control", "surface"), ("control", "select"), ("action", "bg"), ("action", "select"),
    ("warn", "warn-bg"), ("ok", "ok-bg"), ("info", "info-bg"),
    ("train-hatch", "train"), ("train-line", "surface"), ("prod", "train"),
]  # fmt: skip


def themes() -> dict[str, dict[str, str]]:
    """The tokens of both themes; dark sets anew what differs."""
    light, _, rest = STYLE.read_text(encoding="utf-8").partition("@media (prefers-color-scheme: dark)")
    dark = rest.partition("\n}\n")[0]
    tokens = dict(TOKEN.findall(light))
    return {"light": tokens, "dark": tokens | dict(TOKEN.findall(dark))}


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance, 0 for black and 1 for white (WCAG 2.2, definition)."""
    digits = colour if len(colour) == 6 else "".join(digit * 2 for digit in colour)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (NOT_TEXT, 3.0)], ids=["text", "not text"])
def test_what_is_used_together_is_far_enough_apart(theme: str, pairs: list[tuple[str, str]], least: float) -> None:
    tokens = themes()[theme]

    found = {pair: round(contrast(tokens[pair[0]], tokens[pair[1]]), 1) for pair in pairs}

    assert {pair: ratio for pair, ratio in found.items() if ratio < least} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_ring_around_what_has_the_focus_is_seen_on_every_ground(theme: str) -> None:
    tokens = themes()[theme]

    grounds = ("bg", "subtle", "surface", "select", "prod", "train")
    best = {name: max(contrast(tokens[ring], tokens[name]) for ring in ("focus", "focus-ink")) for name in grounds}

    assert {name: ratio for name, ratio in best.items() if ratio < 3} == {}
