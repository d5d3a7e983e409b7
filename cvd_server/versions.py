"""Which protocols are taken. An old laptop may be too old to fetch, never too old to deliver."""

from cvd_server.answers import ApiError, malformed
from cvd_shared.wire import PROTOCOL

MIN_PUSH = 1  # moves only when nothing below it was seen for two years
MIN_PULL = 1  # may move with each release
MAX = PROTOCOL


def protocols() -> dict[str, int]:
    """As `hello` tells them."""
    return {"min_push": MIN_PUSH, "min_pull": MIN_PULL, "max": MAX}


def check_push_protocol(protocol: int) -> None:
    """Raises ApiError 422 for one that this server does not know yet; never 426."""
    if not 1 <= protocol <= MAX:
        raise malformed("This protocol is not known.", max=MAX)


def check_pull_protocol(protocol: int) -> None:
    """Raises ApiError 426 below the floor, 422 for one that this server does not know yet."""
    if protocol < MIN_PULL:
        raise ApiError(426, "upgrade", "This program is too old to fetch.", min=MIN_PULL)
    if protocol > MAX:
        raise malformed("This protocol is not known.", max=MAX)
