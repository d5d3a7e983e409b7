"""Meters by hand: compared with what is known, asked about when lower, never mixed into reads."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.ticket_records import METER_KINDS
from cvd_desktop.services.machine_history import machine_history
from cvd_desktop.services.meters_by_hand import enter_meters, known_meters, lower_meters
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.record_words import title_of
from cvd_desktop.services.words import words
from cvd_shared.wire_events import MeterKind
from cvd_shared.wire_records import MeterEntryRecord, ReadRecord
from tests.support.sample_screen import NOW
from tests.support.ticket_shop import SOLD, TicketShop, ticket_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[TicketShop]:
    with ticket_shop(tmp_path) as opened:
        yield opened


def test_the_last_read_says_what_is_known(shop: TicketShop) -> None:
    shop.read("m1", "VA1*100*1*0*0", ago=timedelta(days=3))
    shop.read("m1", *SOLD, "PA1*A1*150", "PA2*77*1155*0*0")
    known = known_meters(shop.wp, "m1")
    assert (known.source, known.vends, known.value, known.cash_box) == ("read", 912, 129634, 50000)
    assert known.selections == (("A1", 77),)


def test_a_read_of_another_laptop_is_known_too(shop: TicketShop) -> None:
    verdict = dict.fromkeys(("link", "transfer", "integrity", "mapping", "plausibility"), "ok")
    shop.tell(
        ReadRecord.model_validate(
            {
                "id": "r9",
                "machine_id": "m2",
                "at": to_wire(NOW),
                "purpose": "look",
                "link": "dexucs",
                "complete": True,
                "size": 9,
                "raw_sha256": "0" * 64,
                "verdict": verdict,
                "number_of_paid_vends_since_init": 40,
                "value_of_paid_vends_since_init": 4000,
                "selections": {"A1": (40, 4000)},
            }
        )
    )
    known = known_meters(shop.wp, "m2")
    assert (known.vends, known.value, known.cash_box) == (40, 4000, None)


def test_a_later_entry_by_hand_is_the_last_known_one(shop: TicketShop) -> None:
    shop.read("m1", *SOLD)
    enter_meters(shop.wp, "m1", "normal", vends=950)
    shop.answer("applied")
    known = known_meters(shop.wp, "m1")
    assert (known.source, known.kind, known.vends, known.value) == ("hand", "normal", 950, None)
    shop.clock.go_on(hours=2)
    shop.read("m1", "VA1*140000*980*0*0", ago=timedelta(minutes=1))
    assert known_meters(shop.wp, "m1").source == "read"


def test_what_has_not_left_this_laptop_is_corrected_by_typing_again(shop: TicketShop) -> None:
    shop.read("m1", *SOLD)
    enter_meters(shop.wp, "m1", "normal", vends=9500)  # a digit too many
    shop.clock.go_on(minutes=1)
    known = known_meters(shop.wp, "m1")
    assert (known.source, known.vends) == ("read", 912)
    assert known.waiting is not None
    assert known.waiting.vends == 9500
    done = enter_meters(shop.wp, "m1", "normal", vends=950)
    assert done.vends == 38
    shop.answer("applied")
    known = known_meters(shop.wp, "m1")
    assert (known.vends, known.waiting) == (950, None)


def test_an_entry_of_another_laptop_counts(shop: TicketShop) -> None:
    shop.tell(
        MeterEntryRecord(id="e1", machine_id="m1", at=to_wire(NOW), kind="restarted", vends=3)
    )
    known = known_meters(shop.wp, "m1")
    assert (known.kind, known.vends) == ("restarted", 3)


def test_a_machine_without_meters_is_not_compared(shop: TicketShop) -> None:
    known = known_meters(shop.wp, "m2")
    assert (known.at, known.source) == (None, None)
    done = enter_meters(shop.wp, "m2", "normal", vends=5)
    assert (done.vends, done.value) == (None, None)


def test_meters_are_one_event_and_say_how_far_it_went(shop: TicketShop) -> None:
    shop.read("m1", *SOLD)
    done = enter_meters(
        shop.wp, "m1", "normal", vends=950, value=135000, selections={"A1": 80}, note=" by torch "
    )
    assert (done.vends, done.value) == (38, 5366)
    (said,) = shop.payloads("meters.entered")
    assert (said["vends"], said["cash_box"], said["note"]) == (950, None, "by torch")
    assert said["selections"] == {"A1": 80}
    assert title_of(list_outbox(shop.wp)[0]).startswith("Meters by hand of machine 10427")


def test_sales_are_not_counted_from_meters_by_hand(shop: TicketShop) -> None:
    shop.read("m1", "VA1*1000*10*0*0", ago=timedelta(days=2))
    enter_meters(shop.wp, "m1", "normal", vends=15)
    shop.clock.go_on(days=1)
    shop.read("m1", "VA1*3000*30*0*0", ago=timedelta(minutes=1))
    history = machine_history(shop.wp, "m1")
    assert [point.units for point in history.points] == [None, 20]


@pytest.mark.parametrize("meters", [{"vends": 911}, {"value": 0}, {"cash_box": 49_999}])
def test_a_meter_that_is_lower_is_asked_about(shop: TicketShop, meters: dict[str, int]) -> None:
    shop.read("m1", *SOLD)
    (name,) = meters
    assert lower_meters(known_meters(shop.wp, "m1"), meters) == (name,)
    with pytest.raises(Problem, match="meters_lower") as asked:
        enter_meters(shop.wp, "m1", "normal", **meters)  # type: ignore[arg-type]
    assert asked.value.values["meter"] == name
    assert "rolled over, restarted or pulled" in words("meters_lower", asked.value.values).do
    assert shop.payloads("meters.entered") == []


@pytest.mark.parametrize("kind", [kind for kind in METER_KINDS if kind != "normal"])
def test_with_its_reason_a_lower_meter_is_taken_and_nothing_is_made_up(
    shop: TicketShop, kind: MeterKind
) -> None:
    shop.read("m1", *SOLD)
    done = enter_meters(shop.wp, "m1", kind, vends=3, value=300)
    assert (done.kind, done.vends, done.value) == (kind, None, None)
    assert shop.payloads("meters.entered")[0]["kind"] == kind


def test_a_lower_selection_is_asked_about_too(shop: TicketShop) -> None:
    shop.read("m1", *SOLD, "PA1*A1*150", "PA2*77*1155*0*0")
    with pytest.raises(Problem, match="meters_lower") as asked:
        enter_meters(shop.wp, "m1", "normal", selections={"A1": 76})
    assert (asked.value.values["meter"], asked.value.values["known"]) == ("A1", 77)


def test_rolled_over_without_a_lower_meter_is_asked_about(shop: TicketShop) -> None:
    shop.read("m1", *SOLD)
    with pytest.raises(Problem, match="meters_not_lower"):
        enter_meters(shop.wp, "m1", "rolled_over", vends=950)
    enter_meters(shop.wp, "m2", "rolled_over", vends=1)  # nothing known: nothing contradicts it


@pytest.mark.parametrize(
    ("meters", "code"),
    [
        ({}, "meters_none"),
        ({"vends": -1}, "meters_impossible"),
        ({"vends": 10**10}, "meters_impossible"),
        ({"value": 10**13}, "meters_impossible"),
        ({"selections": {"A1": 2**64}}, "meters_impossible"),
    ],
)
def test_figures_that_no_machine_shows(shop: TicketShop, meters: dict[str, int], code: str) -> None:
    with pytest.raises(Problem, match=code) as asked:
        enter_meters(shop.wp, "m1", "normal", **meters)  # type: ignore[arg-type]
    assert words(asked.value.code, asked.value.values).do
    assert shop.payloads("meters.entered") == []


def test_a_viewer_enters_nothing_and_a_driver_may(tmp_path: Path) -> None:
    with ticket_shop(tmp_path / "viewer", "viewer") as shop:
        assert not known_meters(shop.wp, "m1").may_enter
        with pytest.raises(Problem, match="meters_no_right"):
            enter_meters(shop.wp, "m1", "normal", vends=1)
    with ticket_shop(tmp_path / "driver", "driver") as shop:
        enter_meters(shop.wp, "m1", "normal", vends=1)
        assert len(shop.payloads("meters.entered")) == 1


def test_a_machine_that_is_not_here_has_no_meters(shop: TicketShop) -> None:
    with pytest.raises(Problem, match="machine_not_here"):
        enter_meters(shop.wp, "m99", "normal", vends=1)
