"""Events as a laptop would send them: a stream with its numbers and links, and raw reports."""

import base64
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from cvd_shared.canonical import sha256_hex

VERDICT = {
    "link": "ok", "transfer": "ok", "integrity": "ok", "mapping": "unknown",
    "plausibility": "unknown",
}  # fmt: skip


def raw_report(asset: str = "A-1", sold: int = 7, price: int = 150) -> bytes:
    """A small whole report of a machine with one selection. Its G85 is not right, nobody minds."""
    value = sold * price
    lines = [
        "DXS*STF0000000*VA*V0/6*1", "ST*001*0001", f"ID1*SER1*MODEL*1***{asset}",
        "ID4*2*1*USD", f"VA1*{value}*{sold}*0*0", f"PA1*10*{price}*Bar",
        f"PA2*{sold}*{value}*0*0", "G85*0000", "SE*8*0001", "DXE*1*1",
    ]  # fmt: skip
    return "".join(f"{line}\r\n" for line in lines).encode()


@dataclass
class EventStream:
    """Makes the next events of one incarnation. `blobs` collects the raw reports, base64."""

    user_id: str
    seq: int = 0
    prev: str | None = None
    blobs: dict[str, str] = field(default_factory=dict)

    def read(
        self, machine_id: str | None = None, raw: bytes | None = None, **changes: Any
    ) -> dict[str, Any]:
        """A `read.recorded`. `changes` replaces fields of the event, `payload` single facts."""
        raw = raw_report(sold=self.seq + 1) if raw is None else raw
        name = sha256_hex(raw)
        self.blobs[name] = base64.b64encode(raw).decode()
        read_id = str(uuid4())
        payload = {
            "read_id": read_id,
            "machine_id": machine_id,
            "asset_number": None,
            "at": "2026-03-02T07:30:00.000Z",
            "purpose": "collect",
            "link": "dexucs",
            "complete": True,
            "size": len(raw),
            "raw_sha256": name,
            "seconds": 6.5,
            "verdict": VERDICT,
        } | changes.pop("payload", {})
        entity = changes.pop("entity", {"kind": "read", "id": payload["read_id"]})
        return self.event("read.recorded", payload, entity, **changes)

    def event(
        self, type_: str, payload: dict[str, Any], entity: dict[str, str], **changes: Any
    ) -> dict[str, Any]:
        self.seq += 1
        op = {
            "seq": self.seq,
            "op_id": str(uuid4()),
            "prev": self.prev,
            "type": type_,
            "v": 1,
            "actor": self.user_id,
            "occurred_at": "2026-03-02T07:31:00.000Z",
            "entity": entity,
            "payload": payload,
        } | changes
        self.prev = str(op["op_id"])
        return op
