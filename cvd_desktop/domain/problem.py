"""Errors that a person can do something about: a code and values, put into words elsewhere."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of `cvd`, a public interface."""

    DONE = 0
    BUG = 1
    USAGE = 2
    NO_ANSWER = 3
    BROKEN_OFF = 4
    REFUSED = 5
    OFFLINE = 6


class Problem(Exception):  # noqa: N818 - it is not always an error of ours
    """The person's problem, e.g. `Problem("port_missing", ExitCode.NO_ANSWER, port="/dev/ttyS9")`.

    Words for every code are in services/words.py: what happened, what is safe, what to do, who
    acts. Raise it `from` its cause. Anything that is not a Problem is our bug.
    """

    def __init__(self, code: str, exit_code: ExitCode, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.exit_code = exit_code
        self.values = values
