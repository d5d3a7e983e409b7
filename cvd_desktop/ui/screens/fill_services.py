"""What the Fill tab asks of the services; the application binds them to the workplace."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cvd_desktop.domain.fill_sheet import CellEdit
    from cvd_shared.route_shapes import SlotKey
    from cvd_shared.wire_records import ProductRecord


class FindProducts(Protocol):
    """services.catalogue.find_products: those that have every word of the text."""

    def __call__(self, text: str, limit: int = 50) -> Sequence[ProductRecord]: ...


@dataclass(frozen=True, slots=True)
class FillServices:
    """All of them work in the database lane."""

    keep_edits: Callable[[str, Mapping[SlotKey, CellEdit]], object]  # visit id, edits
    keep_place: Callable[[str, str, SlotKey | None], object]  # visit id, tab, cell
    find_products: FindProducts
    product_by_code: Callable[[str], ProductRecord | None]  # SKU or barcode
    product_pictures: Callable[[Collection[str]], Mapping[str, bytes]]  # by product id
