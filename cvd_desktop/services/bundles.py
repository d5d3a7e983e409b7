"""Unsent work as a file for a USB stick, and the receipt that comes back (sync protocol, D8).

Reachable whatever stands in the way of sending: no network, a dead sign-in, a locked or withdrawn
laptop. The file is signed by this device and sealed to the company; the keys for that are here
since the last sign-in. Nothing is cleared by taking a file away: an event stays unsent until the
server, or a receipt that the company has signed, says what became of it.
"""

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cvd_desktop.domain.bundle_records import BundleMade, ReceiptTaken, TakenAway
from cvd_desktop.domain.clock import from_wire, to_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.bundle_parcels import Parcel, Tally, must_travel, parcels
from cvd_desktop.services.sample_folder import is_sample
from cvd_desktop.services.server_line import one_sender
from cvd_desktop.services.whole_file import whole_file
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import attachment_store, bundle_store, outbox_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.device_key import DeviceKey
from cvd_desktop.sync.operator_keys import OperatorKeys, known_operator_keys
from cvd_shared.bundle_format import (
    BUNDLE_SUFFIX,
    BundleError,
    BundleHeader,
    CarriedFile,
    ReceiptHeader,
    ReceiptLine,
    build,
    open_receipt,
    read_receipt,
)
from cvd_shared.wire import OpResult

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


# --- out ----------------------------------------------------------------------------------------


def export_bundle(wp: Workplace, path: Path) -> BundleMade:
    """Write everything without an outcome, with its attachments. Topics of change: outbox.

    `path` may be a folder: then the file gets a name of its own. More than one file may hold goes
    into further ones beside it; where only these have no room, `left_out` says how much that is.
    Raises Problem: bundle_no_keys, bundle_nothing, bundle_no_room, bundle_not_written,
    key_store_failed, sample_folder. Then there is no file.
    """
    if is_sample(wp.data_dir):
        raise Problem("sample_folder", ExitCode.USAGE)
    with wp.database.read() as connection:
        keys = known_operator_keys(connection)
        device = meta.get(connection, meta.DEVICE)
        epoch = meta.get(connection, meta.EPOCH) or ""
        if keys is None or device is None:
            raise Problem("bundle_no_keys", ExitCode.USAGE)
        now = wp.clock()
        target = path / _file_name(keys, now) if path.is_dir() else path
        tally = Tally()
        written: list[_Written] = []
        for parcel in parcels(connection, wp.data_dir, tally):
            header = _header(wp, keys, device, epoch, parcel)
            data = _built(wp, keys, header, parcel)
            try:
                written.append(_written(_numbered(target, len(written)), header, parcel, data))
            except Problem:
                if parcel.events or not written:
                    for each in written:
                        each.path.unlink(missing_ok=True)
                    raise
                break  # all events are out; the files that had no room stay here
    if not written:
        raise Problem("bundle_nothing", ExitCode.USAGE)
    names = {name for each in written for name in each.names}
    events = sum(each.events for each in written)
    away = {
        "at": to_wire(now),
        "up_to": written[-1].up_to,
        "file": target.name,
        "events": events,
        "files": [(str(each.path.absolute()), each.sha256) for each in written],
        "blobs": sorted(names | tally.hopeless),
    }
    with wp.database.write() as connection:
        meta.put(connection, meta.CARRIED, json.dumps(away))
    return BundleMade(
        path=target,
        bundle_id=written[0].bundle_id,
        events=events,
        attachments=len(names),
        left_out=tally.events_left + len(tally.named - names),
        size=sum(each.size for each in written),
        files=len(written),
    )


@dataclass(frozen=True, slots=True)
class _Written:
    path: Path
    bundle_id: str
    events: int
    up_to: int
    names: list[str]
    size: int
    sha256: str


def _header(
    wp: Workplace, keys: OperatorKeys, device: str, epoch: str, parcel: Parcel
) -> BundleHeader:
    return BundleHeader(
        bundle_id=wp.new_id(),
        operator_id=keys.operator_id,
        device_id=device,
        user_id=keys.user_id,
        user_name=keys.user_name,
        epoch=epoch,
        made_at=to_wire(wp.clock()),
        events=parcel.events,
        blobs=len(parcel.names),
        oldest=parcel.oldest,
    )


def _written(target: Path, header: BundleHeader, parcel: Parcel, data: bytes) -> _Written:
    _write(target, data)
    proof = hashlib.sha256(data).hexdigest()
    return _Written(
        target, header.bundle_id, parcel.events, parcel.up_to, parcel.names, len(data), proof
    )


def _numbered(target: Path, number: int) -> Path:
    """The second and further files of one export, so that they sort behind the first."""
    return target.with_name(f"{target.stem}_{number + 1}{target.suffix}") if number else target


def _write(target: Path, data: bytes) -> None:
    """Read back as well: a stick that says yes may be worn out."""
    with suppress(OSError):
        for unfinished in target.parent.glob(f".*{BUNDLE_SUFFIX}.*.part"):  # of a killed program
            unfinished.unlink()
    try:
        with whole_file(target) as file:
            file.write(data)
        right = not target.is_file() or target.read_bytes() == data
        reason = "it is not what was written"
    except Problem as problem:
        if problem.code == "disk_full":
            raise Problem("bundle_no_room", ExitCode.USAGE, path=str(target)) from problem
        right, reason = False, str(problem.values.get("reason", ""))
    except OSError as error:
        right, reason = False, error.strerror or str(error)
    if not right:
        raise Problem("bundle_not_written", ExitCode.USAGE, path=str(target), reason=reason)


def taken_away(connection: Transaction) -> TakenAway | None:
    text = meta.get(connection, meta.CARRIED)
    if text is None:
        return None
    kept = json.loads(text)
    return TakenAway(from_wire(kept["at"]), kept["up_to"], kept["file"], kept["events"])


def all_events_exported(wp: Workplace) -> bool:
    """Whether files that can be read now, as they were written, have every event without an
    outcome, and every attachment that the server may lack.

    True without any. A bundle also has everything recorded before its last event. An attachment
    that no file can take, or that is not here any more, asks for nothing.
    """
    with wp.database.read() as connection:
        newest = max((event.lseq for event in bundle_store.waiting(connection)), default=0)
        names = must_travel(connection)
        away = json.loads(meta.get(connection, meta.CARRIED) or "{}")
    if newest == 0 and not names:
        return True
    if away.get("up_to", 0) < newest or names - set(away.get("blobs", ())):
        return False
    return all(_is_as_written(Path(path), proof) for path, proof in away.get("files", ((".", ""),)))


def _is_as_written(path: Path, proof: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == proof
    except OSError:
        return False


def _built(wp: Workplace, keys: OperatorKeys, header: BundleHeader, parcel: Parcel) -> bytes:
    from cvd_desktop.sync.bundle_box import sealed  # libsodium only when it is wanted

    key = DeviceKey(wp.database, wp.key_store)
    return build(header, sealed(keys.seal, parcel.data), key.sign)


def _file_name(keys: OperatorKeys, now: datetime) -> str:
    name = _UNSAFE.sub("_", keys.user_name)[:40].strip("._") or "unsent"
    return f"{name}-{now.astimezone():%Y%m%d-%H%M%S}{BUNDLE_SUFFIX}"


# --- back ---------------------------------------------------------------------------------------


def import_receipt(wp: Workplace, path: Path) -> ReceiptTaken:
    """Write what the server said of the events of a bundle. Topics of change: outbox, sync.

    As an answer of the server to a push: only events of this laptop, only those that wait. Raises
    Problem: receipt_damaged, receipt_newer, receipt_not_one, receipt_not_proved,
    receipt_other_laptop, receipt_outdated, bundle_no_keys, sync_running, file_unreadable. Then
    nothing has changed.
    """
    data = read_file(path)
    try:
        opened = open_receipt(data)
        content = read_receipt(opened.payload)
    except BundleError as error:
        code = error.code.replace("bundle", "receipt").replace("_too_large", "_damaged")
        raise Problem(code, ExitCode.USAGE, path=path.name, reason=error.reason) from error
    lines = content.results
    with one_sender(wp), wp.database.write() as connection:
        _check_receipt(connection, opened, path)
        news, refused = _record(wp, connection, opened.header, lines)
        attachment_store.notice_new(connection)
        for sha256 in content.stored:
            attachment_store.mark(connection, sha256, "stored", to_wire(wp.clock()))
        waiting = outbox_store.counts(connection).waiting
    return ReceiptTaken(opened.header.bundle_id, news, refused, waiting)


def _check_receipt(connection: Transaction, opened: CarriedFile[ReceiptHeader], path: Path) -> None:
    from cvd_desktop.sync.bundle_box import is_signed_by

    keys = known_operator_keys(connection)
    if keys is None:
        raise Problem("bundle_no_keys", ExitCode.USAGE)
    header = opened.header
    if header.operator_id != keys.operator_id or not is_signed_by(
        keys.sign, opened.signed, opened.signature
    ):
        raise Problem("receipt_not_proved", ExitCode.REFUSED, path=path.name)
    epoch = meta.get(connection, meta.EPOCH) or ""
    # Of a life of the server before the one that this laptop knows: it may have forgotten since.
    if epoch not in (header.epoch, header.bundle_epoch):
        raise Problem("receipt_outdated", ExitCode.REFUSED, path=path.name)


def _record(
    wp: Workplace, connection: Transaction, header: ReceiptHeader, lines: list[ReceiptLine]
) -> tuple[int, int]:
    known = bundle_store.known(connection, (line.op_id for line in lines))
    if lines and not known:
        raise Problem("receipt_other_laptop", ExitCode.REFUSED, name=header.user_name)
    results: dict[str, list[OpResult]] = {}
    moved = header.moved
    for line in lines:
        here = known.get(line.op_id)
        if here is None or here.acked:
            continue
        moved = moved or (here.incarnation, here.seq) != (line.incarnation, line.seq)
        result = line.result().model_copy(update={"seq": here.seq})
        results.setdefault(here.incarnation, []).append(result)
    now = to_wire(wp.clock())
    news = sum(
        outbox_store.record_outcomes(connection, incarnation, each, now)
        for incarnation, each in results.items()
    )
    if news and moved:
        # The server has them under other numbers: what still waits begins a stream of its own.
        outbox_store.renumber(connection, wp.new_id(), [])
    refused = sum(
        each.outcome in outbox_store.REFUSED for group in results.values() for each in group
    )
    return news, refused


def read_file(path: Path) -> bytes:
    """Raises Problem("file_unreadable")."""
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise Problem("file_unreadable", ExitCode.USAGE, path=str(path), reason=reason) from error
