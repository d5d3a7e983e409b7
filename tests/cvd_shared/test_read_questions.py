"""The five questions of a read get the answers that people act on."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_shared import read_questions
from cvd_shared.dex.dex_report import Report
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.read_questions import (
    CODES,
    MetersBefore,
    integrity_answer,
    judge,
    link_answer,
    mapping_answer,
    meters_of,
    plausibility_answer,
    transfer_answer,
)
from cvd_shared.read_verdict import Actor, Answer, State
from cvd_shared.wire_records import PlanogramSlot
from tests.support.dex_reports import example, reading_of

MACHINE = "ID1*S4711***** 10042"


def slot(selection: str, price: int = 100, product: str | None = "p") -> PlanogramSlot:
    return PlanogramSlot(
        label=f"L{selection}",
        selection=selection,
        row=1,
        column=1,
        product_id=product,
        capacity=10,
        par=8,
        price=price,
    )


def told(answer: Answer) -> tuple[State, str]:
    return answer.state, answer.code


def report(data: bytes) -> Report:
    return read_dex(data).reports[0]


class TestLinkAndTransfer:
    def test_link(self) -> None:
        assert told(link_answer("dexucs", answered=True)) == (State.OK, "answered")
        assert told(link_answer("file", answered=True)) == (State.UNKNOWN, "from_file")
        silent = link_answer("ddcmp", answered=False, failure_code="no_answer")
        assert (told(silent), silent.actor) == ((State.FAILED, "not_answered"), Actor.DRIVER)
        assert silent.values == {"failure": "no_answer", "link": "ddcmp"}

    def test_transfer(self) -> None:
        whole = transfer_answer(True, 23, 5513, 0, 7.24)
        assert told(whole) == (State.OK, "whole")
        assert whole.values == {"blocks": 23, "size": 5513, "retries": 0, "seconds": 7.2}
        assert told(transfer_answer(True, 23, 5513, 1, 7.0)) == (State.OK, "whole")
        shaky = transfer_answer(True, 23, 5513, 4, 9.0)
        assert (told(shaky), shaky.actor) == (
            (State.WARNING, "whole_with_repeats"),
            Actor.TECHNICIAN,
        )
        endless = transfer_answer(True, 23, 5513, 0, 9.0, ended=False)
        assert told(endless) == (State.WARNING, "end_missing")

    def test_a_transfer_that_broke_off(self) -> None:
        partial = transfer_answer(False, 4, 900, 0, 2.0, "broken_off")
        assert (told(partial), partial.actor) == ((State.FAILED, "broken_off"), Actor.DRIVER)
        assert partial.values["failure"] == "broken_off"
        refused = transfer_answer(False, 0, 0, 0, 2.0, "refused")
        assert (told(refused), refused.actor) == (
            (State.FAILED, "nothing_came"),
            Actor.TECHNICIAN,
        )


class TestIntegrity:
    @pytest.mark.parametrize(
        ("data", "state", "code"),
        [
            (example(), State.OK, "matches"),
            (example().replace(b"079F", b"9F07"), State.OK, "matches"),
            (example().replace(b"SE*17", b"SE*12"), State.OK, "matches"),
            (example().replace(b"VA1*400", b"VA1*401"), State.WARNING, "differs"),
            (example().replace(b"G85*079F\r\n", b""), State.UNKNOWN, "no_check_value"),
            (example()[:200], State.UNKNOWN, "cut_off"),
        ],
    )
    def test_answers(self, data: bytes, state: State, code: str) -> None:
        assert told(integrity_answer(report(data))) == (state, code)

    def test_what_is_no_report(self) -> None:
        assert told(integrity_answer(None, 40)) == (State.FAILED, "no_report")
        assert told(integrity_answer(None, 0)) == (State.UNKNOWN, "nothing_to_check")


class TestMapping:
    reading = reading_of(MACHINE, "PA1*001*100", "PA1*2*150", "PA1*A03*50", "PA1*9*10*****1")

    def test_all_match_whatever_the_padding(self) -> None:
        answer = mapping_answer(self.reading, [slot("1"), slot("02", 150), slot("a3", 50)])
        assert told(answer) == (State.OK, "all_match")
        assert answer.values["matched"] == 3

    def test_several_slots_on_one_selection(self) -> None:
        slots = [slot("1"), slot("1"), slot("2", 150), slot("A3", 50)]
        assert mapping_answer(self.reading, slots).values["matched"] == 3

    def test_what_is_missing_and_what_is_new(self) -> None:
        answer = mapping_answer(self.reading, [slot("1"), slot("77"), slot("78", product=None)])
        assert (told(answer), answer.actor) == ((State.WARNING, "differs"), Actor.OFFICE)
        assert answer.values == {
            "matched": 1,
            "missing": 1,
            "new": 2,
            "prices": 0,
            "first": "2, A03, 77",
        }

    def test_prices(self) -> None:
        slots = [slot("1", 90), slot("2", 150), slot("A3", 50, product=None)]
        answer = mapping_answer(self.reading, slots)
        assert told(answer) == (State.WARNING, "prices_differ")
        assert (answer.values["prices"], answer.values["first"]) == (1, "001")
        yen = reading_of(MACHINE, "ID4*0", "PA1*1*1")
        assert told(mapping_answer(yen, [slot("1", 100)], 2)) == (State.OK, "all_match")
        assert told(mapping_answer(yen, [slot("1", 1)], 2)) == (State.WARNING, "prices_differ")

    def test_names_that_differ_only_in_padding_are_not_mixed_up(self) -> None:
        reading = reading_of(MACHINE, "PA1*01*100", "PA1*1*200")
        answer = mapping_answer(reading, [slot("01", 100), slot("1", 200)])
        assert told(answer) == (State.OK, "all_match")
        assert told(mapping_answer(reading, [slot("001")])) == (State.FAILED, "nothing_matches")

    def test_what_cannot_be_compared(self) -> None:
        assert told(mapping_answer(None, [])) == (State.UNKNOWN, "no_selections")
        assert told(mapping_answer(reading_of(MACHINE), [slot("1")]))[1] == "no_selections"
        assert told(mapping_answer(self.reading, None)) == (State.UNKNOWN, "no_planogram")
        assert told(mapping_answer(self.reading, [])) == (State.FAILED, "nothing_matches")

    def test_a_partial_file_proves_no_selection_missing(self) -> None:
        data = example()[: example().index(b"PA1*COL 2")]
        answer = mapping_answer(make_reading(report(data)), [slot("COL 1", 50), slot("COL 2")])
        assert told(answer) == (State.UNKNOWN, "partial_file")


class TestPlausibility:
    before = reading_of(MACHINE, "VA1*900*9", "PA1*1*100", "PA2*5*500", "PA1*2*100", "PA2*4*400")

    def now(self, *sold: int, machine: str = MACHINE, total: int = 99) -> Any:
        lines = [f"PA1*{n}*100\r\nPA2*{units}" for n, units in enumerate(sold, 1)]
        text = "\r\n".join(["DXS*A*VA*V0/6*1", "ST*1", machine, f"VA1*0*{total}", *lines, "DXE*1"])
        return make_reading(report(text.encode()))

    def test_meters_continue(self) -> None:
        answer = plausibility_answer(self.now(8, 4), self.before)
        assert told(answer) == (State.OK, "continues")
        assert answer.values == {"meters": 3, "units": 3}
        again = plausibility_answer(self.now(5, 4, total=9), self.before)
        assert told(again) == (State.OK, "no_change")

    def test_meters_that_restarted(self) -> None:
        answer = plausibility_answer(self.now(1, 6), self.before)
        assert (told(answer), answer.actor) == ((State.WARNING, "restarted"), Actor.OFFICE)
        assert answer.values == {"meters": 3, "restarted": 1, "units": 2}

    def test_meters_that_rolled_over(self) -> None:
        before = MetersBefore({"1": (99_999_990, None)})
        answer = plausibility_answer(self.now(10), before)
        assert told(answer) == (State.OK, "rolled_over")
        assert answer.values == {"meters": 1, "units": 20, "rolled_over": 1}

    def test_only_the_total_is_known(self) -> None:
        answer = plausibility_answer(self.now(total=12), MetersBefore({}, 9))
        assert told(answer) == (State.OK, "continues")
        assert answer.values["units"] == 3

    def test_there_is_nothing_to_compare(self) -> None:
        assert told(plausibility_answer(self.now(8), None)) == (State.UNKNOWN, "first_read")
        assert told(plausibility_answer(None, self.before)) == (State.UNKNOWN, "no_meters")
        answer = plausibility_answer(self.now(8), MetersBefore({"7": (1, 1)}))
        assert told(answer) == (State.UNKNOWN, "no_meters")
        partial = make_reading(report(f"DXS*A*VA*V0/6\r\n{MACHINE}\r\nVA1*1*2\r\n".encode()))
        assert told(plausibility_answer(partial, self.before)) == (State.UNKNOWN, "partial_file")

    def test_another_machine_stops_before_its_meters_are_compared(self) -> None:
        answer = plausibility_answer(self.now(8, 4, machine="ID1*S9*****555"), self.before)
        assert (told(answer), answer.actor) == ((State.FAILED, "other_machine"), Actor.DRIVER)
        assert answer.values == {"was": "10042", "is": "555"}


def test_meters_of_a_reading() -> None:
    meters = meters_of(make_reading(report(example())))
    assert meters.selections == {"COL 1": (1, 50), "COL 2": (1, 100)}
    assert meters.units == 5


def test_the_verdict_holds_all_five_answers() -> None:
    found = report(example())
    verdict = judge(
        link=link_answer("dexucs", answered=True),
        transfer=transfer_answer(True, 2, len(example()), 0, 1.0),
        size=len(example()),
        report=found,
        reading=make_reading(found),
        slots=[slot("COL 1", 50), slot("COL 2", 100)],
        previous=make_reading(found),
    )
    assert verdict.states() == dict.fromkeys(
        ("link", "transfer", "integrity", "mapping", "plausibility"), "ok"
    )
    nothing = judge(
        link=link_answer("dexucs", answered=False, failure_code="no_answer"),
        transfer=transfer_answer(False, 0, 0, 0, 60.0, "no_answer"),
        size=0,
        report=None,
        reading=None,
    )
    assert nothing.states() == {
        "link": "failed",
        "transfer": "failed",
        "integrity": "unknown",
        "mapping": "unknown",
        "plausibility": "unknown",
    }


def test_the_table_for_those_who_write_the_words_is_whole() -> None:
    rows = re.findall(r"^\| (\w*) ?\| (\w+) \|", read_questions.__doc__ or "", re.MULTILINE)
    table: dict[str, list[str]] = {}
    question = ""
    for name, code in rows[1:]:
        question = name or question
        table.setdefault(question, []).append(code)
    assert {name: tuple(codes) for name, codes in table.items()} == CODES


LINES = [
    *("DXS*A*VA*V0/6*1", "ST*1", "ID1*1*****2", "ID1*3", "CB1*7", "PA1*1*100", "PA1*2*50"),
    *("PA2*9", "PA2*99999999", "VA1*1*7", "VA1*1*3", "G85*1234", "SE*3", "DXE*1*1", "x"),
]
pieces = st.lists(st.sampled_from(LINES), max_size=12)


@given(pieces, pieces, st.booleans(), st.none() | st.lists(st.sampled_from("1239").map(slot)))
def test_every_file_gets_answers_that_have_words(
    lines: list[str], lines_before: list[str], complete: bool, slots: list[PlanogramSlot] | None
) -> None:
    data = "\r\n".join(lines).encode()
    found = next(iter(read_dex(data).reports), None)
    earlier = next(iter(read_dex("\r\n".join(lines_before).encode()).reports), None)
    verdict = judge(
        link=link_answer("dexucs", answered=bool(lines)),
        transfer=transfer_answer(complete, 1, len(data), len(lines), 1.0),
        size=len(data),
        report=found,
        reading=make_reading(found) if found else None,
        slots=slots,
        previous=make_reading(earlier) if earlier else None,
    )
    for question, codes in CODES.items():
        assert getattr(verdict, question).code in codes
