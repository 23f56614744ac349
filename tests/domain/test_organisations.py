from itertools import product

import pytest

from shared.domain.errors import AlreadyDecided
from shared.domain.organisations import (
    AuthorityRole,
    OperatorAction,
    OperatorStatus,
    OrganisationKind,
    apply,
)

EN_DASH = "\N{EN DASH}"


@pytest.mark.req("R50")
def test_the_legend_of_a_border_control_post_is_the_sentence_of_the_letter() -> None:
    assert AuthorityRole.BCP.legend == (
        "BCP: Border Control Post. Takes the role of Endorsing Authority for Organic Certification "
        f"(EAOC {EN_DASH} formerly CAFOP in TRACES NT)"
    )


@pytest.mark.req("R50")
def test_the_legend_of_a_central_competent_authority_is_the_sentence_of_the_letter() -> None:
    assert AuthorityRole.CCA.legend == (
        "CCA: Central Competent Authority: Organic Production and Labelling "
        f"(OPL {EN_DASH} formerly CAOPL in TRACES NT)"
    )


def test_every_authority_role_has_a_legend_that_starts_with_its_own_word() -> None:
    assert all(role.legend.startswith(f"{role}: ") for role in AuthorityRole)


def test_the_words_of_the_contract_are_kept() -> None:
    assert [str(status) for status in OperatorStatus] == ["new", "valid", "rejected"]
    assert [str(kind) for kind in OrganisationKind] == ["operator", "authority", "control_body", "commission"]


DECIDED_AS = {
    (OperatorStatus.NEW, OperatorAction.VALIDATE): OperatorStatus.VALID,
    (OperatorStatus.NEW, OperatorAction.REJECT): OperatorStatus.REJECTED,
}


@pytest.mark.parametrize(("status", "action"), list(product(OperatorStatus, OperatorAction)))
def test_an_operator_is_decided_once_and_only_while_it_is_new(status: OperatorStatus, action: OperatorAction) -> None:
    if (status, action) in DECIDED_AS:
        assert apply(status, action) is DECIDED_AS[status, action]
    else:
        with pytest.raises(AlreadyDecided):
            apply(status, action)
