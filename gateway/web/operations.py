"""The operations page: what the tables say of the installation, for the people on call; it changes nothing."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, Literal
from uuid import UUID

from babel.units import format_unit
from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.application import reading, settings
from gateway.languages import gettext, page_language
from gateway.web.duty_required import duty_required
from gateway.web.operations_figures import Overview, read_overview
from gateway.web.operations_needs import STANDS_STILL, needs_of
from gateway.web.operations_pictures import Bars, draw_bars, draw_columns
from gateway.web.wording import country_label, reader_zone
from shared.domain.environments import Environment
from shared.models import Account
from shared.services.figures_requests import NO_COUNTRY, WaitingInCountry
from shared.services.figures_subject import subject_of_work
from shared.services.staff import Duty

bp = Blueprint("operations", __name__, url_prefix="/operations")

REFRESH_EVERY: Final = 30
"""Seconds."""
MOST_REFRESHES: Final = 60
"""Half an hour: a page that is left open must not keep a log-in alive for ever (S22)."""
SLOW: Final = 60.0
"""Seconds after which the age of a queue is no longer calm."""
MOST_COUNTRIES: Final = 12
"""Countries in a picture; its table has all of them."""
_UNITS: Final = (
    ("second", 1.0, 0.0005),
    ("millisecond", 0.001, 0.9995),
    ("second", 1.0, 119.5),
    ("minute", 60.0, 119.5 * 60),
    ("hour", 3_600.0, 47.5 * 3_600),
    ("day", 86_400.0, math.inf),
)
"""Each unit with its seconds, and up to how many seconds it is the one to use."""
_NEAR: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound


@bp.get("")
@duty_required(Duty.OPERATIONS)
def overview(account: Account) -> ResponseReturnValue:
    """Show everything; with ``?refresh=60`` again after half a minute, that many times."""
    del account
    with reading() as session:
        found = read_overview(session)
    refreshes = min(request.args.get("refresh", 0, type=int), MOST_REFRESHES)
    page = render_template(
        "operations/overview.html",
        overview=found,
        needs=needs_of(found),
        pictures=_pictures(found),
        zone=reader_zone(),
        duration=duration,
        seat=seat,
        flower=_flower(),
        minutes_left=refreshes * REFRESH_EVERY // 60,
        refreshes=refreshes,
        most_refreshes=MOST_REFRESHES,
        refresh_every=REFRESH_EVERY,
    )
    response = make_response(page)
    if refreshes > 0:
        again = url_for("operations.overview", refresh=refreshes - 1)
        response.headers["Refresh"] = f"{REFRESH_EVERY}; url={again}"
    return response


@bp.get("/subjects/<uuid:subject_id>")
@duty_required(Duty.OPERATIONS)
def subject(account: Account, subject_id: UUID) -> ResponseReturnValue:
    """Show one mail or request with every piece of work there was about it; no address, only its domain."""
    del account
    with reading() as session:
        return render_template("operations/subject.html", subject=subject_of_work(session, subject_id))


def duration(seconds: float) -> str:
    """A length of time in words of the page's language, such as ``40 ms``, ``3 minutes`` or ``9 days``."""
    unit, length = next((unit, length) for unit, length, limit in _UNITS if seconds < limit)
    size: Literal["short", "long"] = "short" if unit == "millisecond" else "long"
    return format_unit(round(seconds / length), f"duration-{unit}", length=size, locale=page_language())


def seat(one: WaitingInCountry) -> str:
    """The country that requests are counted under."""
    return gettext("no country known") if one.country == NO_COUNTRY else country_label(one.country)


def _pictures(found: Overview) -> Mapping[str, Any]:
    return {
        "lengths": draw_bars([(one.queue, str(one.unfinished), [("busy", one.unfinished)]) for one in found.queues]),
        "ages": draw_bars(
            [
                (
                    one.queue,
                    duration(one.oldest_due) if one.unfinished else "-",
                    [(_mood(one.oldest_due), one.oldest_due)],
                )
                for one in found.queues
            ]
        ),
        "minutes": draw_columns(found.minutes),
        "waiting": dict(_waiting_pictures(found.by_country)),
        "failures": draw_bars(
            [
                (
                    one.domain,
                    str(one.total),
                    [("refused", one.refused), ("bounced", one.bounced), ("retrying", one.retrying)],
                )
                for one in found.failures
            ]
        ),
    }


def _waiting_pictures(by_country: Sequence[WaitingInCountry]) -> Iterator[tuple[Environment, Bars]]:
    for environment, rows in groupby(by_country, key=lambda one: one.environment):
        shown = list(rows)[:MOST_COUNTRIES]
        yield environment, draw_bars([(seat(one), _count_and_age(one), [("busy", one.requests)]) for one in shown])


def _count_and_age(one: WaitingInCountry) -> str:
    return gettext("%(requests)d, the oldest %(age)s") % {"requests": one.requests, "age": duration(one.oldest)}


def _mood(age: float) -> str:
    if age > STANDS_STILL:
        return "still"
    return "slow" if age > SLOW else "calm"


def _flower() -> str:
    """Where Flower listens; elsewhere than on this machine it is reached through a tunnel to the same port."""
    host = _NEAR.get(settings().bind, settings().bind)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings().flower_port}/"
