"""Pages for our own people, by their duty."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask.typing import ResponseReturnValue

from gateway.application import reading
from gateway.web.log_in_required import log_in_required
from shared.domain.errors import NotFound
from shared.models import Account
from shared.services.staff import Duty, has_duty

View = Callable[..., ResponseReturnValue]


def duty_required(duty: Duty) -> Callable[[View], View]:
    """Let in whoever has the duty at this moment; the view gets ``account``, the person of ours.

    Strangers are sent to the log-in page. To everybody else the page is not there, whatever other duty they have (S26).
    """

    def guard(view: View) -> View:
        @log_in_required
        @wraps(view)
        def guarded(account: Account, **values: Any) -> ResponseReturnValue:
            with reading() as session:
                if not has_duty(session, account.id, duty):
                    raise NotFound("not for this person")
            return view(account=account, **values)

        return guarded

    return guard
