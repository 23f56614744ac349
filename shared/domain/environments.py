from enum import StrEnum


class Environment(StrEnum):
    """One of the two worlds of step 2; nothing asked or granted in one shows in the other (R1, R7).

    The value is the path segment of pages and API.
    """

    PRODUCTION = "production"
    TRAINING = "training"
