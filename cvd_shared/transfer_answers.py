"""The first three questions of a read: did the machine answer, is the file whole, is it unharmed?

The codes are in the table of read_questions.py.
"""

from cvd_shared.dex.dex_report import Report
from cvd_shared.dex.integrity_check import G85
from cvd_shared.read_verdict import MOST_OF_A_REPORT, Actor, Answer, State, Values

_MANY_REPEATS = 3  # blocks sent again before a cable is worth a look
_WHO_ACTS = {"refused": Actor.TECHNICIAN, "too_long": Actor.OFFICE}  # else the driver


def link_answer(link: str, *, answered: bool, failure_code: str | None = None) -> Answer:
    """Did the machine answer? `link` is dexucs, ddcmp or file."""
    if link == "file":
        return Answer(State.UNKNOWN, "from_file")
    if answered:
        return Answer(State.OK, "answered", values={"link": link})
    failure = failure_code or "unknown"
    actor = _WHO_ACTS.get(failure, Actor.DRIVER)
    return Answer(State.FAILED, "not_answered", actor, {"failure": failure, "link": link})


def transfer_answer(
    complete: bool,
    blocks: int,
    size: int,
    retries: int,
    seconds: float,
    failure_code: str | None = None,
    *,
    ended: bool = True,
) -> Answer:
    """Is the file whole? `complete` says the link, `ended` the report (Report.complete)."""
    values: Values = {
        "blocks": blocks,
        "size": size,
        "retries": retries,
        "seconds": round(seconds, 1),
    }
    if not complete:
        failure = failure_code or "unknown"
        actor = _WHO_ACTS.get(failure, Actor.DRIVER)
        code = "broken_off" if size else "nothing_came"
        return Answer(State.FAILED, code, actor, values | {"failure": failure})
    if failure_code == "finish_unconfirmed":
        return Answer(State.WARNING, "not_confirmed", Actor.DRIVER, values)
    if not ended:
        return Answer(State.WARNING, "end_missing", Actor.DRIVER, values)
    if retries >= max(_MANY_REPEATS, blocks // 10):
        return Answer(State.WARNING, "whole_with_repeats", Actor.TECHNICIAN, values)
    return Answer(State.OK, "whole", values=values)


def integrity_answer(report: Report | None, size: int = 1) -> Answer:
    """Is the text unharmed? `report` is None when `size` bytes hold no report."""
    if size > MOST_OF_A_REPORT:
        return Answer(State.FAILED, "too_large", Actor.OFFICE, {"size": size})
    if report is None:
        if size == 0:
            return Answer(State.UNKNOWN, "nothing_to_check")
        return Answer(State.FAILED, "no_report", Actor.DRIVER)
    check = report.check
    values: Values = {"segments": report.counted}
    if check.g85 is G85.ABSENT:
        code = "no_check_value" if report.complete else "cut_off"
        actor = Actor.NOBODY if report.complete else Actor.DRIVER
        return Answer(State.UNKNOWN, code, actor, values)
    values["g85"] = check.declared[:8]
    if check.g85 is G85.MISMATCH:
        values["computed"] = check.computed
        return Answer(State.WARNING, "differs", Actor.DRIVER, values)
    if check.variant or check.g85 is G85.SWAPPED:
        values["variant"] = check.variant or "check_swapped"
    if report.declared not in (None, report.counted):
        values["declared"] = report.declared or 0
    return Answer(State.OK, "matches", values=values)
