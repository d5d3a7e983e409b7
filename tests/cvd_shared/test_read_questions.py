"""The five questions of a read get the answers that people act on."""

import re
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_shared import read_questions
from cvd_shared.dex.dex_report import Report
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.interval import interval
from cvd_shared.dex.machine_reading import Identity, MachineReading
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.identity_guard import guard
from cvd_shared.price_audit import audit_prices
from cvd_shared.read_questions import (
    CODES,
    guard_answer,
    integrity_answer,
    judge,
    link_answer,
    mapping_answer,
    plausibility_answer,
    transfer_answer,
)
from cvd_shared.read_verdict import MOST_OF_A_REPORT, Actor, Answer, State
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

    def test_what_is_too_large_to_be_a_report_is_not_looked_into(self) -> None:
        for found in (None, report(example())):
            answer = integrity_answer(found, MOST_OF_A_REPORT + 1)
            assert (told(answer), answer.actor) == ((State.FAILED, "too_large"), Actor.OFFICE)
        assert told(integrity_answer(report(example()), MOST_OF_A_REPORT))[1] == "matches"


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

    def test_a_machine_that_says_no_prices(self) -> None:
        free = reading_of(MACHINE, "PA1*1*0", "PA1*2*0")
        answer = mapping_answer(free, [slot("1"), slot("2")])
        assert (told(answer), answer.values["matched"]) == ((State.OK, "no_prices"), 2)
        slots = [slot("1", product=None), slot("2", product=None)]
        assert told(mapping_answer(free, slots)) == (State.OK, "all_match")

    def test_what_cannot_be_compared(self) -> None:
        assert told(mapping_answer(None, [])) == (State.UNKNOWN, "no_report")
        assert told(mapping_answer(reading_of(MACHINE), [slot("1")]))[1] == "no_selections"
        assert told(mapping_answer(self.reading, None)) == (State.UNKNOWN, "no_planogram")
        assert told(mapping_answer(self.reading, [])) == (State.FAILED, "nothing_matches")

    def test_an_audit_that_was_made_already(self) -> None:
        slots = [slot("1", 90)]
        audit = audit_prices(self.reading, slots)
        assert mapping_answer(self.reading, [], audit=audit) == mapping_answer(self.reading, slots)

    def test_a_partial_file_proves_no_selection_missing(self) -> None:
        data = example()[: example().index(b"PA1*COL 2")]
        answer = mapping_answer(make_reading(report(data)), [slot("COL 1", 50), slot("COL 2")])
        assert told(answer) == (State.UNKNOWN, "partial_file")


class TestPlausibility:
    before = reading_of(
        *(MACHINE, "VA1*900*9", "ID5*261101*0900", "EA3*5*261101*0900******5*5"),
        *("PA1*1*100", "PA2*5*500", "PA1*2*100", "PA2*4*400", "PA1*3*100", "PA2*0*0"),
    )

    def now(self, *sold: int | str, machine: str = MACHINE, total: int = 99) -> MachineReading:
        lines = [f"PA1*{n}*100\r\nPA2*{units}" for n, units in enumerate(sold, 1)]
        text = "\r\n".join(["DXS*A*VA*V0/6*1", "ST*1", machine, f"VA1**{total}", *lines, "DXE*1"])
        return make_reading(report(text.encode()))

    def test_meters_continue(self) -> None:
        answer = plausibility_answer(self.now(8, 4, 0, total=12), self.before)
        assert told(answer) == (State.OK, "continues")
        assert answer.values == {"meters": 4, "units": 3}

    def test_nothing_was_sold(self) -> None:
        answer = plausibility_answer(self.now(5, 4, 0, total=9), self.before)
        assert (told(answer), answer.values["units"]) == ((State.OK, "clock_only"), 0)
        again = plausibility_answer(self.before, self.before)
        assert told(again) == (State.OK, "no_change")

    def test_all_meters_began_anew(self) -> None:
        answer = plausibility_answer(self.now(1, 2, 0, total=3), self.before)
        assert (told(answer), answer.actor) == ((State.WARNING, "restarted"), Actor.OFFICE)
        assert answer.values["restarted"] == 4

    def test_one_selection_began_anew(self) -> None:
        answer = plausibility_answer(self.now(1, 6, 0, total=12), self.before)
        assert (told(answer), answer.actor) == (
            (State.WARNING, "selections_restarted"),
            Actor.OFFICE,
        )
        assert answer.values == {"meters": 4, "units": 3, "restarted": 1, "first": "1"}

    def test_a_selection_that_sold_too_much(self) -> None:
        answer = plausibility_answer(self.now(5, 50_004, 0, total=50_009), self.before)
        assert told(answer) == (State.WARNING, "jumped")
        assert (answer.values["jumped"], answer.values["first"]) == (1, "2")

    def test_meters_that_rolled_over(self) -> None:
        before = reading_of(MACHINE, "PA1*1*100", "PA2*99999990")
        answer = plausibility_answer(self.now(10), before)
        assert told(answer) == (State.OK, "rolled_over")
        assert answer.values == {"meters": 1, "units": 20, "rolled_over": 1}

    def test_only_the_total_is_known(self) -> None:
        answer = plausibility_answer(self.now(total=12), reading_of(MACHINE, "VA1**9"))
        assert told(answer) == (State.OK, "continues")
        assert answer.values["units"] == 3

    def test_others_who_were_there(self) -> None:
        """One read of ours, then two of somebody else's, the second with a reset."""
        selections = ("PA1*1*100", "PA2*7*700", "PA1*2*100", "PA2*4*400", "PA1*3*100", "PA2*0*0")
        read = reading_of(MACHINE, "VA1*1100*11", "EA3*5*261101*0900******8*5", *selections)
        answer = plausibility_answer(read, self.before)
        assert told(answer) == (State.OK, "read_by_others")
        assert (answer.values["reads"], answer.values["units"]) == (2, 2)
        reset = reading_of(MACHINE, "VA1*1100*11", "EA3*6*261108*0700******8*6", *selections)
        since = interval(self.before, reset, our_resets=0)
        answer = plausibility_answer(reset, self.before, since)
        assert (told(answer), answer.actor) == ((State.WARNING, "reset_by_others"), Actor.OFFICE)
        assert answer.values["resets"] == 1

    def test_there_is_nothing_to_compare(self) -> None:
        assert told(plausibility_answer(self.now(8), None)) == (State.UNKNOWN, "first_read")
        assert told(plausibility_answer(None, self.before)) == (State.UNKNOWN, "no_report")
        answer = plausibility_answer(reading_of(MACHINE, "PA1*1*100"), reading_of(MACHINE))
        assert told(answer) == (State.UNKNOWN, "no_meters")
        partial = make_reading(report(f"DXS*A*VA*V0/6\r\n{MACHINE}\r\nVA1*1*2\r\n".encode()))
        answer = plausibility_answer(partial, self.before)
        assert (told(answer), answer.actor) == ((State.UNKNOWN, "partial_file"), Actor.DRIVER)
        answer = plausibility_answer(self.before, partial)
        assert (told(answer), answer.actor) == ((State.UNKNOWN, "earlier_partial"), Actor.NOBODY)

    def test_another_machine_stops_before_its_meters_are_compared(self) -> None:
        answer = plausibility_answer(self.now(8, 4, machine="ID1*S9*****555"), self.before)
        assert (told(answer), answer.actor) == ((State.FAILED, "other_machine"), Actor.DRIVER)
        assert answer.values == {"was": "10042", "is": "555"}

    def test_a_board_that_was_changed(self) -> None:
        answer = plausibility_answer(self.now(1, machine="ID1*S9*****10042"), self.before)
        assert (told(answer), answer.actor) == ((State.WARNING, "board_changed"), Actor.OFFICE)
        assert answer.values == {"was": "S4711", "is": "S9"}

    def test_an_asset_number_that_was_changed(self) -> None:
        answer = plausibility_answer(self.now(8, 4, 0, machine="ID1*S4711*****777"), self.before)
        assert (told(answer), answer.actor) == (
            (State.WARNING, "asset_number_changed"),
            Actor.OFFICE,
        )
        assert answer.values == {"was": "10042", "is": "777"}


class TestGuardedPlausibility:
    """What the guard says of the machine that the person chose."""

    reading = reading_of("ID1*SN701*****10041", "PA1*1*100", "PA2*9*900")
    fleet: ClassVar = {
        "m1": Identity("10041", "SN701"),
        "m2": Identity("10042", "SN702"),
        "m3": Identity("10043"),
    }

    def judged(self, chosen: Identity, previous: MachineReading | None = None) -> Answer:
        guarded = guard(chosen, self.reading.identity, self.fleet)
        return judge(
            link=link_answer("dexucs", answered=True),
            transfer=transfer_answer(True, 1, 99, 0, 1.0),
            size=99,
            report=None,
            reading=self.reading,
            previous=previous,
            guard=guarded,
            other=self.fleet[guarded.other].asset_number if guarded.other else None,
        ).plausibility

    def test_the_machine_that_was_meant(self) -> None:
        assert told(self.judged(self.fleet["m1"])) == (State.UNKNOWN, "first_read")
        assert told(self.judged(self.fleet["m1"], self.reading))[1] == "no_change"

    def test_the_neighbour_was_read(self) -> None:
        answer = self.judged(self.fleet["m2"], self.reading)
        assert (told(answer), answer.actor) == ((State.FAILED, "other_machine"), Actor.DRIVER)
        assert answer.values == {"was": "10042", "is": "10041", "other": "10041"}

    def test_a_board_between_two_machines(self) -> None:
        mixed = guard(Identity("10042", "SN702"), Identity("10042", "SN701"), self.fleet)
        answer = guard_answer(mixed, "10041")
        assert answer is not None
        assert (told(answer), answer.actor) == ((State.FAILED, "two_machines"), Actor.DRIVER)
        assert answer.values == {"was": "10042", "is": "10041"}

    def test_a_new_board_of_a_first_read(self) -> None:
        changed = guard(Identity("10041", "SN700"), self.reading.identity)
        answer = guard_answer(changed)
        assert answer is not None
        assert told(answer) == (State.WARNING, "board_changed")
        assert answer.values == {"was": "SN700", "is": "SN701"}

    def test_no_number_proves_anything(self) -> None:
        unproven = guard(Identity("10042"), Identity("0"))
        answer = guard_answer(unproven)
        assert answer is not None
        assert (told(answer), answer.actor) == ((State.UNKNOWN, "not_identified"), Actor.DRIVER)
        assert answer.values == {"was": "10042"}


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
