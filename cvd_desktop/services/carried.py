"""Bundles of colleagues on this laptop: taken from a USB stick, sent, their receipts kept.

This laptop cannot read what is in them. A bundle stays in `carried/` until the receipt for it is
there; the receipt stays until the person who carries deletes it.
"""

import base64
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cvd_desktop.domain.bundle_records import (
    BundleCarried,
    CarriedBundle,
    CarriedState,
    ReceiptTaken,
)
from cvd_desktop.domain.clock import from_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.bundles import import_receipt, read_file
from cvd_desktop.services.sample_folder import is_sample
from cvd_desktop.services.whole_file import whole_file
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.sync.access import Access
from cvd_desktop.sync.operator_keys import known_operator_keys
from cvd_desktop.sync.server_api import ServerApi, Trouble, TroubleCode
from cvd_shared.bundle_format import (
    BUNDLE_SUFFIX,
    RECEIPT_SUFFIX,
    START_BYTES,
    BundleError,
    BundleHeader,
    kind_of,
    open_bundle,
    open_receipt,
    read_header,
)

FOLDER = "carried"
_REFUSED_SUFFIX = ".refused"
_VERDICTS = {TroubleCode.MALFORMED, TroubleCode.TOO_LARGE, TroubleCode.NOT_ALLOWED}

log = logging.getLogger(__name__)


def take_file(wp: Workplace, path: Path) -> ReceiptTaken | BundleCarried:
    """A receipt for this laptop, or a bundle of another one, by what is in the file.

    Raises Problem: those of `import_receipt` and `carry_bundle`. Topics of change: outbox, sync.
    """
    try:
        with path.open("rb") as file:
            start = file.read(START_BYTES)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Problem("file_unreadable", ExitCode.USAGE, path=str(path), reason=reason) from error
    kind = kind_of(start)
    if kind is None:
        raise Problem("carried_not_one", ExitCode.USAGE, path=path.name)
    return import_receipt(wp, path) if kind == "receipt" else carry_bundle(wp, path)


def carry_bundle(wp: Workplace, path: Path) -> BundleCarried:
    """Take a colleague's bundle along. Topics of change: outbox.

    Raises Problem: bundle_not_one, bundle_damaged, bundle_newer, bundle_too_large, bundle_foreign,
    bundle_own, bundle_no_keys, disk_full, file_unreadable, file_not_written.
    """
    data = read_file(path)
    try:
        header = open_bundle(data).header
    except BundleError as error:
        raise Problem(error.code, ExitCode.USAGE, path=path.name, reason=error.reason) from error
    with wp.database.read() as connection:
        keys = known_operator_keys(connection)
        device = meta.get(connection, meta.DEVICE)
    if keys is None or is_sample(wp.data_dir):
        raise Problem("bundle_no_keys", ExitCode.USAGE)
    if header.operator_id != keys.operator_id:
        raise Problem("bundle_foreign", ExitCode.REFUSED, path=path.name)
    if header.device_id == device:
        raise Problem("bundle_own", ExitCode.USAGE, path=path.name)
    target = _path(wp, header.bundle_id, BUNDLE_SUFFIX)
    known = target.exists() or _path(wp, header.bundle_id, RECEIPT_SUFFIX).exists()
    if not known:
        target.parent.mkdir(mode=0o700, exist_ok=True)
        with whole_file(target) as file:
            file.write(data)
    _path(wp, header.bundle_id, _REFUSED_SUFFIX).unlink(missing_ok=True)  # it is tried again
    return BundleCarried(header.bundle_id, header.user_name, header.events, news=not known)


def list_carried(wp: Workplace) -> list[CarriedBundle]:
    """What lies here of others: what waits first, then the receipts; each oldest first."""
    folder = wp.data_dir / FOLDER
    if not folder.is_dir():
        return []
    names = sorted({path.stem for path in folder.iterdir() if path.suffix in _SUFFIXES})
    found = [one for name in names if (one := _carried(wp, name)) is not None]
    return sorted(found, key=lambda one: one.state is CarriedState.RECEIPT)


def send_carried(
    wp: Workplace, api: ServerApi, access: Access, should_stop: Callable[[], bool]
) -> int:
    """Send what waits; how many receipts came. The caller is the one sender.

    Raises Trouble of the line; a verdict about one bundle stands in the way of no other.
    """
    sent = 0
    for one in list_carried(wp):
        if one.state is not CarriedState.WAITING:
            continue
        if should_stop():
            raise Trouble(TroubleCode.STOPPED)
        sent += _send(wp, api, access, one)
    return sent


def delete_receipt(wp: Workplace, bundle_id: str) -> None:
    """It was brought back. Topics of change: outbox."""
    _path(wp, bundle_id, RECEIPT_SUFFIX).unlink(missing_ok=True)


def _send(wp: Workplace, api: ServerApi, access: Access, one: CarriedBundle) -> bool:
    data = read_file(one.path)
    try:
        answer = access.call(lambda token: api.bring_bundle(token, data)).data
    except Trouble as trouble:
        code = str(trouble.details.get("code", trouble.code))
        if trouble.code not in _VERDICTS and code != "device_unknown":
            raise
        log.info("a carried bundle was refused: %s", trouble.reason)
        with whole_file(_path(wp, one.bundle_id, _REFUSED_SUFFIX)) as file:
            file.write(code.encode())
        return False
    receipt = _proved(wp, one.bundle_id, answer.receipt)
    with whole_file(_path(wp, one.bundle_id, RECEIPT_SUFFIX)) as file:
        file.write(receipt)
    one.path.unlink(missing_ok=True)
    return True


def _proved(wp: Workplace, bundle_id: str, text: str) -> bytes:
    """The receipt, signed by the company, for this bundle. Raises Trouble for anything else."""
    from cvd_desktop.sync.bundle_box import is_signed_by

    with wp.database.read() as connection:
        keys = known_operator_keys(connection)
    try:
        receipt = base64.b64decode(text, validate=True)
        opened = open_receipt(receipt)
    except (ValueError, BundleError) as error:
        raise Trouble(TroubleCode.BAD_ANSWER, "no receipt") from error
    signed = keys is not None and is_signed_by(keys.sign, opened.signed, opened.signature)
    if not signed or opened.header.bundle_id != bundle_id:
        raise Trouble(TroubleCode.BAD_ANSWER, "a receipt that proves nothing")
    return receipt


def _carried(wp: Workplace, bundle_id: str) -> CarriedBundle | None:
    receipt, bundle = (_path(wp, bundle_id, suffix) for suffix in (RECEIPT_SUFFIX, BUNDLE_SUFFIX))
    path = receipt if receipt.exists() else bundle
    try:
        with path.open("rb") as file:
            header = read_header(file.read(START_BYTES))
        refused = _path(wp, bundle_id, _REFUSED_SUFFIX)
        code = refused.read_text() if refused.exists() else None
    except (OSError, UnicodeDecodeError, BundleError) as error:
        log.info("a carried file cannot be read: %s", error)
        return None
    if path == receipt:
        return CarriedBundle(bundle_id, header.user_name, None, None, CarriedState.RECEIPT, receipt)
    assert isinstance(header, BundleHeader)
    state = CarriedState.WAITING if code is None else CarriedState.REFUSED
    made_at = _moment(header.made_at)
    return CarriedBundle(bundle_id, header.user_name, made_at, header.events, state, bundle, code)


def _moment(text: str) -> datetime | None:
    try:
        return from_wire(text)
    except ValueError:
        return None


_SUFFIXES = (BUNDLE_SUFFIX, RECEIPT_SUFFIX)


def _path(wp: Workplace, bundle_id: str, suffix: str) -> Path:
    return wp.data_dir / FOLDER / f"{bundle_id}{suffix}"
