"""Help and what we state about privacy and accessibility, open to everybody (R2, R9, R15, R23, R74, R75)."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gateway.application import settings
from shared.services.sign_up import PRIVACY_VERSION

bp = Blueprint("help_pages", __name__, url_prefix="/account")


@bp.get("/help")
def help_page() -> ResponseReturnValue:
    """Say what to do when the mail does not come, and whom to ask."""
    return render_template(
        "account/help.html",
        sender=settings().mail.default_sender,
    )


@bp.get("/privacy")
def privacy() -> ResponseReturnValue:
    """Show the privacy statement of the version that the tick is about."""
    return render_template("account/privacy.html", version=PRIVACY_VERSION)


@bp.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """State what was tested for people with disabilities, and what was not (Directive (EU) 2016/2102, Article 7)."""
    return render_template("account/accessibility.html")
