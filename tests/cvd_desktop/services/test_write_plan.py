"""The preview of a write, and what a second look proves of it: no machine, no line."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.write_records import PlanWarning, Wanted, WritePlan
from cvd_desktop.services.parsed_read import parse
from cvd_desktop.services.word_table_write import (
    RESULTS,
    WARNINGS,
    change_words,
    value_words,
    warning_words,
)
from cvd_desktop.services.write_plan import Seen, document_of, parse_price, plan_write
from cvd_desktop.services.write_proof import Times, prove, unproven
from cvd_shared.dex.configuration_report import ListPrice
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.write_style import WriteStyle, write_style
from cvd_shared.wire_events import WriteResult

NOW = datetime(2026, 11, 21, 9, 30, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=3)

PLAIN = (
    "ID1*S100*MODEL*1***A-1",
    "ID4*2*1978*EUR",
    "ID5*20261121*0900",
    "VA1*1000*10*400*4",
    "PA1*A1*150*Crisps",
    "PA2*5*750*2*300",
    "PA1*A02*200*Nuts",
    "PA2*5*1000*2*400",
    "PA7*A1*DA*1*160*1*160*0*0",
    "LA1*2*A02*190",
    "EA3*7*20261120*1000*CVD0000001",
)


def report(*lines: str, sender: str = "TST0000000") -> bytes:
    """A whole report without a check value."""
    body = (f"DXS*{sender}*VA*V0/6*1", "ST*001*0001", *lines)
    end = (f"SE*{len(lines) + 2}*0001", "DXE*1*1")
    return "".join(f"{line}\r\n" for line in (*body, *end)).encode("ascii")


def changed(*changes: tuple[str, str]) -> tuple[str, ...]:
    """PLAIN with lines replaced, each by its beginning."""
    lines = list(PLAIN)
    for start, line in changes:
        at = next(n for n, old in enumerate(lines) if old.startswith(start))
        lines[at] = line
    return tuple(line for line in lines if line)


def seen(*lines: str, sender: str = "TST0000000", link: str = "dexucs") -> Seen:
    parsed = parse(report(*lines, sender=sender))
    assert parsed.report is not None
    assert parsed.reading is not None
    money = parsed.reading.money
    return Seen(
        "r1", parsed.report, parsed.reading, link, asset_number="A-1",
        currency=money.currency or "", decimals=money.decimals,
    )  # fmt: skip


def reading(*lines: str) -> MachineReading:
    found = parse(report(*lines)).reading
    assert found is not None
    return found


def planned(wanted: Wanted, *lines: str) -> WritePlan:
    return plan_write(seen(*(lines or PLAIN)), wanted, NOW)


def written(plan: WritePlan) -> list[str]:
    """The segments of the document, without its envelope."""
    (found,) = read_dex(document_of(plan, NOW)).reports
    return [segment.raw for segment in found.segments[2:-3]]


def codes(plan: WritePlan) -> list[str]:
    return [warning.code for warning in plan.warnings]


# --- the preview ----------------------------------------------------------------------------------


def test_every_line_says_before_and_after_and_only_what_differs_is_sent() -> None:
    plan = planned(
        Wanted(
            prices={"a1": "1.75", "A2": 200},
            names={"A1": "Chips"},
            asset_number="A-7",
            clock=True,
            list_prices={ListPrice("A1", 1, "DA"): "1.80", ListPrice("A02", 2): 190},
        )
    )
    told = [(each.what, each.selection, each.before, each.after, each.same) for each in plan.lines]
    assert told == [
        ("price", "A1", "150", "175", False),
        ("price", "A02", "200", "200", True),  # the machine calls A2 so
        ("list_price", "A1", "160", "180", False),
        ("list_price", "A02", "190", "190", True),
        ("name", "A1", "Crisps", "Chips", False),
        ("asset_number", None, "A-1", "A-7", False),
        ("clock", None, "2026-11-21T09:00:00", "2026-11-21T09:30:00", False),
    ]
    assert written(plan) == [
        "IC1******A-7", "IC5*20261121*093000", "PC1*A1*175*Chips", "PC7*A1*DA*1*180",
    ]  # fmt: skip
    assert codes(plan) == ["write_renames"]


def test_nothing_to_change_is_a_preview_without_a_document() -> None:
    plan = planned(Wanted(prices={"A1": 150}))
    assert plan.changes == ()
    assert codes(plan) == ["write_no_change"]


def test_an_unknown_selection_is_warned_of_and_sent_as_it_was_typed() -> None:
    plan = planned(Wanted(prices={"Z9": 100}))
    assert codes(plan) == ["write_unknown_selection"]
    assert (plan.lines[0].known, plan.lines[0].before) == (False, None)
    assert written(plan) == ["PC1*Z9*100"]


@pytest.mark.parametrize(("link", "warned"), [("dexucs", True), ("ddcmp", False)])
def test_a_machine_in_auto_mode_is_warned_of_where_a_look_resets_it(
    link: str, warned: bool
) -> None:
    auto = seen(*PLAIN, "SD1*****AUTO", link=link)
    plan = plan_write(auto, Wanted(interval_reset=True), NOW)
    assert ("write_auto_mode" in codes(plan)) == warned
    assert PlanWarning("write_resets_interval", {"vends": 4}) in plan.warnings
    assert written(plan) == ["SD1*****RESET"]


def test_the_style_of_the_make_and_the_persons_choice() -> None:
    cedar = seen(*PLAIN, sender="6140030000")
    both = Wanted(asset_number="A-7", prices={"A1": 1})
    assert written(plan_write(cedar, both, NOW)) == ["ID1******A-7", "PC1*A1*1"]
    cafe = seen(*PLAIN, "PA7*A1*CA*0*150*1*1*1*1", sender="DGC1190000")
    assert written(plan_write(cafe, both, NOW)) == ["IC1******A-7", "PC7*A1*CA*0*1"]
    chosen = replace(both, identity_segment="ID1", price_segment="PC7")
    assert written(planned(chosen)) == ["ID1******A-7", "PC7*A1*CA*0*1"]


def test_what_the_audit_shows_decides_where_the_make_is_not_known() -> None:
    by_device = changed(("PA1*A1", "PA1*A1"), ("PA1*A02", "PA1*A02"))
    plan = planned(Wanted(prices={"A1": 1}), *by_device)
    assert plan.style == WriteStyle(price_segment="PC7")
    short = seen(*changed(("ID5", "ID5*261121*0900*7")))
    plan = plan_write(short, Wanted(clock=True), NOW)
    assert written(plan) == ["IC5*261121*0930*0"]
    assert write_style(None, None) == WriteStyle()


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Wanted(), "write_nothing"),
        (Wanted(prices={"A2": 1, "A02": 2}), "write_set_twice"),
        (Wanted(asset_number="x" * 21), "write_value_unfit"),
        (Wanted(names={"A1": "\u20ac"}), "write_value_unfit"),
        (Wanted(prices={"A1": "1.505"}), "write_price_unreadable"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is_sent(wanted: Wanted, code: str) -> None:
    with pytest.raises(Problem) as problem:
        planned(wanted)
    assert problem.value.code == code


@pytest.mark.parametrize(
    ("text", "decimals", "price"),
    [
        ("150", 2, 150), ("1.50", 2, 150), ("1,5", 2, 150), ("0.05", 2, 5), ("0", 2, 0),
        ("1200", 0, 1200), ("1.250", 3, 1250), (" 2.00 ", 2, 200), ("123456.78", 2, 12345678),
    ],
)  # fmt: skip
def test_prices_as_people_type_them(text: str, decimals: int, price: int) -> None:
    assert parse_price(text, decimals) == price


@pytest.mark.parametrize(
    ("text", "decimals"),
    [
        ("", 2), ("-1", 2), ("1.", 2), (".5", 2), ("1.505", 2), ("1.5", 0), ("1.2.3", 2),
        ("1e3", 2), ("\u0661", 2), ("123456789", 2), ("1234567.89", 2), ("9" * 5000, 2),
    ],
)  # fmt: skip
def test_what_is_no_price(text: str, decimals: int) -> None:
    with pytest.raises(Problem, match="write_price_unreadable"):
        parse_price(text, decimals)


# --- the proof ------------------------------------------------------------------------------------


def proven(
    wanted: Wanted, *after: str, before: tuple[str, ...] = PLAIN
) -> list[tuple[str, object]]:
    plan = plan_write(seen(*before), wanted, NOW)
    lines = prove(plan, reading(*after), Times(NOW, LATER))
    return [(line.result, line.found) for line in lines]


def test_each_value_is_accepted_ignored_or_different() -> None:
    wanted = Wanted(
        prices={"A1": 175, "A02": 233, "Z9": 5},
        names={"A1": "A very long name"},
        asset_number="A-7",
    )
    after = changed(
        ("ID1", "ID1*S100*MODEL*1***A-1"),
        ("PA1*A1", "PA1*A1*175*A very lon"),
        ("PA1*A02", "PA1*A02*230*Nuts"),
    )
    assert proven(wanted, *after) == [
        ("accepted", "175"),
        ("different", "230"),
        ("unproven", None),
        ("different", "A very lon"),
        ("ignored", "A-1"),
    ]


def test_prices_of_lists_are_proven_where_they_stand() -> None:
    wanted = Wanted(list_prices={ListPrice("A1", 1, "DA"): 170, ListPrice("A02", 2): 195})
    after = changed(("PA7", "PA7*A1*DA*1*170*1*160*0*0"), ("LA1", "LA1*2*A02*190"))
    assert proven(wanted, *after) == [("accepted", "170"), ("ignored", "190")]


@pytest.mark.parametrize(
    ("shown", "result"),
    [
        ("ID5*20261121*0933", "accepted"),
        ("ID5*20261121*0931", "accepted"),  # two minutes are no difference
        ("ID5*20261121*0903", "ignored"),  # it went on from where it was
        ("ID5*20261121*1200", "different"),
        ("ID5*20261121", "unproven"),  # a day that was right before
        ("ID5*20261122", "different"),
        ("ID5*nonsense", "unproven"),
        ("", "unproven"),
    ],
)
def test_the_clock(shown: str, result: WriteResult) -> None:
    (line,) = proven(Wanted(clock=True), *changed(("ID5", shown)))
    assert line[0] == result


def test_a_clock_that_tells_the_day_only_is_proven_by_a_new_day() -> None:
    before = changed(("ID5", "ID5*20261001"))
    after = changed(("ID5", "ID5*20261121"))
    assert proven(Wanted(clock=True), *after, before=before)[0][0] == "accepted"
    assert proven(Wanted(clock=True), *before, before=before)[0][0] == "ignored"


@pytest.mark.parametrize(
    ("before", "after", "result"),
    [
        ((), (("VA1", "VA1*1000*10*0*0"),), "accepted"),
        ((), (("VA1", "VA1*1150*11*150*1"),), "accepted"),  # one vend since
        ((), (), "ignored"),
        ((), (("VA1", "VA1*1150*11*550*5"),), "ignored"),
        ((("VA1", "VA1*1000*10*0*0"),), (("VA1", "VA1*1000*10*0*0"),), "unproven"),
        (
            (("VA1", "VA1*1000*10*0*0"),),
            (("VA1", "VA1*1000*10*0*0"), ("EA3", "EA3*8*20261120*1000*CVD0000001")),
            "accepted",
        ),
        ((("VA1", ""),), (("VA1", ""),), "unproven"),
    ],
)
def test_the_interval_reset(
    before: tuple[tuple[str, str], ...], after: tuple[tuple[str, str], ...], result: WriteResult
) -> None:
    wanted = Wanted(interval_reset=True)
    (line,) = proven(wanted, *changed(*after), before=changed(*before))
    assert line[0] == result


def test_as_long_as_nobody_has_looked_nothing_is_proven() -> None:
    plan = planned(Wanted(prices={"A1": 1, "A02": 200}))
    assert [(line.change.selection, line.result) for line in unproven(plan)] == [("A1", "unproven")]


# --- words ----------------------------------------------------------------------------------------


def test_warnings_and_lines_have_words() -> None:
    plan = planned(
        Wanted(prices={"A1": 5, "Z9": 1}, list_prices={ListPrice("A1", 1, "DA"): 9}, clock=True,
               interval_reset=True, asset_number="9"),
        *PLAIN, "SD1*****AUTO",
    )  # fmt: skip
    assert {warning.code for warning in plan.warnings} == WARNINGS.keys() - {"write_no_change"}
    said = [warning_words(warning) for warning in plan.warnings]
    assert any("Z9" in text for text in said)
    assert not any("{" in text for text in said)
    lines = [
        (change_words(line), value_words(line, line.before, 2), value_words(line, line.after, 2))
        for line in plan.lines
    ]
    assert lines[:3] == [
        ("Price A1", "1.50", "0.05"),
        ("Price Z9", "?", "0.01"),
        ("Price in list 1 (DA) A1", "1.60", "0.09"),
    ]
    clock = [value_words(line, line.after, 2) for line in plan.lines if line.what == "clock"]
    assert not any("T" in words for words in clock), "a date and a time as people write them"
    assert all(RESULTS[line.result] for line in unproven(plan))
