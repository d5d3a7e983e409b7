"""Audit files of real machines, which lie beside the repository and never in it."""

import os
import re
from pathlib import Path
from typing import NamedTuple

import pytest

FOLDER = Path(__file__).parents[2] / "../shared/dex-corpus"


class CorpusFile(NamedTuple):
    """A file and what the table of the corpus says of its first report."""

    name: str
    size: int
    version: str
    g85: str  # in the words of the table: "7418 OK (after LF->CRLF)", "B4C5 NO", "no G85"
    declared: int | None  # SE01
    counted: int | None
    products: int  # PA1 segments in the whole file

    def read(self) -> bytes:
        return (FOLDER / self.name).read_bytes()


def corpus_files() -> list[CorpusFile]:
    """Every file of the corpus; the test is skipped where the corpus is absent.

    With CI=true it fails instead: there the corpus has to be.
    """
    if not (FOLDER / "README.md").exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"the audit files of real machines are not in {FOLDER}")
        pytest.skip("the audit files of real machines are not on this computer")
    rows = (FOLDER / "README.md").read_text("utf-8").splitlines()
    found = [_file(row) for row in rows if row.startswith("|")]
    return [file for file in found if file is not None]


def _file(row: str) -> CorpusFile | None:
    columns = [column.strip() for column in row.strip("|").split("|")]
    name, size, version, g85, counts, products = (columns[n] for n in (0, 3, 4, 6, 7, 8))
    if not size.isdecimal():
        return None
    declared = re.search(r"(\d+) declared", counts)
    counted = re.search(r"(\d+) counted", counts)
    return CorpusFile(
        name,
        int(size),
        version,
        g85,
        int(declared[1]) if declared else None,
        int(counted[1]) if counted else None,
        int(products),
    )
