"""Text becomes a reading and text again without losing an element; a reading stays what it was."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example as explicit
from hypothesis import given
from hypothesis import strategies as st

from cvd_shared.dex.dex_report import Report, Segment
from cvd_shared.dex.dex_segments import segment_table
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.dex_writer import envelope
from cvd_shared.dex.integrity_check import G85
from cvd_shared.dex.machine_reading import (
    Event,
    MachineReading,
    Meters,
    MoneyIn,
    PaymentSales,
    Row,
    Selection,
    SoldOut,
    VendCount,
)
from cvd_shared.dex.money_frame import MoneyFrame
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.dex.reading_writer import write_reading
from cvd_shared.ready_machine import ready_machine
from cvd_shared.vending_model import SlotSetup, VendingModel
from cvd_shared.vending_profiles import MODELS, EventKind
from tests.support.corpus import corpus_files
from tests.support.dex_reports import example
from tests.support.generated_reports import ENVELOPE, odd_texts, segment_lists
from tests.support.typed_facts import typed_facts

AT = datetime(2026, 3, 4, 10, 20, 30, tzinfo=UTC)


def only(data: bytes) -> Report:
    (report,) = read_dex(data).reports
    return report


def body(report: Report) -> list[str]:
    return [one.raw for one in report.reliable_segments() if one.id not in ENVELOPE]


def lines(data: bytes) -> list[str]:
    return data.decode("latin-1").split("\r\n")[:-1]


def assert_every_element_is_kept(data: bytes) -> None:
    for report in read_dex(data).reports:
        reading = make_reading(report)
        again = only(write_reading(reading, report))
        assert body(again) == body(report)
        if report.header:
            assert again.header is not None
            assert again.header.elements[1:] == report.header.elements[1:]
        if again.check.g85 is not G85.ABSENT:
            assert (again.check.g85, again.check.variant) == (G85.OK, "")
            assert again.declared == again.counted
        assert typed_facts(make_reading(again)) == typed_facts(reading)


class TestTextToText:
    @given(odd_texts())
    @explicit(b"DXS*A")
    @explicit(b"ID1*1*2\rPA2*1*2")
    def test_every_element_of_every_segment_is_kept(self, data: bytes) -> None:
        assert_every_element_is_kept(data)

    @given(segment_lists())
    def test_a_right_report_comes_out_byte_for_byte(self, segments: list[str]) -> None:
        data = envelope(segments, "CVD0000001")
        assert write_reading(make_reading(only(data)), only(data)) == data

    @pytest.mark.parametrize("model", [name for name in MODELS if MODELS[name].frame == "whole"])
    def test_the_reports_of_every_make(self, model: str) -> None:
        data = ready_machine(model, AT).report(AT + timedelta(days=1), "CVD0000001")
        assert write_reading(make_reading(only(data)), only(data)) == data

    def test_real_files(self) -> None:
        for file in corpus_files():
            assert_every_element_is_kept(file.read())
            for report in read_dex(file.read()).reports:
                check = report.check
                if (check.g85, check.variant) == (G85.OK, "") and report.declared == report.counted:
                    written = write_reading(make_reading(report), report)
                    assert lines(written) == [segment.raw for segment in report.segments]

    def test_what_is_wrong_in_the_envelope_is_put_right(self) -> None:
        data = example().replace(b"G85*079F", b"G85*ffff*x").replace(b"SE*17", b"SE*12")
        written = lines(write_reading(make_reading(only(data)), only(data)))
        assert written[-3:] == ["G85*079F*x", "SE*17*0001", "DXE*1*1"]

    def test_how_the_machine_writes_its_envelope_stays(self) -> None:
        data = example().replace(b"079F", b"079f").replace(b"SE*17", b"SE*000017")
        assert write_reading(make_reading(only(data)), only(data)) == data

    def test_a_cut_report_never_becomes_a_whole_one(self) -> None:
        data = example()
        for size in range(len(data)):
            for report in read_dex(data[:size]).reports:
                again = only(write_reading(make_reading(report), report))
                assert again.complete == report.complete
                assert body(again) == body(report)

    def test_a_report_without_envelope_gets_its_check_value(self) -> None:
        data = "".join(f"{line}\r\n" for line in ("ID1*7", "VA1*1*1*1*1")).encode()
        written = lines(write_reading(make_reading(only(data)), only(data)))
        assert written[:3] == ["ST*001*0001", "ID1*7", "VA1*1*1*1*1"]
        assert written[-1] == "SE*5*0001"


class TestReadingToText:
    @explicit(["EA3**********", "EA3**********0"])
    @explicit(["EA3*1", "EA3*2*250709*1200*****7**5"])
    @given(segment_lists())
    def test_the_facts_alone_are_enough(self, segments: list[str]) -> None:
        reading = make_reading(only(envelope(segments, "CVD0000001")))
        again = only(write_reading(reading))
        assert typed_facts(make_reading(again)) == typed_facts(reading)
        assert (again.check.g85, again.declared) == (G85.OK, again.counted)

    def test_real_files_from_their_facts_alone(self) -> None:
        for file in corpus_files():
            for report in read_dex(file.read()).reports:
                reading = make_reading(report)
                again = make_reading(only(write_reading(reading)))
                assert typed_facts(again) == typed_facts(reading)

    def test_segments_stand_in_the_order_of_their_lines(self) -> None:
        data = envelope(["ID1*7", "PA1*1*50", "PA2*1*50", "EA2*EGS*1*2", "VA1*50*1"], "CVD0000001")
        assert write_reading(make_reading(only(data))) == data


def small_machine() -> VendingModel:
    slots = [SlotSetup(name, 40, 9, f"Bar {name}") for name in ("1", "2", "A10")]
    machine = VendingModel("combo", slots, AT, serial_number="4711", asset_number="10042")
    machine.fill_up()
    machine.sell_cash("1", AT)
    machine.sell_mixed("2", AT, card=10)
    machine.event(EventKind.DOOR_OPEN, AT)
    machine.set_price("2", 60, AT)
    machine.read_finished(AT, "CVD0000001")
    return machine


REPORT = only(small_machine().report(AT + timedelta(days=1), "CVD0000001"))
READING = make_reading(REPORT)
counts = st.integers(0, 99_999_999)
names = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0xFF), min_size=1, max_size=6
).filter(
    lambda name: name.strip() == name and not any("\x7f" <= letter < "\xa0" for letter in name)
)
NEW = Selection(
    *(0, "new", True, 150, "Bar", None, None, None, None, None, None),
    *(Meters(1, 150), VendCount(), VendCount(2), VendCount(), SoldOut("2026-03-01T10:00:00", 3)),
)

Edit = Callable[[MachineReading], MachineReading]


def _selection(place: int, change: Callable[[Selection], Selection]) -> Edit:
    def edit(reading: MachineReading) -> MachineReading:
        selections = list(reading.selections)
        if selections:
            selections[place % len(selections)] = change(selections[place % len(selections)])
        return replace(reading, selections=tuple(selections))

    return edit


def _rows(field: str, change: Callable[[list[Any]], object]) -> Edit:
    def edit(reading: MachineReading) -> MachineReading:
        rows = list(getattr(reading, field))
        change(rows)
        return replace(reading, **{field: tuple(rows)})

    return edit


def _insert(field: str, place: int, row: Any) -> Edit:
    return _rows(field, lambda rows: rows.insert(place % (len(rows) + 1), row))


def _copy(field: str, place: int, to: int, **changes: Any) -> Edit:
    """Copied with its line, as `_replace` does it."""
    return _rows(
        field,
        lambda rows: (
            rows and rows.insert(to % len(rows), rows[place % len(rows)]._replace(**changes))
        ),
    )


def _remove(field: str, place: int) -> Edit:
    """All but the last one: without PA1 the selections are those of PA7."""
    return _rows(field, lambda rows: len(rows) > 1 and rows.pop(place % len(rows)))


def _move(field: str, place: int, to: int) -> Edit:
    return _rows(
        field, lambda rows: rows and rows.insert(to % len(rows), rows.pop(place % len(rows)))
    )


places = st.integers(0, 200)
ROWS = ("selections", "payments", "events", "stores", "blocks")
edits = st.one_of(
    st.builds(lambda n, x: _selection(n, lambda s: s._replace(price=x)), places, counts),
    st.builds(lambda n, x: _selection(n, lambda s: s._replace(selection=x)), places, names),
    st.builds(lambda n, x: _selection(n, lambda s: s._replace(product=x)), places, names),
    st.builds(
        lambda n, x: _selection(
            n, lambda s: s._replace(meters=s.meters._replace(sold_since_init=x))
        ),
        places,
        counts | st.none(),
    ),
    st.builds(
        lambda n, x: _selection(n, lambda s: s._replace(mixed=VendCount(x, x))), places, counts
    ),
    st.builds(lambda n, x: _insert("selections", n, NEW._replace(selection=x)), places, names),
    st.builds(lambda n, to, x: _copy("selections", n, to, selection=x), places, places, names),
    st.builds(_remove, st.sampled_from(ROWS), places),
    st.builds(_move, st.sampled_from(ROWS), places, places),
    st.builds(lambda n, x: _copy("payments", n, n, price=x), places, counts),
    st.builds(
        lambda n, x: _insert("payments", n, PaymentSales(0, x, "DB", 1, 5, 1, 5, 1, 5)),
        places,
        names,
    ),
    st.builds(
        lambda n: _insert("money_in", n, MoneyIn(0, "CA14", 500, 1, 2, None, 4, 1, None)), places
    ),
    st.builds(
        lambda n, x: _insert(
            "events", n, Event(0, "CR", "CR", None, None, None, x.isoformat("T", "seconds"), 5)
        ),
        places,
        st.datetimes(datetime(1980, 1, 1), datetime(2079, 1, 1)),  # noqa: DTZ001
    ),
    st.builds(
        lambda n, x: _insert("events", n, Event(0, "DO", "DO", 1, x, True, None, None)),
        places,
        counts,
    ),
    st.builds(lambda x: lambda r: replace(r, identity=r.identity._replace(asset_number=x)), names),
    st.builds(
        lambda x: lambda r: replace(r, counters=r.counters | {"TA204": x, "DB502": x}), counts
    ),
    st.builds(
        lambda x: (
            lambda r: replace(
                r,
                counters=r.counters | {"VA101": x},
                paid_vends=r.paid_vends._replace(value_of_paid_vends_since_init=x),
            )
        ),
        counts,
    ),
    st.builds(
        lambda x: lambda r: replace(r, machine_clock=x.isoformat("T", "seconds")),
        st.datetimes(datetime(1980, 1, 1), datetime(2079, 1, 1)),  # noqa: DTZ001
    ),
    st.builds(
        lambda x: (
            lambda r: replace(r, rows=dict(r.rows) | {"MA1": (Row(0, "MA1", (x, None, "1")),)})
        ),
        names.filter(lambda x: x not in segment_table()),  # that would be another segment's begin
    ),
    st.builds(
        lambda x: lambda r: replace(r, settings=r.settings._replace(interval_reset=x)),
        st.sampled_from(["AUTO", "SAVE", None]),
    ),
    st.builds(lambda x: lambda r: replace(r, communication_id=x), names),
    st.just(lambda r: replace(r, unknown=(*r.unknown, Segment(0, "ZZ9*^2A^* x ")))),
)


class TestChangedReading:
    @given(st.lists(edits, max_size=6))
    def test_every_change_appears_in_the_text(self, wanted: list[Edit]) -> None:
        reading = READING
        for edit in wanted:
            reading = edit(reading)
        for report in (REPORT, None):
            again = only(write_reading(reading, report))
            assert typed_facts(make_reading(again)) == typed_facts(reading)
            assert (again.check.g85, again.declared) == (G85.OK, again.counted)

    @given(st.lists(edits, max_size=3))
    def test_what_no_fact_tells_stays(self, wanted: list[Edit]) -> None:
        extra = ["ID1*7*M*0*L*user field*9*6*2", "CA1*1*2*3*4*5*more", "SD1*secret", "ZZ9*?"]
        data = envelope([*body(REPORT), *extra], "CVD0000001")
        report = only(data)
        reading = make_reading(report)
        for edit in wanted:
            reading = edit(reading)
        written = body(only(write_reading(reading, report)))
        for line in (line for line in extra if not line.startswith("CA1")):
            assert sum(one.startswith(line) for one in written) >= 1

    def test_a_changed_price_keeps_the_form_of_the_machine(self) -> None:
        data = envelope(["PA1*10*00000150*Bar*3*x", "PA2*1*150"], "CVD0000001")
        reading = make_reading(only(data))
        (selection,) = reading.selections
        changed = replace(reading, selections=(selection._replace(price=175),))
        assert body(only(write_reading(changed, only(data)))) == [
            "PA1*10*00000175*Bar*3*x",
            "PA2*1*150",
        ]

    def test_an_added_selection_stands_behind_the_one_before_it(self) -> None:
        data = envelope(["PA1*1*50", "PA2*1*50", "PA1*2*60", "EA2*EGS*1*1"], "CVD0000001")
        reading = make_reading(only(data))
        first, second = reading.selections
        changed = replace(reading, selections=(first, NEW._replace(selection="9"), second))
        assert body(only(write_reading(changed, only(data)))) == [
            *("PA1*1*50", "PA2*1*50"),
            *("PA1*9*150*Bar", "PA2*1*150", "PA4*2", "PA5*20260301*100000*3"),
            *("PA1*2*60", "EA2*EGS*1*1"),
        ]

    def test_short_dates_stay_short(self) -> None:
        data = envelope(["ID5*260304*1020", "EA1*EGS*260304*1020"], "CVD0000001")
        reading = make_reading(only(data))
        events = (reading.events[0]._replace(at="2026-03-05T11:00:00"),)
        changed = replace(reading, machine_clock="2026-03-05T11:00:00", events=events)
        assert body(only(write_reading(changed, only(data)))) == [
            "ID5*260305*1100",
            "EA1*EGS*260305*1100",
        ]

    def test_a_new_currency_is_told_in_both_ways(self) -> None:
        changed = replace(READING, money=MoneyFrame(0, "JPY"))
        assert "ID4*0*1392*JPY" in body(only(write_reading(changed, REPORT)))

    @pytest.mark.parametrize(
        "edit",
        [
            _selection(0, lambda selection: selection._replace(price=-1)),
            lambda reading: replace(reading, machine_clock="yesterday"),
            lambda reading: replace(reading, unknown=(Segment(0, "ZZ9*a\r\nVA1*1"),)),
            _insert("devices", 0, READING.devices[0]._replace(segment="VA1")),
        ],
    )
    def test_what_cannot_be_written_is_refused(self, edit: Edit) -> None:
        with pytest.raises(ValueError, match=r"-1|yesterday|ZZ9|VA1|a\\r"):
            write_reading(edit(READING), REPORT)
