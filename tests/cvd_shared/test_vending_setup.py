"""Settings that are written to a vending model: taken in the form of its make, or passed over."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_shared.dex.configuration_report import configuration_report
from cvd_shared.dex.crc16 import crc16_arc
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.ready_machine import ready_machine
from cvd_shared.vending_model import SlotSetup, VendingModel
from cvd_shared.vending_profiles import MODELS
from cvd_shared.vending_setup import (
    MAX_DOCUMENT,
    Refusal,
    SetupOutcome,
    apply_configuration,
)

AT = datetime(2026, 3, 4, 10, 20, 30, tzinfo=UTC)
READER = "CVD0000001"


def new_machine(model: str = "snack") -> VendingModel:
    setups = [SlotSetup("6", 40, 20, "Mint"), SlotSetup("7", 100, 2, "Bar")]
    machine = VendingModel(model, setups, AT, serial_number="4711", asset_number="10042")
    machine.fill_up()
    machine.door_opened(AT)
    return machine


def document(*lines: str) -> bytes:
    """Lines in an envelope, as a reader sends them."""
    body = "".join(f"{line}\r\n" for line in ("ST*001*0001", *lines)).encode("latin-1")
    check = f"G85*{crc16_arc(body):04X}\r\nSE*{len(lines) + 3}*0001\r\nDXE*1*1\r\n"
    return b"DXS*CVD0000001*VA*V0/6*1\r\n" + body + check.encode()


def write(machine: VendingModel, *lines: str) -> SetupOutcome:
    return apply_configuration(machine, document(*lines), AT)


def said(outcome: SetupOutcome) -> list[tuple[str, str, str | None]]:
    """(element, selection, what the machine has now) of everything that was accepted."""
    return [(each.element, each.selection, each.taken) for each in outcome.accepted]


def why(outcome: SetupOutcome) -> list[tuple[str, Refusal | None]]:
    return [(each.element, each.refusal) for each in outcome.ignored]


def read(machine: VendingModel) -> MachineReading:
    return make_reading(read_dex(machine.report(AT, READER)).reports[0])


def lines_of(machine: VendingModel, code: str) -> list[list[str]]:
    lines = (line.split("*") for line in machine.report(AT, READER).decode("ascii").split("\r\n"))
    return [line for line in lines if line[0] == code]


def test_what_our_reader_writes_is_in_the_next_audit() -> None:
    machine = new_machine()
    shown = datetime(2026, 3, 4, 11, 5, tzinfo=UTC)
    outcome = apply_configuration(
        machine,
        configuration_report(
            READER,
            asset_number="777888",
            clock=shown,
            prices={"6": 45, "7": 110},
            names={"6": "Mint 1"},
            interval_reset=True,
        ),
        AT,
    )
    assert outcome.ignored == ()
    assert said(outcome) == [
        ("IC106", "", "777888"),
        ("IC501", "", "20260304"),
        ("IC502", "", "110500"),
        ("PC102", "6", "45"),
        ("PC103", "6", "Mint 1"),
        ("PC102", "7", "110"),
        ("SD105", "", "RESET"),
    ]
    reading = read(machine)
    assert reading.identity.asset_number == "777888"
    assert [(each.selection, each.price) for each in reading.selections] == [("6", 45), ("7", 110)]
    assert lines_of(machine, "PA1")[0] == ["PA1", "6", "45", "Mint 1"]
    assert lines_of(machine, "ID5")[0][1:3] == ["260304", "1105"]


@pytest.mark.parametrize("model", MODELS)
def test_each_make_takes_its_segments_and_passes_over_the_others(model: str) -> None:
    machine, profile = new_machine(model), MODELS[model]
    lines = {
        "IC1": "IC1******55556666",
        "ID1": "ID1******55556666",
        "IC5": "IC5*20260304*110500",
        "PC1": "PC1*6*45",
        "PC7": "PC7*6*CA*0*45",
        "LC1": f"LC1*{profile.card_list}*6*45",
        "SD1": "SD1*****SAVE*SAVE",
        "VC9": "VC9*1",
    }
    outcome = write(machine, *lines.values())
    assert {each.element[:3] for each in outcome.accepted} == set(profile.takes)
    assert why(outcome) == [
        (code, Refusal.NOT_TAKEN) for code in lines if code not in profile.takes
    ]
    if profile.takes & {"IC1", "ID1"}:
        assert (machine.state.asset_number or "").startswith("555566")


class TestPrices:
    @pytest.mark.parametrize(
        ("model", "written", "kept"),
        [("snack", "127", 127), ("combo", "127", 125), ("drink", "20000", 9995)],
    )
    def test_a_make_keeps_prices_in_its_steps_and_limits(
        self, model: str, written: str, kept: int
    ) -> None:
        machine = new_machine(model)
        assert said(write(machine, f"PC1*6*{written}")) == [("PC102", "6", str(kept))]
        assert read(machine).selections[0].price == kept

    def test_names_are_cut_or_not_kept_at_all(self) -> None:
        machine = new_machine("spiral")
        assert said(write(machine, "PC1*6**Peppermint bar 40 g")) == [
            ("PC103", "6", "Peppermint b")
        ]
        assert why(write(new_machine("drink"), "PC1*6**Mint")) == [("PC103", Refusal.NOT_TAKEN)]

    def test_a_price_of_a_list_is_paid_by_its_customers_only(self) -> None:
        machine = new_machine()
        assert said(write(machine, "PC7*6*DA*1*55")) == [("PC704", "6", "55")]
        assert machine.sell_cash("6", AT)
        assert machine.sell_card("6", AT)
        assert lines_of(machine, "CA2")[0][1:3] == ["40", "1"]
        assert lines_of(machine, "DA2")[0][1:3] == ["55", "1"]
        assert lines_of(machine, "VA1")[0][1:3] == ["95", "2"]
        assert [line[2:5] for line in lines_of(machine, "PA7")[:2]] == [
            ["CA", "0", "40"],
            ["DA", "1", "55"],
        ]

    def test_a_list_price_for_everybody_replaces_those_of_devices(self) -> None:
        machine = new_machine("combo")
        profile = machine.state.profile
        assert (profile.card_list, profile.card_devices) == (0, ("DA", "DB"))
        write(machine, "PC7*6*DA*0*55")
        assert machine.slots["6"].price_in("DA", 0) == 55
        machine = new_machine("coffee")
        write(machine, "PC7*6*DA*1*55", "LC1*1*6*60")
        assert machine.slots["6"].price_in("DA", 1) == 60
        assert ["LA1", "1", "6", "60"] in [line[:4] for line in lines_of(machine, "LA1")]

    def test_the_price_of_cash_is_the_price_of_the_selection(self) -> None:
        for line in ("PC7*6*CA*0*55", "LC1*0*6*55"):
            machine = new_machine("coffee")
            write(machine, line)
            assert read(machine).selections[0].price == 55

    @pytest.mark.parametrize(
        ("line", "refusal"),
        [
            ("PC1*99*55", Refusal.NO_SELECTION),
            ("PC1*6*-5", Refusal.BAD_VALUE),
            ("PC1*6*1.50", Refusal.BAD_VALUE),
            ("PC1*6*123456789", Refusal.BAD_VALUE),
            ("PC7*6*XX*0*55", Refusal.NO_LIST),
            ("PC7*6*DA*9*55", Refusal.NO_LIST),
            ("PC7*6*DA*1*", Refusal.BAD_VALUE),
            ("PC1*6*****12", Refusal.NOT_TAKEN),
        ],
    )
    def test_what_cannot_be_is_passed_over(self, line: str, refusal: Refusal) -> None:
        machine = new_machine()
        before = machine.report(AT)
        outcome = write(machine, line)
        assert outcome.accepted == ()
        assert [each.refusal for each in outcome.ignored] == [refusal]
        assert machine.report(AT) == before


class TestClock:
    @pytest.mark.parametrize(
        ("line", "shown"),
        [
            ("IC5*20260305*113015", datetime(2026, 3, 5, 11, 30, 15, tzinfo=UTC)),
            ("IC5*260305*1130*15", datetime(2026, 3, 5, 11, 30, 15, tzinfo=UTC)),
            ("IC5*260305*1130", datetime(2026, 3, 5, 11, 30, tzinfo=UTC)),
            ("IC5**1130", datetime(2026, 3, 4, 11, 30, tzinfo=UTC)),
            ("IC5*20260305", datetime(2026, 3, 5, 10, 20, 30, tzinfo=UTC)),
        ],
    )
    def test_every_form_of_date_and_time(self, line: str, shown: datetime) -> None:
        machine = new_machine("combo")
        outcome = write(machine, line)
        assert outcome.ignored == ()
        later = machine.report(AT + timedelta(hours=1), READER).decode("ascii")
        wanted = shown + timedelta(hours=1)
        assert f"\r\nID5*{wanted:%Y%m%d}*{wanted:%H%M%S}\r\n" in later

    @pytest.mark.parametrize(
        "line",
        ["IC5*20261332*1130", "IC5*18991231*1130", "IC5*20260305*2460", "IC5*20260305*1130*61"],
    )
    def test_no_time_of_day_at_all(self, line: str) -> None:
        machine = new_machine("combo")
        outcome = write(machine, line)
        assert [each.refusal for each in outcome.ignored] == [Refusal.BAD_VALUE]
        assert machine.state.clock_offset == timedelta(0)


class TestWholeDocument:
    def test_a_wrong_check_value_counts_where_the_make_checks_it(self) -> None:
        wrong = document("PC1*6*45").replace(b"*45", b"*46")
        for damaged in (wrong, document("PC1*6*45").replace(b"G85*", b"G86*"), b"PC1*6*45\r\n"):
            machine = new_machine("snack")
            outcome = apply_configuration(machine, damaged, AT)
            assert outcome.accepted == ()
            assert ("PC1", Refusal.INTEGRITY) in why(outcome)
            assert machine.slots["6"].price == 40
        careless = new_machine("drink")
        assert said(apply_configuration(careless, wrong, AT)) == [("PC102", "6", "45")]

    def test_a_closed_door_takes_nothing(self) -> None:
        machine = new_machine("spiral")
        machine.door_closed(AT)
        assert why(write(machine, "PC1*6*45", "SD1*****RESET")) == [
            ("PC1", Refusal.DOOR_CLOSED),
            ("SD1", Refusal.DOOR_CLOSED),
        ]
        machine.door_opened(AT)
        assert said(write(machine, "PC1*6*45")) == [("PC102", "6", "45")]

    def test_more_than_fits_into_a_machine(self) -> None:
        outcome = apply_configuration(new_machine("drink"), b"PC1*6*45\r\n" * MAX_DOCUMENT, AT)
        assert why(outcome) == [("", Refusal.TOO_LONG)]

    def test_escaped_text_is_kept_as_it_is_meant(self) -> None:
        machine = new_machine()
        write(machine, "IC1******A^2A^1", "PC1*6**a^5E^b")
        assert (machine.state.asset_number, machine.slots["6"].name) == ("A*1", "a^b")
        assert read(machine).identity.asset_number == "A*1"


class TestCommands:
    def test_reset_now_leaves_the_mode(self) -> None:
        machine = new_machine("coffee")
        machine.sell_cash("6", AT)
        write(machine, "SD1*****RESET")
        assert lines_of(machine, "VA1")[0][1:5] == ["40", "1", "0", "0"]
        assert lines_of(machine, "SD1")[0][5:] == ["SAVE", "AUTO"]

    def test_auto_and_save(self) -> None:
        machine = new_machine("coffee")
        write(machine, "SD1*****AUTO*SAVE")
        assert lines_of(machine, "SD1")[0][5:] == ["AUTO", "SAVE"]
        machine.sell_cash("6", AT)
        machine.read_finished(AT, READER)
        assert lines_of(machine, "VA1")[0][3:5] == ["0", "0"]
        write(machine, "SD1*****SAVE")
        machine.sell_cash("6", AT)
        machine.read_finished(AT, READER)
        assert lines_of(machine, "VA1")[0][3:5] == ["40", "1"]

    def test_reset_of_events_forgets_what_is_over(self) -> None:
        machine = new_machine("combo")
        machine.door_closed(AT)
        assert len(lines_of(machine, "EA1")) == 1
        write(machine, "SD1******RESET")
        assert lines_of(machine, "EA1") == []

    def test_digits_of_older_texts(self) -> None:
        machine = new_machine("coffee")
        machine.sell_cash("6", AT)
        assert said(write(machine, "SD1*****0")) == []
        assert said(write(machine, "SD1*****1")) == [("SD105", "", "RESET")]
        assert why(write(machine, "SD1*****RELOAD")) == [("SD105", Refusal.BAD_VALUE)]

    def test_a_password_is_asked_for_once_there_is_one(self) -> None:
        machine = new_machine()
        machine.sell_cash("6", AT)
        assert said(write(machine, "SD1**secret")) == [("SD102", "", "secret")]
        assert why(write(machine, "SD1*wrong****RESET")) == [("SD1", Refusal.PASSWORD)]
        assert lines_of(machine, "VA1")[0][3:5] == ["40", "1"]
        assert said(write(machine, "SD1*secret****RESET")) == [("SD105", "", "RESET")]

    def test_codes_of_ddcmp_are_changed_by_who_knows_them(self) -> None:
        machine = new_machine()
        assert why(write(machine, "SD1*X00000001*X12345678")) == [("SD102", Refusal.PASSWORD)]
        assert said(write(machine, "SD1*X00000000*X12AB5678")) == [("SD102", "", "X12AB5678")]
        assert machine.state.settings.codes == "12AB5678"
        assert machine.state.settings.password == ""


@pytest.mark.parametrize("model", MODELS)
def test_the_configuration_list_can_be_written_to_a_twin(model: str) -> None:
    machine, twin = ready_machine(model, AT), ready_machine(model, AT)
    name = next(iter(machine.slots))
    for each in (machine, twin):
        each.door_opened(AT)
    write(machine, f"PC1*{name}*35", f"PC7*{name}*CA*0*45", "IC1******4712", "ID1******4712")
    assert twin.list_report(64, AT) != machine.list_report(64, AT)
    outcome = apply_configuration(twin, machine.list_report(64, AT) or b"", AT)
    assert twin.list_report(64, AT) == machine.list_report(64, AT)
    assert {refusal for _, refusal in why(outcome)} <= {Refusal.NOT_TAKEN}


LINES = st.lists(
    st.one_of(
        st.builds(
            lambda code, rest: "*".join((code, *rest)),
            st.sampled_from(["IC1", "ID1", "IC5", "PC1", "PC7", "LC1", "SD1"]),
            st.lists(
                st.one_of(
                    st.sampled_from(["6", "7", "CA", "DA", "1", "RESET", "AUTO", "X00000000"]),
                    st.text("0123456789", max_size=16),
                    st.text(
                        st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=8
                    ),
                ),
                max_size=8,
            ),
        ),
        st.text(st.characters(max_codepoint=255), max_size=20),
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(MODELS)), LINES)
def test_any_lines_leave_a_machine_that_can_be_read(model: str, lines: list[str]) -> None:
    machine = new_machine(model)
    write(machine, *lines)
    assert all(slot.price <= machine.state.profile.price_limit for slot in machine.slots.values())
    assert machine.sell_cash("6", AT)
    assert machine.sell_card("6", AT)
    for raw in (machine.report(AT, READER), machine.list_report(64, AT)):
        (report,) = read_dex(raw or b"").reports
        assert report.complete
        assert make_reading(report).complete


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(MODELS)), st.binary(max_size=200))
def test_any_bytes_are_taken(model: str, data: bytes) -> None:
    outcome = apply_configuration(new_machine(model), data, AT)
    assert outcome.accepted == ()
