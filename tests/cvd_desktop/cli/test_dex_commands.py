"""`cvd dex` as a person and a script use it: what is printed, what is written, how it ends."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cvd_desktop.cli import build_app
from cvd_shared.ready_machine import ready_machine
from cvd_shared.vending_profiles import MODELS
from tests.support.corpus import corpus_files
from tests.support.finding_cases import WHOLE, report
from tests.support.model_readings import AT

RICH = report(
    CA1="CA1*JOF77*COIN 6*0127",
    EA4="EA4*20260102*0900*TOOL 3",
    EA7="EA7*1*12",
    MA5="MA5*TEMP*Snack*5*C",
    ZZ9="ZZ9*nobody knows",
    SD1="SD1*****AUTO*SAVE",
)


def dex(tmp_path: Path, *args: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(
        build_app(), ["dex", *args, "--data-dir", str(tmp_path / "data")], input=given
    )


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "audit.dex"
    path.write_bytes(RICH)
    return path


class TestShow:
    def test_everything_that_a_machine_says(self, tmp_path: Path, file: Path) -> None:
        lines = dex(tmp_path, "show", str(file)).stdout.splitlines()
        words = [line.split() for line in lines]
        for row in (
            "Machine asset A-100, serial JOF0001234, model CAN 10, board JOF0009876",
            "Sent by JOF0000001 (Jofemar, Spain), V0/6",
            "Currency EUR, 2 decimals",
            "Clock 2026-11-21 10:00:00",
            "Since init reads 2, with reset 1, resets 1",
            "This read 2026-11-21 10:00:00 by OFFICE",
            "Power cuts 12 since init, 1 since reset",
            "Resets interval counters AUTO, events SAVE",
            "Initialised 2026-01-02 09:00:00 by TOOL 3",
            "Temperature Snack: 5 C",
            "paid vends 3 1",
            "cash in 7.00 1.00",
            "cashless 1 sales 1.00 0.00",
            "in the tubes 1.50",
            "coin mechanism JOF77 COIN 6 0127",
            "0 0.50 3 no",
            "10 1.00 COLA 3 3.00 1 1.00",
            "cash 0 2 2.00 1 1.00",
            "cashless 1 1 1 1.00 0 0.00",
            "EGS Cabinet / door: door is open 1 2 no",
            "29 ZZ9*nobody knows",
        ):
            assert row.split() in words, row
        assert any("resets_when_read" in row for row in words)

    def test_the_same_as_json(self, tmp_path: Path, file: Path) -> None:
        (one,) = told(dex(tmp_path, "show", str(file), "--json"))["reports"]
        assert one["maker"] == {"code": "JOF", "name": "Jofemar", "country": "Spain"}
        assert [each["segment"] for each in one["devices"]] == ["CB1", "CA1"]
        assert one["cash"]["cash_in"] == {"since_init": 700, "since_reset": 100}
        assert one["cashless"][0]["sales"]["number"] == {"since_init": 1, "since_reset": 0}
        assert one["tokens"] is None
        assert [each["device"] for each in one["payments"]] == ["CA", "DA"]
        assert one["price_list"][0]["price"] == 100
        assert one["tubes"][0]["pieces"] == 3
        assert one["read_outs"]["reads"] == 2
        assert one["power_outages"] == {"since_init": 12, "since_reset": 1}
        assert one["settings"]["interval_reset"] == "AUTO"
        assert one["temperatures"][0]["degrees"] == 5
        assert one["unknown_segments"] == [{"line": 29, "text": "ZZ9*nobody knows"}]
        assert one["selection_details"][0]["free_vends"]["number_since_init"] == 0
        assert set(one["selections"][0]) == {
            "selection",
            "price",
            "product",
            "sold_since_init",
            "value_since_init",
            "sold_since_reset",
            "value_since_reset",
        }

    def test_what_stands_around_the_reports(self, tmp_path: Path) -> None:
        shown = dex(tmp_path, "show", "-", given=b"Slot 1\r\n" + WHOLE + RICH).stdout
        assert "Report 2 of 2" in shown
        assert "several_reports" in shown
        assert "text_outside" in shown

    def test_nothing_steers_the_terminal(self, tmp_path: Path) -> None:
        evil = report(PA1="PA1*10*100*CO^1B^[2J^9B^LA", ID1="ID1*JOF1^0A^X*M*1***A^9B^1")
        shown = dex(tmp_path, "show", "-", given=evil).stdout
        assert all(line.isprintable() for line in shown.splitlines())


class TestCheck:
    def test_it_ends_with_0_whatever_it_finds(self, tmp_path: Path, file: Path) -> None:
        result = dex(tmp_path, "check", str(file))
        assert result.exit_code == 0
        assert "Judgement    0 errors, 0 warnings, 2 notes" in result.stdout
        assert dex(tmp_path, "check", "-", given=WHOLE[:200]).exit_code == 0

    def test_json_from_standard_input(self, tmp_path: Path) -> None:
        found = told(dex(tmp_path, "check", "-", "--json", given=RICH))
        assert found["file"] == "-"
        (one,) = found["reports"]
        assert one["counts"] == {"error": 0, "warning": 0, "info": 2}
        assert [each["code"] for each in one["findings"]] == ["resets_when_read", "unknown_segment"]

    @pytest.mark.parametrize("ending", ["html", "txt"])
    def test_a_page_to_print(self, tmp_path: Path, file: Path, ending: str) -> None:
        page = tmp_path / f"page.{ending}"
        result = dex(tmp_path, "check", str(file), "-o", str(page))
        assert result.exit_code == 0
        assert result.stdout == "Report 1 of 1: 0 errors, 0 warnings, 2 notes\n"
        assert str(page) in result.stderr
        assert "unknown_segment" in page.read_text("utf-8")

    def test_a_page_beside_json(self, tmp_path: Path, file: Path) -> None:
        page = tmp_path / "page.html"
        assert told(dex(tmp_path, "check", str(file), "--json", "-o", str(page)))["reports"]
        assert page.exists()

    def test_input_without_a_report(self, tmp_path: Path) -> None:
        page = tmp_path / "page.html"
        for given in (b"", b"nonsense", bytes(range(256)) * 9):
            result = dex(tmp_path, "check", "-", "-o", str(page), given=given)
            assert result.exit_code == 2
            assert "There is no EVA-DTS report in -." in result.stderr
        result = dex(tmp_path, "check", "-", "--json", given=b"nonsense")
        assert result.exit_code == 2
        assert json.loads(result.stdout)["reports"] == []
        assert not page.exists()

    def test_what_cannot_be_read_or_written(self, tmp_path: Path, file: Path) -> None:
        missing = dex(tmp_path, "check", str(tmp_path / "missing"))
        assert missing.exit_code == 2
        assert "cannot be read" in missing.stderr
        wrong = dex(tmp_path, "check", str(file), "-o", str(tmp_path / "page.docx"))
        assert wrong.exit_code == 2
        assert "neither HTML nor text" in wrong.stderr

    def test_several_reports_in_turn(self, tmp_path: Path) -> None:
        shown = dex(tmp_path, "check", "-", given=WHOLE + RICH).stdout
        assert shown.index("Report 1 of 2") < shown.index("Report 2 of 2")


class TestDiff:
    def files(self, tmp_path: Path, model: str = "combo") -> tuple[str, str]:
        machine = ready_machine(model, AT)
        old, new = tmp_path / "old.dex", tmp_path / "new.dex"
        old.write_bytes(machine.report(AT, "CVD0000001"))
        selection = next(iter(machine.slots))
        later = AT + timedelta(hours=1)
        assert machine.sell_cash(selection, later, 500)
        assert machine.sell_card(selection, later)
        machine.door_opened(later)
        new.write_bytes(machine.report(AT + timedelta(hours=2), "CVD0000001"))
        return str(old), str(new)

    def test_sales_cash_and_events(self, tmp_path: Path) -> None:
        shown = dex(tmp_path, "diff", *self.files(tmp_path)).stdout
        rows = [line.split() for line in shown.splitlines()]
        assert "Sold     2 units, 3.00 USD (by PA201, PA202)" in shown.splitlines()
        assert ["101", "2", "3.00", "11", "13"] in rows
        assert "39 selections without a sale." in shown
        assert ["cashless", "1", "1", "1.50"] in rows
        assert ["Remainder", "0.00"] in rows
        assert any(row[:1] == ["EGS_1"] for row in rows)

    def test_all_selections_when_they_are_asked_for(self, tmp_path: Path) -> None:
        files = self.files(tmp_path)
        assert "without a sale" not in dex(tmp_path, "diff", *files, "--all").stdout
        assert len(told(dex(tmp_path, "diff", *files, "--json"))["selections"]) == 40

    def test_one_of_the_two_from_standard_input(self, tmp_path: Path) -> None:
        old, new = self.files(tmp_path)
        for args, given in ((("-", new), old), ((old, "-"), new)):
            found = told(dex(tmp_path, "diff", *args, "--json", given=Path(given).read_bytes()))
            assert (found["kind"], found["units"]) == ("normal", 2)
        both = dex(tmp_path, "diff", "-", "-", given=b"")
        assert both.exit_code == 2
        assert "standard input" in both.stderr

    def test_the_wrong_way_round(self, tmp_path: Path) -> None:
        old, new = self.files(tmp_path)
        result = dex(tmp_path, "diff", new, old)
        assert result.exit_code == 0
        assert "Warning  By the machine's clocks, OLD was read after NEW." in result.stdout

    def test_which_report_of_a_file_was_taken(self, tmp_path: Path) -> None:
        old, new = self.files(tmp_path)
        both = tmp_path / "both.dex"
        both.write_bytes(Path(old).read_bytes() + Path(new).read_bytes())
        shown = dex(tmp_path, "diff", str(both), str(both)).stdout
        assert "report 1 of 2" in " ".join(shown.split())
        assert "report 2 of 2" in " ".join(shown.split())
        assert "Sold     2 units" in shown

    def test_nonsense(self, tmp_path: Path) -> None:
        old, _ = self.files(tmp_path)
        result = dex(tmp_path, "diff", old, "-", given=b"nonsense")
        assert result.exit_code == 2
        assert "There is no EVA-DTS report in -." in result.stderr


def test_every_command_on_virtual_machines(tmp_path: Path) -> None:
    for model in MODELS:
        data = ready_machine(model, AT).report(AT, "CVD0000001")
        assert dex(tmp_path, "show", "-", given=data).exit_code == 0
        found = told(dex(tmp_path, "check", "-", "--json", given=data))
        counts = found["reports"][0]["counts"]
        odd = 2 if MODELS[model].frame == "header" else 0  # no ST, and all before it
        assert (counts["error"], counts["warning"]) == (0, odd), model


def test_every_command_on_real_files(tmp_path: Path) -> None:
    before = WHOLE
    for real in corpus_files():
        data = real.read()
        shown = dex(tmp_path, "show", "-", given=data)
        checked = dex(tmp_path, "check", "-", given=data)
        assert (shown.exit_code, checked.exit_code) == (0, 0), real.name
        other = tmp_path / "before.dex"
        other.write_bytes(before)
        assert dex(tmp_path, "diff", str(other), "-", given=data).exit_code == 0, real.name
        before = data
