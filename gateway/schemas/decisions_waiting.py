"""The list of what waits for an approver, and what was ticked in it (R73)."""

import re
from typing import Any
from uuid import UUID

from marshmallow import fields, post_load

from gateway.schemas.fields import Tick, choice, line
from gateway.schemas.organisations import PageSchema, row_id
from shared.domain import contacts
from shared.domain.organisations import N_
from shared.domain.roles import RoleKind

KINDS = (RoleKind.OPERATOR, RoleKind.AUTHORITY, RoleKind.CONTROL_BODY)
_KIND = N_("Choose a kind of role from the list.")
_AS_SHOWN = N_("Choose from the requests that this page shows.")
_AS_SHOWN_FORM = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):([0-9]{1,9})")


class WaitingFilterSchema(PageSchema):
    """Filters of the list of waiting requests."""

    name = line(contacts.SEARCH_MAX)
    kind = choice(KINDS, _KIND)
    office = row_id()
    overdue = Tick(load_default=False)

    @post_load
    def name_kind(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Hand over the kind of role as the rules know it."""
        return data | ({"kind": RoleKind(data["kind"])} if "kind" in data else {})


class AsShown(fields.Field[tuple[UUID, int]]):
    """An assignment, and the version of its request as it was shown: ``<id>:<version>``."""

    default_error_messages = {"invalid": _AS_SHOWN}  # noqa: RUF012 - the library's way

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[UUID, int]:
        del attr, data, kwargs
        found = _AS_SHOWN_FORM.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise self.make_error("invalid")
        return UUID(found[1]), int(found[2])
