"""A program that fills a machine and says each cell once it is kept, until somebody kills it."""

import sys
from pathlib import Path

from cvd_desktop.domain.fill_sheet import CellEdit
from cvd_desktop.services.visit_draft import begin_visit, keep_edits, keep_place
from cvd_desktop.services.workplace import open_workplace
from cvd_shared.route_shapes import SlotKey

CELLS = 4000


def main() -> None:
    """Arguments: the data folder, the machine. Says the visit's id, then one cell a line."""
    workplace = open_workplace(Path(sys.argv[1]))
    visit_id = begin_visit(workplace, sys.argv[2])
    print(visit_id, flush=True)
    edits: dict[SlotKey, CellEdit] = {}
    for number in range(CELLS):
        key = SlotKey(1, f"A{number % 60}")
        edits[key] = CellEdit(filled=number)
        keep_edits(workplace, visit_id, edits)
        keep_place(workplace, visit_id, "fill", key)
        print(f"{key.label} {number}", flush=True)


if __name__ == "__main__":
    main()
