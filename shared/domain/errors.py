"""What can go wrong in the domain, each with the stable code that the API shows."""

from typing import ClassVar


class DomainError(Exception):
    """A rule of the domain said no; ``code`` is the public problem code of the contract."""

    code: ClassVar[str]


class NotFound(DomainError):
    """No such thing, or not one that this person may see: the two look the same on purpose (ASVS 8.2.2)."""

    code = "not_found"


class LinkUnknown(DomainError):
    """The token is no link of ours, or one of another purpose."""

    code = "link_unknown"


class LinkExpired(DomainError):
    """The lifetime of the link is over (R21, R22)."""

    code = "link_expired"


class LinkUsed(DomainError):
    """The link did its work already."""

    code = "link_used"


class LinkSuperseded(DomainError):
    """A newer link took its place."""

    code = "link_superseded"


class LinkLocked(DomainError):
    """Too many wrong codes: the link is locked until an operator looks at it (S25)."""

    code = "link_locked"


class CredentialsWrong(DomainError):
    """Address and password do not belong together, or the account is disabled; which of them is not said (S7)."""

    code = "credentials_wrong"


class OtherKind(DomainError):
    """The person holds or has asked for another kind of role in this environment (R30)."""

    code = "other_kind"


class AlreadyHeld(DomainError):
    """Every post asked for is held already (R32)."""

    code = "already_held"


class AlreadyRequested(DomainError):
    """Every post asked for is waiting for a decision already (R32)."""

    code = "already_requested"


class AlreadyDecided(DomainError):
    """Somebody decided first (R71)."""

    code = "already_decided"


class RequestWithdrawn(DomainError):
    """The applicant withdrew the request before the decision."""

    code = "request_withdrawn"


class NotAnApprover(DomainError):
    """The person no longer has the right to decide this request (R70, S33)."""

    code = "not_an_approver"


class OwnRequest(DomainError):
    """Nobody decides on a request of their own (S27)."""

    code = "own_request"


class CodeRequired(DomainError):
    """This browser is not known for this recipient: a code was mailed (S25)."""

    code = "code_required"


class CodeWrong(DomainError):
    """The code is not the one that was mailed for this decision, or it is too old (S25)."""

    code = "code_wrong"


class AddressTaken(DomainError):
    """Another account has the address by now; told only to somebody who proved to read its mails (S7)."""

    code = "address_taken"


class TooManyRequests(DomainError):
    """A limit was reached; ``retry_after`` says in seconds when to come back (S12)."""

    code = "too_many_requests"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class FieldErrors(DomainError):
    """Values that only the rules can judge, by field: ``{"city": ["Give the city."]}``."""

    code = "validation_failed"

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("; ".join(f"{field}: {' '.join(map(str, found))}" for field, found in errors.items()))
        self.errors = errors
