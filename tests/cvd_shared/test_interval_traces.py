"""Traces of others, events and the clock of a machine between two reads."""

from datetime import UTC, datetime, timedelta

from cvd_shared.dex.interval import interval
from cvd_shared.dex.interval_facts import Evidence, Foreign, Interval
from tests.support.audit_pairs import cut, read, sold, told


class TestOthers:
    """EA3: reads with reset, this read (three elements), the last one (three), -, reads, resets."""

    def pair(
        self, before: str, now: str, our_reads: int = 1, our_resets: int | None = None
    ) -> Interval:
        return interval(
            read(*sold({"1": 5}), f"EA3*{before}"),
            read(*sold({"1": 6}), f"EA3*{now}"),
            our_reads=our_reads,
            our_resets=our_resets,
        )

    def test_our_own_read_is_no_foreign_one(self) -> None:
        found = self.pair("0*260101*0800*CVD1*****7*7", "0*260105*0900*CVD1*260101*0800*CVD1**8*7")
        assert found.foreign == Foreign(0, 0, None, None)

    def test_a_foreign_read_with_a_reset(self) -> None:
        before = "7*260101*0800*CVD1*****7*7"
        found = self.pair(before, "9*260105*0900*CVD1*260103*1200*OTHER**9*8", our_resets=0)
        assert found.foreign == Foreign(1, 1, "2026-01-03T12:00:00", "OTHER")
        assert set(told(found)) == {
            "foreign_reads",
            "foreign_last",
            "foreign_reader",
            "foreign_resets",
        }
        assert found.units == 1

    def test_dates_alone_tell_that_there_was_one(self) -> None:
        found = self.pair("*260101*0800*CVD1", "*260105*0900*CVD1*260103*1200*OTHER")
        assert found.foreign == Foreign(None, None, "2026-01-03T12:00:00", "OTHER")
        ours = self.pair("*260101*0800*CVD1", "*260105*0900*CVD1*260101*0801*CVD1")
        assert ours.foreign.reads == 0

    def test_reads_of_an_old_machine(self) -> None:
        found = interval(read(*sold({"1": 5}), "CA6*7"), read(*sold({"1": 6}), "CA6*10"))
        assert found.foreign.reads == 2
        assert told(found)["foreign_reads"].elements == ("CA601",)

    def test_what_a_machine_does_not_tell_is_not_known(self) -> None:
        assert self.pair("", "").foreign == Foreign()

    def test_our_reads_that_were_passed_over(self) -> None:
        before, now = "0*260101*0800*CVD1*****7*0", "0*260105*0900*CVD1*260103*1200*CVD1**9*0"
        assert self.pair(before, now, our_reads=2).foreign == Foreign(0, 0, None, None)

    def test_a_machine_that_resets_by_being_read(self) -> None:
        """Reads and resets that move together are no foreign resets."""
        assert self.pair("********7*7", "********8*8").foreign.resets == 0
        lines = (*sold({"1": 5}), "SD1*****AUTO")
        found = interval(read(*lines, "EA3*7"), read(*lines, "EA3*9"))
        assert found.foreign.resets == 1

    def test_interval_figures_that_somebody_reset_are_rebuilt(self) -> None:
        before = read("VA1*5000*50*0*0", "CA2*5000*50*0*0")
        found = interval(before, read("VA1*5900*59*200*2", "CA2*5900*59*900*9"))
        assert [tuple(each) for each in found.rebuilt] == [("VA103", 200, 900), ("VA104", 2, 9)]
        assert told(found)["interval_reset"].values == {"figures": 2}

    def test_interval_figures_that_nobody_reset_are_rebuilt_too(self) -> None:
        before = read("CA3*500*0*0*0*500*0*0*0")
        found = interval(before, read("CA3*700*0*0*0*700*0*0*0"))
        assert [tuple(each) for each in found.rebuilt] == [("CA301", 700, 200)]
        assert told(found)["interval_not_reset"].elements == ("CA301",)

    def test_an_interval_figure_that_is_too_short_is_right_all_the_same(self) -> None:
        found = interval(read("VA2*0*5*0*0"), read("VA2*0*10008*0*3"))
        assert [each.code for each in found.rebuilt] == []


class TestEvents:
    def events(
        self, before: tuple[str, ...], now: tuple[str, ...]
    ) -> dict[str, tuple[object, ...]]:
        found = interval(
            read(*sold({"1": 5}), "ID5*260102*1000", *before),
            read(*sold({"1": 6}), "ID5*260105*1000", *now),
        )
        return {each.code: tuple(each[2:5]) for each in found.events}

    def test_counted(self) -> None:
        before = ("EA2*EGS*3*30", "EA2*EAA*1*4", "EA2*ENA*0*9**1")
        now = ("EA2*EGS*5*35", "EA2*EAA*1*4", "EA2*ENA*0*9**1", "EA2*EJB*2*2**0")
        assert self.events(before, now) == {
            "EGS": (5, False, None),
            "ENA": (0, True, None),  # still lasts
            "EJB": (2, False, None),
        }

    def test_dated(self) -> None:
        before = ("EA1*EGS*260101*0800", "EA1*EAA*251201*0800")
        now = ("EA1*EGS*260101*0800", "EA1*EGS*260103*0900", "EA1*EAA*251201*0800")
        assert self.events(before, now) == {"EGS": (None, False, "2026-01-03T09:00:00")}

    def test_counters_of_events_that_only_count_since_the_reset(self) -> None:
        assert self.events(("EA2*EGS*3",), ("EA2*EGS*5**1",)) == {}
        assert self.events(("EA2*EGS*3",), ("EA2*EGS*2",)) == {"EGS": (2, False, None)}

    def test_a_machine_of_its_own_has_no_events_here(self) -> None:
        before = read("EA2*EGS*3*30")
        other = read("EA2*EGS*3*40**1", who=("ID1*SER9000*MODEL****20001", "CB1*BRD88001"))
        assert interval(before, other).events == ()

    def test_a_partial_file_tells_what_lasts(self) -> None:
        found = interval(read("EA2*EGS*3*30"), cut("EA2*EGS*3*40**1"))
        assert [each[2:4] for each in found.events] == [(None, True)]


class TestClock:
    AT = datetime(2026, 1, 1, 8, tzinfo=UTC)

    def evidence(self, before: str, now: str, days: float = 4) -> dict[str, Evidence]:
        found = interval(
            read(*sold({"1": 5}), f"ID5*{before}"),
            read(*sold({"1": 6}), f"ID5*{now}"),
            read_at=(self.AT, self.AT + timedelta(days=days)),
        )
        return told(found)

    def test_a_clock_that_goes_right_in_any_zone(self) -> None:
        assert self.evidence("260101*0900", "260105*0900") == {}
        assert self.evidence("251231*2200", "260104*2203") == {}

    def test_summer_time(self) -> None:
        found = self.evidence("260101*0900", "260105*1000")
        assert set(found) == {"clock_hour_changed"}

    def test_set_back(self) -> None:
        found = self.evidence("260101*0900", "251201*0900")
        assert found["clock_set_back"].values == {
            "clock_before": "2026-01-01T09:00:00",
            "clock_now": "2025-12-01T09:00:00",
        }
        assert found["clock_behind"].values == {"days": 34}

    def test_set_forward(self) -> None:
        found = self.evidence("260101*0900", "260105*1500")
        assert found["clock_gained"].values == {"minutes": 360}
        found = self.evidence("260101*0900", "260105*0400")
        assert found["clock_lost"].values == {"minutes": 300}

    def test_years_off(self) -> None:
        found = self.evidence("370101*0900", "370105*0900")
        assert set(found) == {"clock_ahead"}
        assert found["clock_ahead"].values == {"days": 4017}

    def test_without_the_time_of_the_reads_only_what_is_sure(self) -> None:
        found = interval(read("ID5*370101*0900", "EA7**1"), read("ID5*370102*0900", "EA7**2"))
        assert not found.evidence

    def test_no_sense_is_no_clock(self) -> None:
        assert self.evidence("999999*9999", "000000*0000") == {}
