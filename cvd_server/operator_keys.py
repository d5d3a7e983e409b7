"""The operator's own keys: X25519 opens what was sealed to him, Ed25519 proves his receipts.

Made at first need. The secret halves lie in the database in a box under a key that is derived
from the server's secret: a copy of the database alone opens nothing. (An embedded server keeps
its secret in the same file; whoever runs it so trusts the disk.) After a change of the secret the
boxes are made anew at the start of the server, as long as the previous secret is set.
"""

import hashlib
import logging
from dataclasses import dataclass

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox
from nacl.signing import SigningKey
from sqlalchemy import Connection, select

from cvd_server.audit_trail import record_audit
from cvd_server.database import insert_many
from cvd_server.server_secrets import Secrets
from cvd_server.services import Services
from cvd_server.tables import operator_key
from cvd_shared.wire_identity import OperatorKeysAnswer

log = logging.getLogger(__name__)

SEAL, SIGN = "seal", "sign"


@dataclass(frozen=True, slots=True)
class _Pair:
    public: bytes
    secret: bytes

    def __repr__(self) -> str:
        return f"_Pair({self.public.hex()})"


def public_keys(to: Services, operator_id: str) -> OperatorKeysAnswer:
    """Those of this operator, made now if he has none."""
    with to.database.read() as connection:
        known = _known(connection, operator_id)
    if not known:
        known = to.database.in_transaction(lambda tx: _make(to, tx, operator_id))
    return OperatorKeysAnswer(seal=known[SEAL], sign=known[SIGN])


def open_sealed(to: Services, connection: Connection, operator_id: str, box: bytes) -> bytes:
    """What was sealed to the operator. Raises nacl CryptoError for anything else, LookupError
    while he has no keys."""
    secret = _secret(connection, to.secrets, operator_id, SEAL)
    return SealedBox(PrivateKey(secret)).decrypt(box)


def sign(to: Services, connection: Connection, operator_id: str, message: bytes) -> bytes:
    """64 bytes of Ed25519. Raises LookupError while he has no keys."""
    secret = _secret(connection, to.secrets, operator_id, SIGN)
    return SigningKey(secret).sign(message).signature


def sealed_for(public_key: str, content: bytes) -> bytes:
    """For the holder of this X25519 key (hexadecimal). Raises ValueError for a key that is none."""
    try:
        return SealedBox(PublicKey(bytes.fromhex(public_key))).encrypt(content)
    except (CryptoError, TypeError) as error:
        raise ValueError("no public key") from error


def box_again(connection: Connection, secrets: Secrets) -> None:
    """At the start: put the secrets that lie under the previous server secret under the present
    one. One that opens with neither is told in the log: the rest of the server works."""
    for row in connection.execute(select(operator_key)).all():
        if _opened(row.secret, secrets.present) is not None:
            continue
        found = _opened(row.secret, secrets.previous) if secrets.previous else None
        if found is None:
            log.error(
                "a key of operator %s does not open: CVD_SERVER_SECRET_KEY is another one than "
                "before; set that as CVD_SERVER_PREVIOUS_SECRET_KEY",
                row.operator_id,
            )
            continue
        mine = (operator_key.c.operator_id == row.operator_id) & (
            operator_key.c.purpose == row.purpose
        )
        box = _boxed(found, secrets.present)
        connection.execute(operator_key.update().where(mine).values(secret=box))


def _known(connection: Connection, operator_id: str) -> dict[str, str]:
    rows = connection.execute(
        select(operator_key.c.purpose, operator_key.c.public).filter_by(operator_id=operator_id)
    )
    return {row.purpose: row.public for row in rows}


def _make(to: Services, connection: Connection, operator_id: str) -> dict[str, str]:
    """Two at once make one pair: the first stays."""
    now = to.now()
    rows = [
        {
            "operator_id": operator_id,
            "purpose": purpose,
            "public": pair.public.hex(),
            "secret": _boxed(pair.secret, to.secrets.present),
            "created_at": now,
        }
        for purpose, pair in ((SEAL, _new_seal_pair()), (SIGN, _new_sign_pair()))
    ]
    insert_many(connection, operator_key, rows, on_conflict="skip")
    known = _known(connection, operator_id)
    if known[SEAL] == rows[0]["public"]:
        record_audit(connection, to.new_id, now, "operator_keys_made", operator_id=operator_id)
    return known


def _new_seal_pair() -> _Pair:
    private = PrivateKey.generate()
    return _Pair(bytes(private.public_key), bytes(private))


def _new_sign_pair() -> _Pair:
    private = SigningKey.generate()
    return _Pair(bytes(private.verify_key), bytes(private))


def _secret(connection: Connection, secrets: Secrets, operator_id: str, purpose: str) -> bytes:
    box = connection.scalar(
        select(operator_key.c.secret).filter_by(operator_id=operator_id, purpose=purpose)
    )
    if box is None:
        raise LookupError("the operator has no keys yet")
    for server_secret in filter(None, (secrets.present, secrets.previous)):
        found = _opened(box, server_secret)
        if found is not None:
            return found
    raise LookupError("the operator's key does not open with the server's secret")


def _box(server_secret: str) -> SecretBox:
    key = hashlib.blake2b(
        server_secret.encode(), digest_size=SecretBox.KEY_SIZE, person=b"cvd operator key"
    )
    return SecretBox(key.digest())


def _boxed(secret: bytes, server_secret: str) -> bytes:
    return bytes(_box(server_secret).encrypt(secret))


def _opened(box: bytes, server_secret: str) -> bytes | None:
    try:
        return _box(server_secret).decrypt(bytes(box))
    except CryptoError:
        return None
