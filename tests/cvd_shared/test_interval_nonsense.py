"""Any two reports can be compared: real ones, cut ones, and ones that make no sense."""

from functools import cache
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_shared.cash import cash_account, cash_expected, over_short
from cvd_shared.cash_facts import REASONS, TERMS
from cvd_shared.dex.dex_segments import segment_table
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.interval import baseline, history, interval
from cvd_shared.dex.interval_facts import EVIDENCE
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.meters import DeltaKind
from cvd_shared.dex.reading_maker import make_reading
from tests.support.corpus import corpus_files
from tests.support.model_readings import AT, model_of_examples

AMOUNTLESS = (
    DeltaKind.RESTARTED,
    DeltaKind.BOARD_CHANGED,
    DeltaKind.OTHER_MACHINE,
    DeltaKind.PARTIAL_FILE,
    DeltaKind.UNKNOWN,
)


def readings(raw: bytes) -> list[MachineReading]:
    return [make_reading(report) for report in read_dex(raw).reports]


def check(before: MachineReading, now: MachineReading) -> None:
    """What holds of every pair, whatever the two are."""
    found = interval(before, now, read_at=(AT, AT))
    for each in found.evidence:
        assert tuple(each.values) == EVIDENCE[each.code]
    deltas = list(found.counters.values())
    for selection in found.selections:
        deltas += [selection.units, selection.value, selection.test_vends, selection.free_vends]
    for one in deltas:
        assert (one.amount is None) == (one.kind in AMOUNTLESS)
        assert one.amount is None or one.amount >= 0
    if found.kind in (*AMOUNTLESS[1:4],):
        assert {one.kind for one in deltas} <= {found.kind}
        assert (found.units, found.value, found.trusted) == (None, None, False)
    assert found.units is None or found.units >= 0
    assert len({each.device for each in found.payments}) == len(found.payments)
    account = cash_account(found, before, now)
    parts = [each.amount for each in account.went]
    if account.remainder is not None:
        known = [each for each in parts if each is not None]
        assert len(known) == len(parts)
        assert account.cash_in.amount == sum(known) + account.remainder
    expected = cash_expected(found, before, now, refunds=5, fills=7)
    assert (expected.amount is not None) or expected.missing
    for term in (account.cash_in, *account.went, *account.earned, *expected.terms):
        assert term.code in TERMS
    for reason in (
        *account.reasons,
        *account.earned_reasons,
        *expected.hints,
        *over_short(expected, None).missing,
    ):
        assert tuple(reason.values) == REASONS[reason.code]


class TestRealFiles:
    def test_every_pair(self) -> None:
        found = [each for file in corpus_files() for each in readings(file.read())]
        for before, now in product(found, repeat=2):
            check(before, now)
        assert len(history(found)) == len(found)
        assert baseline(found, found[-1]) is not None

    def test_a_report_beside_itself(self) -> None:
        for file in corpus_files():
            for each in readings(file.read()):
                found = interval(each, each)
                if each.complete:
                    assert found.kind is DeltaKind.NO_CHANGE
                    assert found.units in (0, None)
                    # None: one of them counts since the last reset only.
                    assert {p.units.amount for p in found.payments} <= {0, None}

    def test_two_reads_of_a_real_machine(self) -> None:
        """In the file of five reports: nothing sold, one power cut, one read by somebody else."""
        (file,) = [each for each in corpus_files() if each.name.endswith("Combined.dex")]
        reports = readings(file.read())
        found = interval(reports[4], reports[0])
        assert (found.kind, found.units, found.value) == (DeltaKind.NORMAL, 0, 0)
        assert found.amount("EA702") == 1
        assert found.foreign.reads == 1
        assert cash_account(found, reports[4], reports[0]).balanced
        assert interval(reports[3], reports[0]).kind is DeltaKind.OTHER_MACHINE


@cache
def two_reports() -> tuple[bytes, bytes]:
    machine = model_of_examples()
    machine.sell_cash("6", AT, 500)
    before = machine.report(AT)
    machine.sell_mixed("7", AT, card=50)
    return before, machine.report(AT)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_reports_cut_anywhere(data: st.DataObject) -> None:
    before, now = two_reports()
    cuts = [
        readings(each[data.draw(st.integers(0, 60)) : data.draw(st.integers(60, len(each)))])
        for each in (before, now)
    ]
    for one, other in product(*cuts):
        check(one, other)


ELEMENTS = st.one_of(
    st.just(""),
    st.integers(0, 9).map(str),
    st.integers(0, 10**9).map(str),
    st.sampled_from(
        ["99999999", "999999", "4294967295", "4294967290", "65535", "-5", " 7 ", "00000012", "A1"]
    ),
    st.sampled_from(["260101", "20370101", "1000", "CA", "DA", "DB", "TA", "AUTO", "x" * 120]),
)
IDS = st.sampled_from(
    [
        *("ID1", "ID4", "ID5", "CB1", "VA1", "VA2", "VA3", "CA2", "CA3", "CA4", "CA8", "CA10"),
        *("CA15", "CA17", "CA22", "CA23", "DA2", "DA4", "DA10", "DB2", "TA2", "PA1", "PA2"),
        *("PA3", "PA4", "PA7", "PA8", "LA1", "EA1", "EA2", "EA3", "EA7", "SD1", "MA5"),
    ]
)
LINES = st.tuples(IDS, st.lists(ELEMENTS, max_size=12)).map(
    lambda line: "*".join((line[0], *line[1]))
)
REPORTS = st.lists(LINES, max_size=25)


@settings(max_examples=80, deadline=None)
@given(REPORTS, REPORTS, st.booleans())
def test_reports_without_any_sense(before: list[str], now: list[str], whole: bool) -> None:
    end = ["SE*1*0001", "DXE*1*1", ""] if whole else []
    texts = ["\r\n".join(["DXS*A*VA*V0/6*1", "ST*001*0001", *each, *end]) for each in (before, now)]
    for one, other in product(*(readings(text.encode("latin-1")) for text in texts)):
        check(one, other)
        check(other, one)
        history([one, other, one, other])


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.binary(max_size=400))
def test_bytes(before: bytes, now: bytes) -> None:
    for one, other in product(readings(b"DXS*1" + before), readings(b"DXS*1" + now)):
        check(one, other)


def test_every_counter_of_the_table_at_once() -> None:
    lines = [
        "*".join((kind.id, *("7" for _ in range(kind.last_position))))
        for kind in segment_table().values()
        if kind.kind == "audit"
    ]
    text = "\r\n".join(["DXS*A*VA*V0/6*1", "ST*001*0001", *lines, "DXE*1*1", ""])
    (one,) = readings(text.encode())
    check(one, one)


def test_thousands_of_selections_and_events_of_a_few_names() -> None:
    many = [f"PA1*{n % 700}*100\r\nPA2*{n}*{n}00\r\nEA2*E{n % 50}*{n}*{n}" for n in range(3000)]
    start, end = ("DXS*A*VA*V0/6*1", "ST*001*0001"), ("DXE*1*1", "")
    (one,) = readings("\r\n".join((*start, *many, *end)).encode())
    (other,) = readings("\r\n".join((*start, *reversed(many), *end)).encode())
    check(one, one)
    check(one, other)
