"""Every state that a mail can be in: the template, the state in words, and how the product comes to write it.

A new ``{% if %}`` in ``templates/email/`` wants a new state here; ``test_variants.py`` finds the sentence that no mail
says.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from shared.domain.environments import Environment
from shared.models import Email
from shared.settings import Deployment, StepUp
from tests.builders_mails import CAUSES, Town
from tests.mails import to_accounts, to_applicants, to_offices

Cause = Callable[[Town], Email]
STEP_ONE = frozenset(
    {
        *("password", "already-registered", "password-changed"),
        *("confirm-address", "address-in-use", "approve-address", "address-changed"),
    }
)
"""Mails about the account, which is the same in both environments."""


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """One template in one of its states."""

    template: str
    state: str
    cause: Cause
    environment: Environment = Environment.PRODUCTION
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What the installation has set otherwise."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes by name: how it is caused is not data."""
        return _named, (self.name,)

    @property
    def name(self) -> str:
        """Such as ``decide: new operator``."""
        return f"{self.template}: {self.state}"

    @property
    def slug(self) -> str:
        """The state as part of a file's name."""
        return "".join(sign if sign.isalnum() else "-" for sign in self.state)


_STATES: dict[str, dict[str, Cause]] = {**to_accounts.STATES, **to_applicants.STATES, **to_offices.STATES}
_SETTINGS: dict[tuple[str, str], dict[str, Any]] = {
    ("password", "no demonstration"): {"deployment": Deployment.PRODUCTION},
    ("password", "one minute"): {"link_lifetime": timedelta(minutes=1)},
    ("confirm-address", "one minute"): {"link_lifetime": timedelta(minutes=1)},
    ("decide", "without a code"): {"step_up": StepUp.NEVER},
}
_IN_TRAINING = [
    Variant(template, "in training", CAUSES[template], Environment.TRAINING) for template in CAUSES.keys() - STEP_ONE
]
VARIANTS = (
    *(
        Variant(template, state, cause, settings=_SETTINGS.get((template, state), {}))
        for template, states in _STATES.items()
        for state, cause in states.items()
    ),
    *sorted(_IN_TRAINING, key=lambda variant: variant.template),
)


def _named(name: str) -> Variant:
    return next(variant for variant in VARIANTS if variant.name == name)
