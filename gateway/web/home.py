"""The welcome pages: one for both environments, one for each (R1 to R5, R25)."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

bp = Blueprint("home", __name__)


@bp.get("/")
def welcome() -> ResponseReturnValue:
    """Show both environments, side by side."""
    return render_template("home/welcome.html")
