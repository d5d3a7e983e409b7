"""For each finding a report that provokes it, and a near one that does not."""

from typing import NamedTuple

from cvd_shared.dex.crc16 import crc16_arc
from cvd_shared.dex.dex_writer import envelope

Lines = str | tuple[str, ...]

CLEAN: dict[str, Lines] = {
    "ID1": "ID1*JOF0001234*CAN 10*1*Hall 3**A-100",
    "ID4": "ID4*2*1978*EUR",
    "ID5": "ID5*20261121*1000",
    "CB1": "CB1*JOF0009876*BOARD*1.0",
    "VA1": "VA1*300*3*100*1",
    "VA3": "VA3*0*0*0*0",
    "CA2": "CA2*200*2*100*1",
    "CA3": "CA3*100*50*50**700*100*100**0*500",
    "CA4": "CA4*0*0*0*0",
    "CA15": "CA15*150*1*3",
    "CA17": "CA17*0*50*3*0*0*0",
    "DA2": "DA2*100*1*0*0",
    "PA1": "PA1*10*100*COLA****0",
    "PA2": "PA2*3*300*1*100",
    "PA4": "PA4*0*0*0*0",
    "PA7": ("PA7*10*CA*0*100*2*200*1*100", "PA7*10*DA*1*100*1*100*0*0"),
    "LA1": "LA1*0*10*100*1*3",
    "EA1": "EA1*EGS*20261120*0900*5",
    "EA2": "EA2*EGS*1*2**0",
    "EA3": "EA3*1*20261121*1000*OFFICE*20261120*1000*OFFICE**2*1",
    "SD1": "SD1*****SAVE*SAVE",
}
"""A report that keeps to the standard, by segment id."""

SENDER = "JOF0000001"


class Case(NamedTuple):
    provokes: bytes
    near: bytes


def report(**lines: Lines | None) -> bytes:
    """The clean report with other lines; None leaves one out, new ones come last."""
    told = {**CLEAN, **lines}
    groups = [(each,) if isinstance(each, str) else each or () for each in told.values()]
    return envelope([line for group in groups for line in group], SENDER)


def edited(old: str, new: str) -> bytes:
    """The clean report with another text in it; its check value stays as it is."""
    assert old.encode() in WHOLE, old
    return WHOLE.replace(old.encode(), new.encode("latin-1"), 1)


def lines_case(provokes: dict[str, Lines | None], near: dict[str, Lines | None]) -> Case:
    return Case(report(**provokes), report(**near))


def element_case(code: str, wrong: str, right: str) -> Case:
    """The same element once wrong and once right, in its (first) line of the clean report."""
    segment, position = code[:-2], int(code[-2:])
    lines = CLEAN[segment]
    first, *others = (lines,) if isinstance(lines, str) else lines
    elements = first.split("*")
    elements += [""] * (position + 1 - len(elements))

    def with_value(value: str) -> bytes:
        line = "*".join([*elements[:position], value, *elements[position + 1 :]])
        return report(**{segment: (line, *others)})

    return Case(with_value(wrong), with_value(right))


WHOLE = report()
_CHECKED = WHOLE[WHOLE.index(b"ST*") : WHOLE.index(b"G85*")]  # what G85 protects
_RIGHT = f"{crc16_arc(_CHECKED):04X}"


def _with_check(value: str) -> bytes:
    return edited(f"G85*{_RIGHT}", f"G85*{value}")


def _check_over(text: bytes) -> bytes:
    return _with_check(f"{crc16_arc(text):04X}")


CASES: dict[str, Case] = {
    # the ends, the check value, the count
    "no_header": Case(WHOLE[WHOLE.index(b"ID1*") :], WHOLE),
    "cut_off": Case(WHOLE[: WHOLE.index(b"DXE")], WHOLE),
    "cut_segment": Case(WHOLE[: WHOLE.index(b"PA4*") + 5], WHOLE),
    "no_check": Case(edited(f"G85*{_RIGHT}\r\n", ""), WHOLE),
    "check_mismatch": Case(edited("COLA", "COKE"), report(PA1="PA1*10*100*COKE****0")),
    "check_swapped": Case(_with_check(f"{_RIGHT[2:]}{_RIGHT[:2]}"), WHOLE),
    "check_without_last_line_end": Case(_check_over(_CHECKED[:-2]), WHOLE),
    "check_from_id4": Case(_check_over(_CHECKED[_CHECKED.index(b"ID4*") :]), WHOLE),
    "check_line_feeds": Case(_check_over(_CHECKED.replace(b"\r", b"")), WHOLE),
    "check_form": Case(_with_check(_RIGHT.lower()), WHOLE),
    "segment_count": Case(edited("SE*25", "SE*23"), WHOLE),
    # the file
    "no_report": Case(b"Slot 010: Sprite\r\n", WHOLE),
    "several_reports": Case(WHOLE + WHOLE, WHOLE),
    "handheld_wrapper": Case(b"<000|Operations|x>" + WHOLE, WHOLE),
    "segment_outside": Case(b"MC5*SiLine\r\n" + WHOLE, WHOLE),
    "text_outside": Case(b"Slot 010: Sprite\r\n" + WHOLE, b"\r\n" + WHOLE + b"\r\n\x1a"),
    # the envelope
    "id_form": Case(edited(SENDER, "JOFEMAR001"), edited(SENDER, "CPI7654321")),
    "maker_unknown": Case(edited(SENDER, "ZZZ0000001"), edited(SENDER, "CPI0000001")),
    "functional_id": Case(edited("*VA*V0/6", "*VX*V0/6"), edited("*VA*V0/6", "*VX*V1/1")),
    "version_form": Case(edited("V0/6", "V1/6"), edited("V0/6", "V1/1")),
    "set_header": Case(edited("ST*001", "ST*002"), WHOLE),
    "set_missing": Case(edited("ST*001*0001\r\n", ""), WHOLE),
    "set_number_differs": Case(edited("ST*001*0001", "ST*001*0002"), WHOLE),
    "transmission_number_differs": Case(edited("DXE*1*1", "DXE*2*1"), edited("DXE*1", "DXE*01")),
    "set_count": Case(edited("DXE*1*1", "DXE*1*0"), edited("DXE*1*1", "DXE*1*0001")),
    "envelope_order": Case(edited("DXE*1", "EA7*0*0\r\nDXE*1"), report(EA7="EA7*0*0")),
    "segment_twice": lines_case(
        {"VA3": ("VA3*0*0*0*0", "VA3*0*0*0*0")}, {"EA2": ("EA2*EGS*1*2**0", "EA2*EGT*1*2**0")}
    ),
    "loop_open": lines_case({"PA4": ("PA4*0*0*0*0", "LE*0100")}, {}),
    "unknown_segment": lines_case({"ZZ9": "ZZ9*1"}, {"MA5": "MA5*LAST*1"}),
    "extra_elements": element_case("CB106", "6", ""),
    "glued_segments": lines_case({"CA1": "CA1*MAPA2*0*0*0*0*0*0*0*0"}, {"CA1": "CA1*MAPA2*0*0"}),
    "blanks_at_line_end": lines_case({"MA5": "MA5*LANG*ENG "}, {"MA5": "MA5*LANG *ENG"}),
    "product_loop": lines_case({"PA1": ("LS*0100", str(CLEAN["PA1"])), "LE": "LE*0100"}, {}),
    "odd_characters": Case(edited("COLA", "C\xf6LA"), edited("COLA", "C^F6^LA")),
    # single elements
    "bad_number": element_case("VA101", "3x", "300"),
    "not_numeric": element_case("ID103", "1a", "1"),
    "decimal_point": element_case("PA102", "1.00", "100"),
    "signed_number": element_case("PA102", "-100", "100"),
    "leading_zeros": element_case("VA101", "00000300", "300"),
    "padding": element_case("PA103", "COLA ", "COLA"),
    "too_long": element_case("PA101", "SEVENTH", "10"),
    "too_short": element_case("SD105", "0", "SAVE"),
    "long_text": element_case("PA103", "x" * 101, "x" * 20),
    "bad_date": element_case("EA102", "20261320", "00000000"),
    "bad_time": element_case("EA103", "2460", "235959"),
    "bad_escape": element_case("PA103", "CO^LA", "CO^5E^LA"),
    "minus_one": element_case("DA201", "4294967295", "100"),
    "empty_segment": lines_case({"BA1": "BA1***"}, {"BA1": "BA1*JOF1"}),
    # what is told
    "no_identity": lines_case({"ID1": "ID1**CAN 10", "CB1": None}, {"ID1": "ID1**CAN 10"}),
    "asset_number_empty": element_case("ID106", "", "A-100"),
    "identity_incomplete": element_case("ID102", "", "CAN 10"),
    "mandatory_segment": lines_case({"VA3": None}, {"DA2": None, "VA1": "VA1*200*3*100*1"}),
    "mandatory_element": element_case("EA309", "", "0"),
    "decimals_unknown": element_case("ID401", "9", "0"),
    "currency_unknown": lines_case({"ID4": "ID4*2*0049*5"}, {"ID4": "ID4*2*1978"}),
    "currency_missing": lines_case({"ID4": "ID4*2"}, {"ID4": "ID4*2**EUR"}),
    "currency_code_form": element_case("ID402", "978", "1978"),
    "currency_letters_form": element_case("ID403", "5", ""),
    "currency_differs": element_case("ID403", "USD", "EUR"),
    "resets_when_read": element_case("SD105", "AUTO", "SAVE"),
    "reset_mode_unknown": element_case("SD105", "NEVER", "RESET"),
    "reader_echoed": element_case("EA304", "CVD0000001", "HANDHELD 7"),
    "selection_unnamed": element_case("PA101", "", "10"),
    "selection_twice": lines_case(
        {"PA1": ("PA1*10*100", "PA2*0*0*0*0", "PA1*10*100")},
        {"PA1": ("PA1*11*100", "PA2*0*0*0*0", "PA1*10*100")},
    ),
    "selection_without_meters": lines_case(
        {"PA4": ("PA4*0*0*0*0", "PA1*11*100")}, {"PA4": ("PA4*0*0*0*0", "PA1*11*100", "PA2*0*0")}
    ),
    "absent_selection_sold": element_case("PA107", "1", "0"),
    "no_selection_above": lines_case({"ID5": ("ID5*20261121", "PA2*3*300*1*100")}, {}),
    "status_unknown": element_case("PA107", "2", "1"),
    "payment_device_unknown": element_case("PA702", "XX", "TA"),
    "unknown_selection": element_case("PA701", "010", "10"),
    "price_of_unknown_selection": element_case("LA102", "010", "10"),
    "event_unnamed": element_case("EA101", "", "EGT"),
    "maker_event": element_case("EA101", "EA3A", "ELB_507"),
    "event_number": element_case("EA101", "EJB61", "EJB_61"),
    "activity_unknown": element_case("EA205", "2", "1"),
    # figures
    "interval_only": element_case("PA201", "", "3"),
    "cumulative_missing": element_case("VA101", "", "300"),
    "interval_too_high": element_case("DA203", "101", "100"),
    "selections_sum": element_case("PA201", "4", "3"),
    "payments_sum": element_case("CA201", "201", "200"),
    "payment_sales_sum": element_case("PA706", "201", "200"),
    "bills_whole_units": element_case("CA308", "5", "500"),
    "bills_unit_unknown": lines_case(
        {"CA3": "CA3*100*50*50*0*700*100*100*7"}, {"CA3": "CA3*100*50*50*0*700*100*100*500"}
    ),
    "cash_sum": element_case("CA306", "101", "100"),
    "tubes_sum": element_case("CA1703", "4", "3"),
    "clock_wrong": element_case("ID501", "20371121", "20261121"),
    "clocks_differ": element_case("ID501", "20261120", "20261121"),
    "date_after_clock": element_case("EA102", "20261123", "20261121"),
}
"""By the code of the finding. In the near report it is not found, others may be."""
