"""The form "Create new Operator", and the letter's sample of what is typed into it."""

from sqlalchemy import select

from gateway.application import Gateway
from shared.models import Organisation

FORM = "/production/operators/new?country=BE&name="
GIVEN = {
    "name": "Test Importer",
    "country": "BE",
    "city": "1000 Bruxelles",
    "address": "Street 1",
    "phone": "+32123456",
    "eori": "BE0123456789",
    "section": "Organic Importer (ORGANIC IMPORTER)",
    "activity": "ORGANIC_IMPORTER",
    "control_body_search": "Control Union Certifications",
}
NOT_AN_IMPORTER = {"section": "Organic Exporter", "activity": "ORGANIC_EXPORTER"}
CREATE = "Create a new operator"


def created(app: Gateway) -> list[Organisation]:
    """The operators that wait for a decision, with their details and activities."""
    with app.database.reading() as session:
        new = session.scalars(select(Organisation).where(Organisation.status == "new")).all()
        for one in new:
            _ = one.operator, one.activities
        return list(new)
