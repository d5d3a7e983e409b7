"""The operator's public keys on this laptop: kept from the last sign-in, used without a network."""

import json
from dataclasses import asdict, dataclass

from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.database import Database
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.access import Access, load_session
from cvd_desktop.sync.server_api import ServerApi


@dataclass(frozen=True, slots=True)
class OperatorKeys:
    """`seal` (X25519) and `sign` (Ed25519), hexadecimal; and whose laptop this was then."""

    operator_id: str
    user_id: str
    user_name: str
    seal: str
    sign: str


def fetch_operator_keys(database: Database, api: ServerApi, access: Access) -> None:
    """Ask for them and keep them. Raises Trouble; then what was known stays."""
    answer = access.call(api.operator_keys).data
    with database.write() as connection:
        session = load_session(connection)
        if session is not None:
            keys = OperatorKeys(
                session.operator_id, session.user_id, session.user_name, answer.seal, answer.sign
            )
            meta.put(connection, meta.OPERATOR_KEYS, json.dumps(asdict(keys)))


def known_operator_keys(connection: Transaction) -> OperatorKeys | None:
    """None when they were never fetched for the person to whom the data folder belongs."""
    known = meta.get_many(connection, meta.OPERATOR_KEYS, meta.OWNER)
    if meta.OPERATOR_KEYS not in known:
        return None
    keys = OperatorKeys(**json.loads(known[meta.OPERATOR_KEYS]))
    return keys if known.get(meta.OWNER) == f"{keys.operator_id}/{keys.user_id}" else None
