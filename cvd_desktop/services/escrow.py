"""The key of a database in the operator's keeping: a forgotten PIN costs no record.

It is sealed to the operator's public key on this laptop, so that the line and the server's disk
hold nothing that opens it; the office opens it for a person who proves to be the one.
"""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.database_key import database_id, is_key_of
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.sync.operator_keys import known_operator_keys
from cvd_desktop.sync.server_api import Trouble
from cvd_shared.canonical import sha256_hex
from cvd_shared.wire_identity import EscrowOpenRequest, EscrowRequest

if TYPE_CHECKING:
    from cvd_desktop.services.workplace import Workplace
    from cvd_desktop.sync.access import Access
    from cvd_desktop.sync.server_api import ServerApi


def give_key_to_operator(wp: "Workplace", api: "ServerApi", access: "Access") -> None:
    """Send the sealed key, once for each key and device. The caller is the one sender.

    A trouble with the server is no failure of anything: the next sync tries again.
    """
    if wp.key is None:
        return
    with wp.database.read() as connection:
        known = meta.get_many(connection, meta.DEVICE, meta.ESCROWED)
    device = known.get(meta.DEVICE)
    if device is None:
        return
    ours = f"{device} {sha256_hex(wp.key)}"
    if known.get(meta.ESCROWED) == ours:
        return
    from cvd_desktop.sync.sealing import SealError, sealed_for

    with suppress(Trouble, SealError):
        with wp.database.read() as connection:
            keys = known_operator_keys(connection)
        if keys is None:
            return
        request = EscrowRequest(
            device_id=device,
            database_id=database_id(wp.data_dir),
            sealed_key=sealed_for(keys.seal, wp.key),
        )
        access.call(lambda token: api.keep_escrow(token, request))
        with wp.database.write() as connection:
            meta.put(connection, meta.ESCROWED, ours)


def key_from_operator(
    folder: Path, api: "ServerApi", token: str, device_id: str, password: str
) -> bytes:
    """The key of this folder's database back from the operator.

    Raises Problem("key_not_in_escrow"), and Trouble of the line.
    """
    from cvd_desktop.sync.sealing import SealError, new_reply_key, open_sealed

    reply_key = new_reply_key()
    request = EscrowOpenRequest(
        device_id=device_id,
        database_id=database_id(folder),
        password=password,
        reply_key=reply_key.public,
    )
    answer = api.open_escrow(token, request).data
    try:
        key = open_sealed(reply_key, answer.sealed_key)
    except SealError as error:
        raise Problem("key_not_in_escrow", ExitCode.REFUSED) from error
    if not is_key_of(folder, key):
        raise Problem("key_not_in_escrow", ExitCode.REFUSED)
    return key
