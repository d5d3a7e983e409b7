"""Files carried by hand: whole or not at all, whatever happened to them on the way."""

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_shared import bundle_format as bundles
from cvd_shared.bundle_format import BlobHead, BundledBlob, BundledEvent, BundleError, EventHead
from cvd_shared.canonical import canonical_json, sha256_hex

UUID7 = "0198c0de-0000-7000-8000-{:012x}"


def header(events: int = 2, blobs: int = 1) -> bundles.BundleHeader:
    return bundles.BundleHeader(
        bundle_id=UUID7.format(1),
        operator_id="op",
        device_id="device",
        user_id="u1",
        user_name="driver-07",
        epoch="epoch",
        made_at="2026-03-02T08:00:00.000Z",
        events=events,
        blobs=blobs,
        oldest="2026-03-01T08:00:00.000Z",
    )


def event(number: int, body: bytes = b'{"type":"x"}') -> BundledEvent:
    prev = UUID7.format(number - 1) if number > 1 else None
    head = EventHead(
        incarnation=UUID7.format(99), seq=number, op_id=UUID7.format(number), prev=prev
    )
    return BundledEvent(head, body)


def blob(data: bytes) -> BundledBlob:
    return BundledBlob(BlobHead(sha256=sha256_hex(data), mime="text/plain"), data)


def packed(*parts: BundledEvent | BundledBlob) -> bytes:
    builder = bundles.ContentBuilder()
    assert all(builder.add(part) for part in parts)
    return builder.finish()


def signed(data: bytes) -> bytes:
    """Stands for a signature: it depends on every bit."""
    return bytes.fromhex(sha256_hex(data)) * 2


GOOD = bundles.build(header(), packed(event(1), event(2), blob(b"report")), signed)


def taken(data: bytes) -> bundles.Content:
    """As a server takes it: the signature first."""
    opened = bundles.open_bundle(data)
    if signed(opened.signed) != opened.signature:
        raise BundleError("bundle_signature_wrong", "")
    return bundles.read_content(opened.payload, opened.header)


def test_what_was_put_in_comes_out() -> None:
    content = taken(GOOD)
    assert [each.head.seq for each in content.events] == [1, 2]
    assert content.events[1].head.prev == content.events[0].head.op_id
    assert content.events[0].body == b'{"type":"x"}'
    assert content.blobs == (blob(b"report"),)
    assert bundles.kind_of(GOOD[:8]) == "bundle"


def test_a_receipt_says_what_was_signed() -> None:
    head = bundles.ReceiptHeader(
        bundle_id=UUID7.format(1), operator_id="op", device_id="device", user_id="u1",
        user_name="", epoch="e2", bundle_epoch="", taken_at="2026-03-02T08:00:00.000Z", moved=False,
    )  # fmt: skip
    line = bundles.ReceiptLine(
        incarnation=UUID7.format(99), seq=1, op_id=UUID7.format(1), outcome="rejected",
        code="visit_unknown", msg="No.",
    )  # fmt: skip
    data = bundles.build(head, bundles.pack_receipt([line], {"a"}), signed)
    opened = bundles.open_receipt(data)
    content = bundles.read_receipt(opened.payload)
    assert (opened.header, content.results, content.stored) == (head, [line], ["a"])
    assert content.results[0].result().code == "visit_unknown"
    with pytest.raises(BundleError, match="bundle_not_one"):
        bundles.open_bundle(data)


@given(st.integers(0, len(GOOD) - 1))
@settings(max_examples=150)
def test_a_cut_file_is_refused(length: int) -> None:
    with pytest.raises(BundleError):
        taken(GOOD[:length])


@given(st.integers(0, len(GOOD) * 8 - 1))
@settings(max_examples=300)
def test_a_single_turned_bit_is_refused(place: int) -> None:
    data = bytearray(GOOD)
    data[place // 8] ^= 1 << place % 8
    with pytest.raises(BundleError):
        taken(bytes(data))


@given(st.binary(max_size=300))
@settings(max_examples=100)
def test_rubbish_is_refused(data: bytes) -> None:
    for read in (bundles.open_bundle, bundles.open_receipt):
        with pytest.raises(BundleError):
            read(data)
        with pytest.raises(BundleError):
            read(GOOD[:8] + data)
    with pytest.raises(BundleError):
        bundles.read_receipt(data)


@given(st.binary(min_size=1, max_size=400))
@settings(max_examples=150)
def test_rubbish_inside_a_right_seal_is_refused(data: bytes) -> None:
    with pytest.raises(BundleError):
        bundles.read_content(zlib.compress(data), header())


def test_a_bomb_is_refused() -> None:
    bomb = zlib.compressobj(9)
    zeros = bytes(1024 * 1024)
    data = b"".join(bomb.compress(zeros) for _ in range(bundles.CONTENT_BYTES // len(zeros) + 1))
    with pytest.raises(BundleError, match="bundle_too_large"):
        bundles.read_content(data + bomb.flush(), header())


def test_what_is_larger_than_a_file_may_be_is_refused() -> None:
    with pytest.raises(BundleError, match="bundle_too_large"):
        bundles.open_bundle(GOOD + bytes(bundles.BUNDLE_BYTES))


def test_a_newer_file_is_told_apart() -> None:
    newer = GOOD[:8] + struct.pack(">H", 2) + GOOD[10:]
    with pytest.raises(BundleError, match="bundle_newer"):
        bundles.open_bundle(newer)


@pytest.mark.parametrize(
    "parts",
    [
        (event(1), blob(b"report")),  # one is missing
        (event(1), event(1), blob(b"report")),  # one twice
        (event(1), event(2), event(3), blob(b"report")),
        (event(1), blob(b"report"), event(2)),
        (event(1), event(2), BundledBlob(blob(b"report").head, b"another")),
    ],
)
def test_parts_that_do_not_fit_are_refused(parts: tuple[BundledEvent | BundledBlob, ...]) -> None:
    with pytest.raises(BundleError, match="bundle_damaged"):
        bundles.read_content(packed(*parts), header())


def test_a_name_that_is_a_path_is_refused() -> None:
    document = {"kind": "blob", "sha256": "../../../etc/passwd", "mime": "text/plain"}
    head = canonical_json(document)
    part = struct.pack(">I", len(head)) + head + struct.pack(">I", 1) + b"x"
    with pytest.raises(BundleError, match="bundle_damaged"):
        bundles.read_content(zlib.compress(part), header(0, 1))
    text = canonical_json({**header().model_dump(), "bundle_id": "../../evil"})
    start = struct.pack(">8sHI", b"CVDBNDL\n", 1, len(text))
    with pytest.raises(BundleError, match="bundle_damaged"):
        bundles.open_bundle(start + text + struct.pack(">Q", 0) + bytes(64))


def test_a_header_has_one_spelling() -> None:
    text = canonical_json(header().model_dump()).replace(b'","', b'", "', 1)
    start = struct.pack(">8sHI", b"CVDBNDL\n", 1, len(text))
    with pytest.raises(BundleError, match="spelled"):
        bundles.open_bundle(start + text + struct.pack(">Q", 0) + bytes(64))


def test_what_has_no_room_is_left_out_whole() -> None:
    builder = bundles.ContentBuilder()
    large = blob(bytes(bundles.CONTENT_BYTES // 2 + 1))
    assert builder.add(event(1))
    assert builder.add(large)
    assert not builder.add(large)
    assert builder.add(blob(b"small"))
    content = bundles.read_content(builder.finish(), header(1, 2))
    assert [len(each.body) for each in content.blobs] == [len(large.body), 5]
