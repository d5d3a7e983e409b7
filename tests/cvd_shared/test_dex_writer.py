"""A typed value becomes the element that the table asks for, or is refused with its reason."""

import re
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_shared.dex.dex_segments import Element, segment_table
from cvd_shared.dex.dex_writer import Style, element_text, segment_line
from cvd_shared.dex.element_values import day, number, text, time_of_day

ELEMENTS = [each for kind in segment_table().values() for each in kind.elements.values()]
COUNTERS = [each for each in ELEMENTS if each.is_number and each.scope]


class TestSegments:
    def test_numbers_are_decimal_without_padding_and_empty_ends_are_left_out(self) -> None:
        assert segment_line("VA1", [400, 5, None, 0, None, None]) == "VA1*400*5**0"
        assert segment_line("EA3", []) == "EA3"

    def test_text_is_escaped(self) -> None:
        assert segment_line("PA1", ["A*1", 150, "Caf\u00e9 ^"]) == "PA1*A^2A^1*150*Caf^E9^ ^5E^"

    def test_dates_and_times_from_iso_text(self) -> None:
        values = ["2026-11-21", "09:08:07", None, "NA"]
        assert segment_line("ID5", values) == "ID5*20261121*090807**NA"
        short = Style(date_digits=6, time_digits=4)
        assert segment_line("ID5", values, short) == "ID5*261121*0908**NA"

    def test_text_that_has_the_form_of_its_type_stays_as_it_is(self) -> None:
        assert segment_line("ID5", ["261121", "0908"]) == "ID5*261121*0908"
        assert segment_line("VA1", ["00000400"], Style(padded=True)) == "VA1*00000400"

    def test_a_year_that_two_digits_do_not_tell_has_four(self) -> None:
        assert segment_line("ID5", ["2093-01-02"], Style(date_digits=6)) == "ID5*20930102"

    def test_first_devices_send_numbers_in_their_full_width(self) -> None:
        assert segment_line("VA2", [1, 2, 3, 4], Style(padded=True)) == (
            "VA2*00000001*00000002*000003*0004"
        )

    def test_segments_of_makers_take_anything(self) -> None:
        assert segment_line("AM2", ["x*y", 7, None, "z"]) == "AM2*x^2A^y*7**z"


class TestCounters:
    @pytest.mark.parametrize("element", COUNTERS, ids=lambda element: element.code)
    def test_a_counter_goes_back_to_0_after_its_largest_value(self, element: Element) -> None:
        """EVA-DTS 5.1.6."""
        largest, style = 10**element.longest - 1, Style(wrapped=True)
        assert element_text(element, largest, style) == "9" * element.longest
        assert element_text(element, largest + 1, style) == "0"
        assert element_text(element, largest + 13, style) == "12"

    def test_it_is_refused_where_that_is_not_asked_for(self) -> None:
        with pytest.raises(ValueError, match=r"VA104: 1000000 is longer than 6"):
            segment_line("VA1", [0, 0, 0, 1_000_000])


class TestRefused:
    @pytest.mark.parametrize(
        ("segment", "values", "reason"),
        [
            ("PC1", ["1234567"], "PC101: '1234567' is longer than 6"),
            ("PC1", ["10", -5], "PC102: -5 is no number"),
            ("PC1", ["10", "5.0"], "PC102: '5.0' is no number"),
            ("PC1", ["10", 100_000_000], "PC102: 100000000 is longer than 8"),
            ("IC5", ["21.11.2026"], "IC501: '21.11.2026' is no date"),
            ("IC5", ["20261131"], "IC501: '20261131' is no date"),
            ("IC5", ["2026-11-21", "25:00"], "IC502: '25:00' is no time of day"),
            ("SD1", [None] * 4 + ["NOW"], "SD105: 'NOW' is shorter than 4"),
            ("IC1", ["\u20ac"], "IC101: '\u20ac' has a character that is not in latin-1"),
            ("PC1", [None] * 6 + [1], "PC107 is no element of EVA-DTS: 1"),
            ("ID4", [2, 1840, "USD", 1], "ID404 is no element of EVA-DTS: 1"),
            ("ZZ9", [1], "'ZZ9' is no segment of EVA-DTS"),
            ("VA1\r\nVA2", [1], "is no segment of EVA-DTS"),
        ],
    )
    def test_what_does_not_fit(
        self, segment: str, values: list[int | str | None], reason: str
    ) -> None:
        with pytest.raises(ValueError, match=re.escape(reason)):
            segment_line(segment, values)

    @given(st.sampled_from(ELEMENTS), st.one_of(st.none(), st.integers(), st.text()))
    def test_whatever_comes_is_one_plain_element_or_refused(
        self, element: Element, value: int | str | None
    ) -> None:
        try:
            written = element_text(element, value)
        except ValueError as error:
            written = str(error).partition(": ")[0]
        assert written.isascii()
        assert written.isprintable()
        assert "*" not in written


class TestComesBack:
    @given(st.sampled_from([each for each in ELEMENTS if each.is_number]), st.data())
    def test_numbers(self, element: Element, data: st.DataObject) -> None:
        least = 10 ** (element.shortest - 1) if element.shortest > 1 else 0
        value = data.draw(st.integers(least, 10**element.longest - 1))
        for style in (Style(), Style(padded=True)):
            assert number(element_text(element, value, style)) == value

    @given(st.dates(date(1000, 1, 1)), st.times(), st.booleans())
    def test_dates_and_times(self, date_: date, time_: time, short: bool) -> None:
        style = Style(date_digits=6, time_digits=4) if short else Style()
        at = time_.replace(second=0 if short else time_.second).isoformat("seconds")
        written = segment_line("ID5", [date_.isoformat(), at], style).split("*")
        assert (day(written[1]), time_of_day(written[2])) == (date_.isoformat(), at)

    @given(st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=20))
    def test_text(self, value: str) -> None:
        # 80-FF may be UTF-8 by chance: the reader then takes it for that
        written = segment_line("PC1", ["1", None, value], Style(encoding="utf-8"))
        assert text("".join(written.split("*")[3:])) == value.strip()
