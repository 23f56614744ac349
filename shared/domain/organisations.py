from enum import StrEnum
from types import MappingProxyType

from shared.domain.errors import AlreadyDecided


def N_(sentence: str) -> str:  # noqa: N802  (the name that Babel's extraction looks for)
    """Mark an English sentence for the translators and hand it back; whoever shows it translates it."""
    return sentence


class OrganisationKind(StrEnum):
    """What an organisation is."""

    OPERATOR = "operator"
    AUTHORITY = "authority"
    CONTROL_BODY = "control_body"
    COMMISSION = "commission"


class AuthorityRole(StrEnum):
    """What an authority does in organic certification; the value is the word that search and list show (R47, R48)."""

    BCP = "BCP"
    CCA = "CCA"

    @property
    def legend(self) -> str:
        """The English sentence under the list of authorities, untranslated (R50)."""
        return LEGENDS[self]


LEGENDS = MappingProxyType(
    {
        AuthorityRole.BCP: N_(
            "BCP: Border Control Post. Takes the role of Endorsing Authority for Organic Certification"
            " (EAOC \N{EN DASH} formerly CAFOP in TRACES NT)"
        ),
        AuthorityRole.CCA: N_(
            "CCA: Central Competent Authority: Organic Production and Labelling"
            " (OPL \N{EN DASH} formerly CAOPL in TRACES NT)"
        ),
    }
)


class OperatorStatus(StrEnum):
    """Where an operator stands: ``new`` until somebody decides, and in no search before it is ``valid``."""

    NEW = "new"
    VALID = "valid"
    REJECTED = "rejected"


class OperatorAction(StrEnum):
    """What the decision on the request that created an operator does to the operator."""

    VALIDATE = "validate"
    REJECT = "reject"


OPERATOR_TRANSITIONS = MappingProxyType(
    {
        OperatorAction.VALIDATE: (OperatorStatus.NEW, OperatorStatus.VALID),
        OperatorAction.REJECT: (OperatorStatus.NEW, OperatorStatus.REJECTED),
    }
)
"""Action -> from, to."""


def apply(status: OperatorStatus, action: OperatorAction) -> OperatorStatus:
    """Give the status of an operator after the action.

    The operator follows the one item that asks for it (R46): accepted validates it; rejected, withdrawn and
    expired reject it.

    Raises:
        AlreadyDecided: the operator is not new any more.
    """
    source, target = OPERATOR_TRANSITIONS[action]
    if status != source:
        raise AlreadyDecided(f"the operator is {status} already")
    return target
