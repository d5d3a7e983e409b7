"""By what records are found and ordered: folded text and keys in which numbers count as numbers."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from cvd_shared.bags import normal_bag

_MOST_WORDS = 40  # SQLite nests no deeper than 1,000
_NUMBER = re.compile(r"\d+")
_MACHINE_TEXTS = (
    "asset_number",
    "serial_number",
    "make",
    "model",
    "machine_type",
    "location_name",
    "control_board",
)
_CHILDREN = {
    "read": ("machine_id", "at"),
    "machine_write": ("machine_id", "at"),
    "meter_entry": ("machine_id", "at"),
    "run": ("route_id", "day"),
    "visit": ("machine_id", "finished_at"),
    "photo": ("visit_id", "at"),
    "load": ("route_id", "at"),
    "truck_count": ("route_id", "at"),
    "due_rules": ("level", "key"),
}
"""Kind -> what it is looked up by, and what it is ordered by below that."""


def fold(text: str) -> str:
    """Without case and accents, so that "jagerstr" finds "Jägerstraße". Half a character is "?"."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.encode("utf-8", "replace").decode())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def search_words(text: str) -> list[str]:
    """The words that a record has to hold, folded; of a pasted page the first ones."""
    return list(dict.fromkeys(fold(text).split()))[:_MOST_WORDS]


def natural_key(text: str) -> str:
    """Sorts "A-9" before "A-10": every number is filled up with zeros to 20 digits."""
    return _NUMBER.sub(lambda found: found.group().zfill(20), fold(text))


def child_key(parent_id: str, order: str) -> str:
    """The key of a record that is looked up by another one and ordered below it."""
    return f"{parent_id} {order}"


def keys_of(kind: str, record: Mapping[str, Any]) -> tuple[str, str]:
    """(search text, sort key) of a record as the server sent it; empty for unknown kinds."""

    def text(name: str) -> str:
        value = record.get(name)
        return value if isinstance(value, str) else ""

    if kind == "machine":
        return (
            fold(" ".join(filter(None, map(text, _MACHINE_TEXTS)))),
            natural_key(text("asset_number")),
        )
    if kind == "product":
        words = fold(" ".join(map(text, ("name", "sku", "barcode", "category"))))
        return words, natural_key(f"{text('category')} {text('name')}")
    if kind == "route":
        return fold(f"{text('number')} {text('name')}"), natural_key(text("number"))
    if kind == "location":
        return fold(f"{text('name')} {text('address')}"), natural_key(text("name"))
    if kind == "planogram":
        return "", child_key(text("machine_id"), str(record.get("version", 0)).zfill(12))
    if kind == "ticket":
        return fold(text("fault")), child_key(text("machine_id"), text("opened_at"))
    if kind == "refusal":
        return "", text("occurred_at")
    if kind in _CHILDREN:
        parent, order = _CHILDREN[kind]
        found = _bags_of(record) if kind == "visit" else ""
        return found, child_key(text(parent), text(order))
    return "", ""


def bag_words(bag: str) -> str:
    """A bag number as visits are found by it, with an end at both sides: "|00482217|"."""
    return f"|{normal_bag(bag)}|"


def _bags_of(visit: Mapping[str, Any]) -> str:
    """Every bag that a visit or one of its amendments names."""
    amendments = visit.get("amendments")
    told = [visit, *(amendments if isinstance(amendments, list) else [])]
    cash = [each.get("cash") for each in told if isinstance(each, Mapping)]
    bags = [each.get("bag") for each in cash if isinstance(each, Mapping)]
    return " ".join(bag_words(bag) for bag in bags if isinstance(bag, str))
