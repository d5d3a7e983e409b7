"""How an invariant says that it does not hold."""


class Violation(AssertionError):  # noqa: N818 - the protocol is violated, nothing is in error
    """An invariant does not hold. Its name comes first in the message."""

    def __init__(self, name: str, told: object = "") -> None:
        super().__init__(f"{name}: {told}")
        self.name = name


def hold(name: str, holds: bool, told: object = "") -> None:
    if not holds:
        raise Violation(name, told)
