"""What happened between two files of a machine: which reports are taken, and what is told."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.dex_diff import amount_text, diff_files, document, take
from cvd_shared.dex.meters import DeltaKind
from tests.support.finding_cases import WHOLE, report

LATER = report(
    ID5="ID5*20261122*1000",
    VA1="VA1*500*5*300*3",
    CA2="CA2*400*4*300*3",
    CA3="CA3*350*50*50**950*100*100**250*750",
    CA4="CA4*50*0*50*0",
    CA15="CA15*100*1*2",
    CA17="CA17*0*50*2*0*0*0",
    PA2="PA2*5*500*3*300",
    PA7=("PA7*10*CA*0*100*4*400*3*300", "PA7*10*DA*1*100*1*100*0*0"),
    EA2="EA2*EGS*3*4**1",
    EA3="EA3*1*20261122*1000*OFFICE*20261121*1000*OFFICE**3*1",
)
"""Two more units were sold for cash, and the door is open."""
Write = Callable[[str, bytes], Path]
CUT = WHOLE[: WHOLE.index(b"DXE")]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, data: bytes) -> Path:
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


class TestFigures:
    def test_sales_cash_and_events_with_their_classes(self, write: Write) -> None:
        told = document(diff_files(write("a", WHOLE), write("b", LATER)))
        assert (told["kind"], told["units"], told["value"]) == ("normal", 2, 200)
        assert (told["currency"], told["decimal_places"]) == ("EUR", 2)
        (selection,) = told["selections"]
        assert selection["selection"] == "10"
        assert (selection["units"], selection["before"], selection["now"]) == (2, 3, 5)
        assert (selection["value"], selection["class"]) == (200, "normal")
        assert told["counters"]["VA102"]["amount"] == 2
        assert told["counters"]["VA101"]["money"] is True
        cash = next(each for each in told["payments"] if each["device"] == "CA")
        assert (cash["units"], cash["value"], cash["class"]) == (2, 200, "normal")
        assert told["cash"]["cash_in"]["amount"] == 250
        assert told["cash"]["remainder"] == 0
        (event,) = (each for each in told["events"] if each["code"] == "EGS")
        assert (event["times"], event["active"]) == (2, True)
        assert told["trusted"] is True
        assert told["turned_round"] is False
        json.dumps(told)

    def test_the_keys_that_are_promised(self, write: Write) -> None:
        told = document(diff_files(write("a", WHOLE), write("b", LATER)))
        promised = {"kind", "evidence", "units", "value", "currency", "decimal_places"}
        promised |= {"selections", "counters", "payments", "cash", "events", "foreign", "rebuilt"}
        assert promised <= set(told)
        assert {"selection", "units", "value", "class", "before", "now"} <= set(
            told["selections"][0]
        )

    def test_evidence_is_told_in_words_with_its_elements(self, write: Write) -> None:
        other = WHOLE.replace(b"JOF0001234", b"JOF0005678").replace(b"A-100", b"A-200")
        other = other.replace(b"JOF0009876", b"JOF0001111")
        told = document(diff_files(write("a", WHOLE), write("b", other)))
        assert told["kind"] == "other_machine"
        assert (told["units"], told["value"]) == (None, None)
        said = next(each for each in told["evidence"] if each["code"] == "other_machine")
        assert "A-200" in said["text"]
        assert said["elements"] == ["ID106"]
        assert said["values"] == {"was": "A-100", "is": "A-200"}

    def test_what_is_not_whole_is_not_compared(self, write: Write) -> None:
        told = document(diff_files(write("a", WHOLE), write("b", CUT)))
        assert told["kind"] == str(DeltaKind.PARTIAL_FILE)
        assert told["new"]["complete"] is False


class TestWhichReport:
    def test_the_first_whole_one(self) -> None:
        taken = take(CUT + WHOLE + LATER, "audit")
        assert taken is not None
        assert (taken.number, taken.reports) == (2, 3)

    def test_the_first_one_where_none_is_whole(self) -> None:
        taken = take(CUT, "audit")
        assert taken is not None
        assert (taken.number, taken.reading.complete) == (1, False)

    def test_none_in_a_file_without(self) -> None:
        assert take(b"Slot 010: Sprite", "audit") is None

    def test_the_same_file_twice_is_compared_with_itself(self, write: Write) -> None:
        both = write("both", WHOLE + LATER)
        told = document(diff_files(both, both))
        assert (told["old"]["report"], told["new"]["report"]) == (1, 2)
        assert told["units"] == 2

    def test_files_the_wrong_way_round_are_told(self, write: Write) -> None:
        told = document(diff_files(write("a", LATER), write("b", WHOLE)))
        assert told["turned_round"] is True
        assert told["units"] is None


class TestProblems:
    def test_both_from_standard_input(self) -> None:
        with pytest.raises(Problem) as problem:
            diff_files(Path("-"), Path("-"))
        assert problem.value.code == "stdin_twice"
        assert problem.value.exit_code is ExitCode.USAGE

    def test_a_file_without_a_report(self, write: Write) -> None:
        with pytest.raises(Problem) as problem:
            diff_files(write("a", WHOLE), write("b", b"nonsense"))
        assert problem.value.code == "no_report"
        assert str(problem.value.values["path"]).endswith("b")

    def test_a_file_that_is_not_there(self, write: Write, tmp_path: Path) -> None:
        with pytest.raises(Problem) as problem:
            diff_files(tmp_path / "missing", write("b", WHOLE))
        assert problem.value.code == "file_unreadable"


@pytest.mark.parametrize(
    ("minor", "decimals", "text"),
    [(0, 2, "0.00"), (-5, 2, "-0.05"), (123456789, 2, "1,234,567.89"), (1500, 0, "1,500")],
)
def test_amounts(minor: int, decimals: int, text: str) -> None:
    assert amount_text(minor, decimals) == text
