"""Why somebody of ours did something for a person, in a few words for the audit trail."""

from typing import Final

from shared.domain.contacts import Unacceptable, single_line
from shared.domain.organisations import N_

SHORTEST: Final = 3
LONGEST: Final = 60
"""Characters; the column of the trail holds as many."""


def check_ground(value: str) -> str:
    """Clean a typed ground, such as ``call 4711, typing error``: one line of 3 to 60 characters without an address.

    The trail outlives the account, so nothing of the person may stand in it; names only whoever types can leave out.

    Raises:
        Unacceptable: any of it does not hold (S43, S45).
    """
    ground = single_line(value, limit=LONGEST)
    if len(ground) < SHORTEST:
        raise Unacceptable(N_("Give a short ground, such as the number of the call."))
    if "@" in ground:
        raise Unacceptable(N_("Leave out addresses and names: the audit trail keeps this for good."))
    return ground
