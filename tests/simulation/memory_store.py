"""The attachment store of the simulation: in memory, and the worker may die before and after it."""

from collections.abc import Iterable, Iterator

from cvd_server.attachment_store import AttachmentMissing, checked_key
from tests.simulation.crashes import BOMB, SERVER


class MemoryStore:
    """As `cvd_server.attachment_store.AttachmentStore` says."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, key: str, pieces: Iterable[bytes]) -> int:
        data = b"".join(pieces)
        BOMB.tick(SERVER, on_disk=False)
        self.objects[checked_key(key)] = data
        BOMB.tick(SERVER, on_disk=False)
        return len(data)

    def open(self, key: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        if key not in self.objects:
            raise AttachmentMissing(key)
        end = None if length is None else offset + length
        return iter([self.objects[key][offset:end]])

    def size(self, key: str) -> int | None:
        return len(self.objects[key]) if key in self.objects else None

    def delete(self, key: str) -> None:
        BOMB.tick(SERVER, on_disk=False)
        self.objects.pop(key, None)

    def keys(self, prefix: str) -> list[str]:
        return sorted(key for key in self.objects if key.startswith(prefix))

    def check(self) -> None:
        """It is never away."""
