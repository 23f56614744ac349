"""Ids of several rows in a form: ticked one by one, or kept together in one hidden field."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from gateway.schemas.organisations import row_id


class IdList(fields.List[Any]):
    """Fields of one name that each hold an id, or several ids parted by blanks."""

    def __init__(self, **kwargs: Any) -> None:
        """Take what ``fields.List`` takes."""
        super().__init__(row_id(), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[Any]:
        texts = [value] if isinstance(value, str) else value
        return super()._deserialize([one for text in texts for one in str(text).split()], attr, data, **kwargs)
