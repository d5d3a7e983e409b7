"""Cash and meter continuity from what the server keeps of a read are those of its raw report."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from cvd_desktop.services.parsed_read import reading_of_record
from cvd_shared.canonical import sha256_hex
from cvd_shared.cash import cash_expected_since
from cvd_shared.cash_facts import CashExpected
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.dex_writer import envelope
from cvd_shared.dex.interval import history, interval
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.meters import DeltaKind
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.dex.report_digest import main_report
from cvd_shared.record_facts import reading_facts
from cvd_shared.sample_operator import sample_operator
from cvd_shared.wire_events import VerdictWire
from cvd_shared.wire_records import ReadRecord

VERDICT = VerdictWire(
    link="ok", transfer="ok", integrity="ok", mapping="unknown", plausibility="unknown"
)


def from_raw(raw: bytes) -> MachineReading:
    report = main_report(read_dex(raw))
    assert report is not None
    return make_reading(report)


def record_of(raw: bytes) -> ReadRecord:
    """As the server makes it and the wire brings it."""
    reading = from_raw(raw)
    record = ReadRecord(
        id="r1", at="2026-03-02T07:30:00.000Z", purpose="collect", link="dexucs",
        asset_number=reading.identity.asset_number, complete=reading.complete, size=len(raw),
        raw_sha256=sha256_hex(raw), verdict=VERDICT, **reading_facts(raw),
    )  # fmt: skip
    return ReadRecord.model_validate_json(record.model_dump_json())


def from_record(raw: bytes) -> MachineReading:
    return reading_of_record(record_of(raw), decimals=0)  # the record knows better


def report(*lines: str, serial: str = "S1", board: str = "B1", money: str = "ID4*2*1840") -> bytes:
    return envelope([f"ID1*{serial}*M****A-1", f"CB1*{board}", money, *lines], "CVD0000001")


def both_ways(*raws: bytes, refunds: int = 0) -> CashExpected:
    """The same from the raw reports, from the records, and from a mixture of both."""
    raw = cash_expected_since([from_raw(each) for each in raws], refunds=refunds)
    told = cash_expected_since([from_record(each) for each in raws], refunds=refunds)
    mixed = cash_expected_since(
        [from_record(raws[0]), *(from_raw(each) for each in raws[1:])], refunds=refunds
    )
    assert told == raw
    assert mixed == raw
    return raw


def test_cash_of_a_collect_is_the_same_without_the_bytes() -> None:
    before = report("VA1*5000*40", "CA3*0*0*0*0*9000*4000*3000*20", "CA4*0*0*500*100", "EA3*3")
    now = report("VA1*9000*70", "CA3*0*0*0*0*15000*6000*5000*40", "CA4*0*0*900*300", "EA3*4")
    found = both_ways(before, now, refunds=150)
    assert found.amount == 2000 + 20 * 100 - 150 - 200
    assert found.missing == ()


def test_money_of_other_decimals_is_counted_in_its_own() -> None:
    before = report("VA1*500*40", "CA3*0*0*0*0*720*400*300*2", "CA4*0*0*0*0", money="ID4*1*1840")
    now = report("VA1*900*70", "CA3*0*0*0*0*1140*600*500*4", "CA4*0*0*0*0", money="ID4*1*1840")
    assert both_ways(before, now).amount == 200 + 20
    changed = report("VA1*9000*70", "CA3*0*0*0*0*15000*6000*5000*40")
    assert [each.code for each in both_ways(before, changed).missing] == ["money_changed"]


def test_another_board_and_a_meter_that_began_anew_are_seen() -> None:
    hand = "CA4*0*0*0*0"
    before = report("VA1*5000*40", "CA3*0*0*0*0*9000*4000*5000*0", hand)
    board = report("VA1*5500*44", "CA3*0*0*0*0*9500*4500*5000*0", board="B2")
    assert [each.code for each in both_ways(before, board).missing] == ["board_changed"]
    assert interval(from_record(before), from_record(board)).kind is DeltaKind.BOARD_CHANGED
    # low in between, above the old value at the end
    low = report("VA1*5500*44", "CA3*0*0*0*0*100*60*40*0", hand)
    high = report("VA1*9900*80", "CA3*0*0*0*0*9900*4900*5000*0", hand)
    assert [each.code for each in both_ways(before, low, high).missing] == ["meter_restarted"]


def test_counters_that_a_machine_does_not_keep_are_not_taken_for_zero() -> None:
    before = report("VA1*5000*40", "CA3*100*60*40*0*0*0*0*0")
    now = report("VA1*5500*44", "CA3*300*200*100*0*0*0*0*0")
    assert both_ways(before, now).amount is None


def test_selections_that_count_since_the_last_reset_alone_are_not_taken_for_zero() -> None:
    lines = ("VA1*5000*40", "PA1*10*150", "PA2*0*0*3*450", "PA1*11*150", "PA2*4*600*1*150")
    raws = (report(*lines), report(*lines[:2], "PA2*0*0*5*750", *lines[3:]))
    assert record_of(raws[1]).selections == {"10": (None, None), "11": (4, 600)}
    raw, told = (
        interval(make(raws[0]), make(raws[1])).selections for make in (from_raw, from_record)
    )
    assert [each.units.amount for each in told] == [each.units.amount for each in raw] == [None, 0]


def test_a_reset_by_somebody_else_is_told() -> None:
    rest = ("CA4*0*0*0*0", "SD1*****AUTO")
    before = report("VA1*5000*40", "CA3*0*0*0*0*9*4*5*0", *rest, "EA3*3********7*3")
    now = report("VA1*5500*44", "CA3*0*0*0*0*19*9*10*0", *rest, "EA3*6********11*6")
    assert "foreign_reset" in [each.code for each in both_ways(before, now).missing]


def test_a_record_of_before_proves_no_cash_and_still_counts_sales() -> None:
    raws = (report("VA1*5000*40", "CA3*0*0*0*0*9*4*5*0"), report("VA1*9*70", "CA3*0*0*0*0*9*4*5*0"))
    old = [
        reading_of_record(
            record_of(raw).model_copy(
                update={"counters": {}, "serial_number": None, "control_board": None}
            ),
            decimals=3,
        )
        for raw in raws
    ]
    assert [each.money.decimals for each in old] == [3, 3]
    assert interval(old[0], old[1]).amount("VA102") == 30
    assert [each.code for each in cash_expected_since(old).missing] == ["not_told"]


def test_the_reads_of_the_sample_give_the_same_intervals() -> None:
    sample = sample_operator(date(2026, 3, 2))
    chosen = [*sample.odd_machines.values(), sample.machines[0].id, sample.machines[1].id]
    for machine_id in chosen:
        raws = [read.raw for read in sample.reads if read.machine_id == machine_id][-8:]
        both_ways(*raws)
        ours = history([from_raw(raw) for raw in raws])
        theirs = history([from_record(raw) for raw in raws])
        for mine, other in zip(ours[1:], theirs[1:], strict=True):
            assert mine is not None
            assert other is not None
            assert (mine.units, mine.value) == (other.units, other.value)
            assert mine.kind is other.kind


_AMOUNT = st.sampled_from(["", "0", "1", "20", "500", "4000", "90000", "4294967295", "x"])


def _segment(name: str, count: int) -> st.SearchStrategy[str]:
    return st.lists(_AMOUNT, min_size=1, max_size=count).map(lambda v: "*".join([name, *v]))


_LINES = st.tuples(
    st.just("VA1*5000*40"),
    _segment("CA3", 12),
    _segment("CA4", 9),
    _segment("CA8", 2),
    _segment("CA10", 4),
    st.sampled_from(["SD1*****AUTO", "SD1*****SAVE", "VA2*1*2*3*4*5*6"]),
)


@given(_LINES, _LINES, st.sampled_from(["ID4*2*1840", "ID4*0*1840", "ID4*9", "VA9*1"]))
def test_whatever_the_cash_counters_say(
    before: tuple[str, ...], now: tuple[str, ...], money: str
) -> None:
    both_ways(report(*before, money=money), report(*now, money=money))
