from sqlalchemy.orm import Session

from shared.services.figures_accounts import AccountState, account_figures
from tests.builders import an_account
from tests.conftest import NOW


def test_accounts_are_counted_by_what_their_people_can_do(session: Session) -> None:
    an_account(session)
    an_account(session)
    an_account(session, password_hash=None)
    an_account(session, disabled_at=NOW)
    an_account(session, disabled_at=NOW, password_hash=None)

    assert account_figures(session) == {AccountState.USABLE: 2, AccountState.WAITING: 1, AccountState.DISABLED: 2}


def test_the_canarys_account_is_left_out(session: Session) -> None:
    an_account(session, is_canary=True)

    assert account_figures(session) == dict.fromkeys(AccountState, 0)
