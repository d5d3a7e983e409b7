"""DDCMP reader and machine on a wire that loses, doubles, damages, splits, delays and is cut.

The promise: the document arrives whole and once, or the reader says that it failed; never a wrong
document, never a hang; and the machine never counts a session before the store has everything.

CVD_LINK_SESSIONS sets how many sessions each of the random tests plays.
"""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cvd_desktop.link.outputs import Failed, FailureCode, Finished
from cvd_shared.dex.crc16 import crc16_arc
from tests.support.ddcmp_line import ddcmp_wire
from tests.support.dex_lines import LONG_REPORT, SMALL_REPORT
from tests.support.fifo_wire import Meddle, Pieces, WireRun
from tests.support.line_mishaps import Mishap, cut_after, mishaps, play_mishaps

_HEADER = 8
sessions = settings(
    max_examples=int(os.environ.get("CVD_LINK_SESSIONS", "60")),
    suppress_health_check=[HealthCheck.too_slow],
)

PLANS = st.lists(mishaps(0.05, 0.2, 0.4, 1.0), max_size=40)
REPORTS = st.one_of(
    st.sampled_from([b"x", SMALL_REPORT, LONG_REPORT, b"A" * 235, b"\x05\x81" * 400]),
    st.binary(min_size=1, max_size=600),
)
PECULIARITIES = st.lists(
    st.sampled_from(
        [
            "block_size:20",
            "echo",
            "ffff_only",
            "fixed_speed",
            "glued",
            "impatient",
            "late_stack",
            "no_select",
            "noise",
            "piggy_back",
            "separate_ack",
            "speed_lie",
            "toggling_select",
            "unknown_length",
        ]
    ),
    unique=True,
    max_size=2,
).filter(lambda names: not {"no_select", "toggling_select"} & set(names) or len(names) < 2)
WISHES = st.sampled_from([2400, 9600, 115200])


def passes(frame: bytes) -> bool:
    """Whether the check bytes of a frame are right all the same: one damage in 65,536."""
    if len(frame) < _HEADER:
        return False
    data = frame[_HEADER : _HEADER + 2 + (frame[1] | (frame[2] & 0x3F) << 8)]
    whole = frame[0] == 0x05 or (len(data) > 2 and not crc16_arc(data))
    return not crc16_arc(frame[:_HEADER]) and whole


def meddle_with(plan: list[Mishap]) -> Meddle:
    return play_mishaps(
        plan, lambda what, _sent, arrives: what != "byte more" or not passes(arrives)
    )


def check(run: WireRun, report: bytes) -> None:
    assert all(run.whole_when_completed), "counted before it was stored"
    assert report.startswith(run.document)
    if run.has_last:
        assert run.document == report
    assert all(written == report for written in run.written)
    if isinstance(run.end, Finished):
        assert run.end.detail["received"] == len(run.document)
    else:
        assert isinstance(run.end, Failed)
        assert run.end.detail["phase"]


def check_read(run: WireRun, report: bytes) -> None:
    check(run, report)
    if isinstance(run.end, Finished):
        assert run.has_last
        assert run.end.detail["finish"] == "confirmed"
        assert run.completed == 1
    elif run.failed.code is FailureCode.FINISH_UNCONFIRMED:
        assert run.has_last


@sessions
@given(REPORTS, PECULIARITIES, PLANS, st.lists(st.sampled_from([0.0, 0.02, 0.5, 1.5])), WISHES)
def test_a_collect_is_whole_or_the_reader_says_that_it_failed(
    report: bytes,
    peculiarities: list[str],
    plan: list[tuple[str, int, int, float]],
    store_seconds: list[float],
    wish: int,
) -> None:
    slow = iter(store_seconds)
    wire = ddcmp_wire(
        *peculiarities,
        documents=lambda _: report,
        reader={"wanted_speed": wish},
        meddle=meddle_with(plan),
        wire={"store_seconds": lambda: next(slow, 0.0)},
    )
    check_read(wire.play(), report)


@sessions
@given(PECULIARITIES, PLANS)
def test_a_look_asks_for_list_2_and_nothing_else(
    peculiarities: list[str], plan: list[tuple[str, int, int, float]]
) -> None:
    asked: set[int] = set()

    def documents(number: int) -> bytes:
        asked.add(number)
        return SMALL_REPORT

    wire = ddcmp_wire(*peculiarities, documents=documents, lists=(2,), meddle=meddle_with(plan))
    run = wire.play()
    check(run, SMALL_REPORT)
    assert asked <= {2}
    lists = {end.detail["list"] for end in run.machine_ends if isinstance(end, Finished)}
    assert lists <= {2}


@sessions
@given(REPORTS, PECULIARITIES, PLANS, WISHES)
def test_what_is_written_arrives_whole_and_once_or_the_reader_says_that_it_failed(
    document: bytes,
    peculiarities: list[str],
    plan: list[tuple[str, int, int, float]],
    wish: int,
) -> None:
    run = ddcmp_wire(
        *peculiarities,
        lists=(),
        document=document,
        reader={"wanted_speed": wish},
        meddle=meddle_with(plan),
    ).play()
    assert all(written == document for written in run.written)
    if isinstance(run.end, Finished):
        assert run.written == [document]
    else:
        assert isinstance(run.end, Failed)


@sessions
@given(st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=60)), max_size=30))
def test_a_machine_that_talks_nonsense_does_not_keep_the_reader_for_ever(
    nonsense: list[tuple[bool, bytes]],
) -> None:
    left = iter(nonsense)

    def meddle(sender: str, data: bytes) -> Pieces:
        replace, instead = next(left, (False, b""))
        return [(0.0, instead if replace and sender == "M" else data)]

    run = ddcmp_wire(meddle=meddle).play()
    check(run, LONG_REPORT)


@pytest.mark.parametrize("direction", ["R", "M", "RM"])
@pytest.mark.parametrize("document", [None, b"IC1*******7\r\n"], ids=["reads", "writes too"])
def test_a_cable_that_is_cut_after_any_byte(direction: str, document: bytes | None) -> None:
    report = SMALL_REPORT[:60]
    whole = ddcmp_wire("block_size:40", documents=lambda _: report, document=document).play()
    total = sum(len(whole.bytes_of(sender)) for sender in direction)
    ends: set[object] = set()
    for count in range(total + 2):
        run = ddcmp_wire(
            "block_size:40",
            documents=lambda _: report,
            document=document,
            meddle=cut_after(count, direction),
        ).play()
        assert all(run.whole_when_completed)
        assert report.startswith(run.document)
        assert run.written in ([], [document])
        if isinstance(run.end, Finished):
            assert run.document == report
            assert run.completed == 1
        ends.add(run.end.code if isinstance(run.end, Failed) else "finished")
    assert {"finished", FailureCode.NO_ANSWER, FailureCode.FINISH_UNCONFIRMED} <= ends


@pytest.mark.parametrize("document", [None, b"IC1*******7\r\n"], ids=["reads", "writes too"])
def test_a_port_that_goes_after_any_byte_of_the_machine(document: bytes | None) -> None:
    report = SMALL_REPORT[:60]
    whole = ddcmp_wire("block_size:40", documents=lambda _: report, document=document).play()
    for count in range(1, len(whole.bytes_of("M")) + 1):
        fault = f"unplug_after:{count}"
        run = ddcmp_wire(
            "block_size:40", fault, documents=lambda _: report, document=document
        ).play()
        assert all(run.whole_when_completed)
        assert report.startswith(run.document)
        assert run.written in ([], [document])


@pytest.mark.parametrize("faults", [[], ["lost_ack:4"], ["wrong_data_crc:4"], ["piggy_back"]])
@pytest.mark.parametrize("report", [SMALL_REPORT, LONG_REPORT])
def test_a_killed_reader_leaves_a_machine_that_has_not_counted_or_a_whole_report(
    report: bytes, faults: list[str]
) -> None:
    """Killed after each single output, the stores and the sendings among them."""
    complete = incomplete = 0
    for outputs in range(300):
        run = ddcmp_wire(*faults, documents=lambda _: report, wire={"dies_after": outputs}).play()
        if run.completed:
            complete += 1
            assert run.document == report
            assert run.has_last
        else:
            incomplete += 1
        if isinstance(run.end, Finished):
            break
    assert complete >= 1
    assert incomplete > 10
    assert isinstance(run.end, Finished)


def test_a_report_of_more_than_256_blocks_arrives_over_a_bad_line() -> None:
    report = LONG_REPORT * 20
    plan = [("none", 0, 1, 0.0)] * 10 + [
        (what, 20, 7, 0.05)
        for what in ("lost", "none", "damaged", "none", "none", "doubled", "none", "split", "none")
    ] * 60
    run = ddcmp_wire("block_size:50", documents=lambda _: report, meddle=meddle_with(plan)).play()
    assert run.document == report
    check_read(run, report)


@pytest.mark.parametrize("wish", [1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200])
@pytest.mark.parametrize("most", [1200, 9600, 115200])
@pytest.mark.parametrize("start", [2400, 9600])
def test_both_find_the_same_speed(start: int, most: int, wish: int) -> None:
    run = ddcmp_wire(
        documents=lambda _: SMALL_REPORT,
        reader={"start_speed": start, "wanted_speed": wish},
        machine={"start_speed": start, "most_speed": most},
    ).play()
    assert run.finished.detail["baud_rate"] == (start if wish == start else min(most, wish))
    assert run.document == SMALL_REPORT
