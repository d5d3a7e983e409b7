"""The key of this device (Ed25519): a copied refresh secret is of no use on another laptop.

It lies in the system's key store, else in the encrypted database, beside the refresh secret and
under the same lasting name of the data folder. The server learns the public half when the device
is registered; refresh and rescue are signed with the other half.
"""

import hashlib

from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.database import Database
from cvd_desktop.sync.credentials import KeyStore, database_name
from cvd_shared.wire import HEADER_DEVICE, HEADER_DEVICE_SIGNATURE


class DeviceKey:
    """Made when it is first asked for. Raises Problem("key_store_failed") as the key store does."""

    def __init__(self, database: Database, key_store: KeyStore) -> None:
        self._database = database
        self._key_store = key_store

    def public(self) -> str:
        """Hexadecimal, as the server is told it."""
        from nacl.signing import SigningKey

        return bytes(SigningKey(self._seed()).verify_key).hex()

    def headers(self, body: bytes) -> dict[str, str]:
        """What proves that this device sent this body, exactly as it is sent; nothing while the
        device is not registered."""
        with self._database.read() as connection:
            device = meta.get(connection, meta.DEVICE)
        if device is None:
            return {}
        from nacl.signing import SigningKey

        digest = hashlib.sha256(body).digest()
        signature = SigningKey(self._seed()).sign(digest).signature.hex()
        return {HEADER_DEVICE: device, HEADER_DEVICE_SIGNATURE: signature}

    def sign(self, message: bytes) -> bytes:
        """64 bytes, of a message that begins with what it is: no request ever does."""
        from nacl.signing import SigningKey

        return SigningKey(self._seed()).sign(message).signature

    def forget(self) -> None:
        if self._key_store.available():
            self._key_store.delete(self._name())
        with self._database.write() as connection:
            meta.delete_many(connection, meta.DEVICE_SEED)

    def _seed(self) -> bytes:
        kept = self._key_store.get(self._name()) if self._key_store.available() else None
        if kept is None:
            with self._database.read() as connection:
                kept = meta.get(connection, meta.DEVICE_SEED)
        return bytes.fromhex(kept) if kept is not None else self._new_seed()

    def _new_seed(self) -> bytes:
        from nacl.utils import random

        seed = random(32)
        if self._key_store.available():
            self._key_store.set(self._name(), seed.hex())
        else:
            with self._database.write() as connection:
                meta.put(connection, meta.DEVICE_SEED, seed.hex())
        return seed

    def _name(self) -> str:
        return f"device-{database_name(self._database)}"
