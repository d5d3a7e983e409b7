"""A file is cut where read_dex sees a report begin, and no byte is lost."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_desktop.services.report_cutter import TooManyReportsError, cut_reports
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.dex_writer import envelope
from tests.support.corpus import corpus_files
from tests.support.simple_report import simple_report

ONE = simple_report({"A1": 1})
TWO = simple_report({"A1": 2}, asset_number="B-2", serial_number="S200")
THREE = simple_report({"A1": 3}, asset_number="C-3", serial_number="S300")


def pieces_of(data: bytes) -> list[bytes]:
    return [data[piece] for piece in cut_reports(data)]


@pytest.mark.parametrize(
    "data",
    [b"", b"\n" * 1000, b"PA1*1*2\r\nVA1*3", b"a letter about DXS and ST\n", b"\0" * 5000],
    ids=["empty", "blank", "segments alone", "prose", "zeros"],
)
def test_what_is_no_report_gives_no_piece(data: bytes) -> None:
    assert cut_reports(data) == []


def test_everything_around_one_report_stays_with_it() -> None:
    data = b"MC5*before\r\n<000|x>" + ONE + b"<AAAA|BBBB>\r\nafter\r\n"
    assert pieces_of(data) == [data]


def test_text_between_two_reports_goes_with_the_second() -> None:
    between = b"Slot 010: Sprite: 25\r\n\r\n<000|x|>"
    data = ONE + between + TWO
    assert pieces_of(data) == [ONE, between + TWO]


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n", b"\r"])
def test_every_line_end_is_known(line_end: bytes) -> None:
    reports = [report.replace(b"\r\n", line_end) for report in (ONE, TWO, THREE)]
    assert pieces_of(b"".join(reports)) == reports


def test_reports_glued_in_one_line_come_apart() -> None:
    one = ONE.removesuffix(b"\r\n")
    assert pieces_of(one + TWO) == [one, TWO]


def test_report_that_breaks_off_ends_where_the_next_begins() -> None:
    cut = ONE[:60]
    assert pieces_of(cut + TWO) == [cut, TWO]


def test_sets_of_one_envelope_come_apart() -> None:
    """A data carrier sends several machines in one envelope (EVA-DTS 6.2.2 ch. 2.4)."""
    sets = [
        f"ST*001*000{n}\r\nID1*S{n}****A{n}\r\nVA1*{n}*1*1*1\r\nSE*4*000{n}\r\n".encode()
        for n in (1, 2, 3)
    ]
    data = b"DXS*CARRIER001*VA*V0/6*1\r\n" + b"".join(sets) + b"DXE*1*3\r\n"
    pieces = pieces_of(data)
    assert b"".join(pieces) == data
    assert [piece.count(b"ID1*") for piece in pieces] == [1, 1, 1]


def test_reports_without_envelope_are_told_apart_by_their_identity() -> None:
    bare = [b"ID1*S1****A1\r\nVA1*1*1*1*1\r\n", b"ID1*S2****A2\r\nVA1*2*2*2*2\r\n"]
    assert pieces_of(b"".join(bare)) == bare


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_text_of_an_editor_in_two_bytes_is_cut_too(encoding: str) -> None:
    mark = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else codecs.BOM_UTF16_BE
    wide = [report.decode("latin-1").encode(encoding) for report in (ONE, TWO, THREE)]
    assert pieces_of(mark + b"".join(wide)) == [mark + wide[0], *wide[1:]]
    assert [len(read_dex(piece).reports) for piece in pieces_of(mark + b"".join(wide))] == [1, 1, 1]


def test_marks_across_the_steps_of_the_search_are_seen() -> None:
    """The search goes in steps of a quarter of a megabyte; here they end everywhere in a mark."""
    report = simple_report({"A1": 1}, filler=4)
    many = (report + b"x" * 7 + b"\r\n") * 3000
    pieces = pieces_of(many)
    assert b"".join(pieces) == many
    assert len(pieces) == 3000


def test_more_reports_than_anybody_has_are_too_many() -> None:
    assert len(cut_reports(ONE * 20, most=20)) == 20
    with pytest.raises(TooManyReportsError):
        cut_reports(ONE * 21, most=20)


def test_work_can_be_ended_half_way() -> None:
    class EnoughError(Exception):
        pass

    calls = 0

    def pause() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise EnoughError

    with pytest.raises(EnoughError):
        cut_reports(b"a line\n" * 1_000_000, pause)


LINES = st.sampled_from(
    [
        "DXS*QRS7654321*VA*V0/6*1",
        "DXS*9*VA*V1/1",
        "<000|a|b>DXS*QRS7654321*VA*V0/6*1",
        "DXS",
        "ST*001*0001",
        "ST",
        " ST*001*0002",
        "ID1*S1****A1",
        "\x1aID1*S2",
        "VA1*1*2*3*4",
        "PA1*A1*100",
        "G85*1234",
        "SE*5*0001",
        "DXE*1*1",
        "DXE*1*1<AAAA|BBBB>",
        "DXEX",
        "words of a person",
        "",
    ]
)


def segments_in(data: bytes) -> list[str]:
    return [segment.raw for report in read_dex(data).reports for segment in report.segments]


def reports_of_a_machine(data: bytes) -> int:
    """Those that say by themselves that they are one."""
    return sum(
        any(segment.id in ("DXS", "ID1") for segment in report.segments)
        for report in read_dex(data).reports
    )


@given(st.lists(st.tuples(LINES, st.sampled_from(["\r\n", "\n", "\r", "\r\n\r\n"])), max_size=40))
def test_pieces_hold_the_reports_that_the_whole_file_holds(lines: list[tuple[str, str]]) -> None:
    data = "".join(line + end for line, end in lines).encode("latin-1")
    pieces = pieces_of(data)
    assert len(pieces) == reports_of_a_machine(data)
    if pieces:
        assert b"".join(pieces) == data
        assert [each for piece in pieces for each in segments_in(piece)] == segments_in(data)


@given(st.binary(max_size=600))
def test_any_bytes_can_be_cut(data: bytes) -> None:
    pieces = pieces_of(data)
    assert not pieces or b"".join(pieces) == data


def test_files_of_real_machines_are_cut_into_their_reports() -> None:
    for file in corpus_files():
        data = file.read()
        pieces = pieces_of(data)
        assert b"".join(pieces) == data, file.name
        assert len(pieces) == len(read_dex(data).reports), file.name


def test_written_and_read_back_by_the_envelope() -> None:
    assert len(pieces_of(envelope(["ID1*S1"], "CVD0000001") * 5)) == 5
