import pytest
from sqlalchemy.orm import Session

from shared.domain.environments import Environment
from shared.domain.errors import NotFound
from shared.services.organisations_find import find_organisation
from shared.settings import Settings
from tests.builders_reference import an_operator, the_demo


@pytest.mark.parametrize(
    ("named", "reference"),
    [
        ("BE0023", "BE0023"),
        ("be0023", "BE0023"),
        ("AE-BIO-149", "nl-control-union-certifications"),
        ("de-oko-007", "prufgesellschaft-okologischer-landbau-mbh"),
        ("BE-ORG-OP-5", "BE-ORG-OP-5"),
        ("be-org-op-5", "BE-ORG-OP-5"),
        ("nl-control-union-certifications", "nl-control-union-certifications"),
        ("ÚKSÚP", "sk-cca-uksup"),
        (" uksup ", "sk-cca-uksup"),
        ("control union certifications", "nl-control-union-certifications"),
        ("commission", "commission"),
        ("European Commission", "commission"),
    ],
)
def test_an_organisation_is_named_by_code_reference_traces_number_or_name(
    session: Session, settings: Settings, named: str, reference: str
) -> None:
    the_demo(session, settings)

    assert find_organisation(session, named, environment=Environment.PRODUCTION).reference == reference


@pytest.mark.parametrize("named", ["", " ", "BE9999", "BE002", "%", "Control"])
def test_what_names_nothing_is_said_plainly(session: Session, settings: Settings, named: str) -> None:
    the_demo(session, settings)

    with pytest.raises(NotFound, match="No organisation in production"):
        find_organisation(session, named, environment=Environment.PRODUCTION)


@pytest.mark.req("R7")
def test_an_organisation_of_the_other_environment_is_not_found(session: Session, settings: Settings) -> None:
    the_demo(session, settings, Environment.TRAINING)

    with pytest.raises(NotFound):
        find_organisation(session, "BE0023", environment=Environment.PRODUCTION)


def test_a_name_that_several_have_is_answered_with_their_references(session: Session) -> None:
    an_operator(session, "Twin", reference="BE-ORG-OP-1")
    an_operator(session, "TWIN", reference="BE-ORG-OP-2")

    with pytest.raises(NotFound, match="BE-ORG-OP-1, BE-ORG-OP-2"):
        find_organisation(session, "twin", environment=Environment.PRODUCTION)


@pytest.mark.req("S30")
@pytest.mark.parametrize("status", ["new", "rejected"])
def test_an_operator_that_is_not_valid_cannot_be_named(session: Session, status: str) -> None:
    an_operator(session, "Alpha", status=status)

    with pytest.raises(NotFound):
        find_organisation(session, "Alpha", environment=Environment.PRODUCTION)
