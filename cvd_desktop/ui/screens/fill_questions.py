"""What the Fill tab asks in a dialog: why it is spoiled, which product, which date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvd_desktop.ui.theme import Look

if TYPE_CHECKING:
    from cvd_desktop.ui.screens.fill_part import FillPart


def _named(part: FillPart) -> str:
    """The current slot and its product; empty where nothing may be changed, which is told."""
    cell = part.cell()
    if cell is None or not part.able():
        part.refuse()
        return ""
    return f"{cell.facts.key.label}  {part.words.product(cell)}"


def ask_spoiled(look: Look, part: FillPart) -> None:
    """Why units of the current slot are spoiled; a digit answers."""
    from cvd_desktop.ui.dialogs.spoil_dialog import SpoilDialog

    name = _named(part)
    if name:
        dialog = SpoilDialog(look, name, part.words.reasons(), part)
        dialog.chosen.connect(part.spoil)
        dialog.show()


def ask_product(look: Look, part: FillPart) -> None:
    """Which product is in the current slot instead."""
    from cvd_desktop.ui.dialogs.swap_dialog import SwapDialog

    cell = part.cell()
    if _named(part) and cell is not None:
        dialog = SwapDialog(
            look, part.products, cell.facts.key.label, part.words.product(cell), part
        )
        dialog.chosen.connect(part.swap)
        dialog.show()


def ask_expiry(look: Look, part: FillPart) -> None:
    """The earliest date on what is in the current slot."""
    from cvd_desktop.ui.dialogs.expiry_dialog import ExpiryDialog

    name, cell = _named(part), part.cell()
    if name and cell is not None:
        known = cell.edit.expiry or cell.facts.expiry or ""
        dialog = ExpiryDialog(look, name, known, part.now().astimezone().date(), part)
        dialog.chosen.connect(part.set_expiry)
        dialog.show()
