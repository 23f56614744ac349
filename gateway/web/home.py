"""The welcome pages: one for both environments, one for each (R1 to R5, R25)."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from shared.domain.environments import Environment
from shared.domain.errors import NotFound

bp = Blueprint("home", __name__)


@bp.get("/")
def welcome() -> ResponseReturnValue:
    """Show both environments, side by side."""
    return render_template("home/welcome.html")


def environment_or_404(name: str) -> Environment:
    """Return the environment of a path.

    Raises:
        NotFound: there is none of that name.
    """
    try:
        return Environment(name)
    except ValueError:
        raise NotFound("no such environment") from None
