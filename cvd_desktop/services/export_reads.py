"""Writes reads to files that other programs understand: raw, JSON, CSV, XLSX."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from cvd_desktop.domain.records import ReadSummary
from cvd_desktop.services.workplace import Workplace


class ExportFormat(StrEnum):
    RAW = "raw"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


def export_reads(
    wp: Workplace, read_ids: Sequence[str], path: Path, wanted: ExportFormat | None = None
) -> int:
    """Write the reads to one file, whole or not at all; how many bytes it has.

    Without `wanted` the suffix of the path says the format; an unknown suffix is raw.
    Raises Problem: read_unknown, file_not_written, disk_full.
    """
    raise NotImplementedError


def export_name(read: ReadSummary, wanted: ExportFormat) -> str:
    """The name offered for a file: "20260304_0506_A-1.csv", safe on every system."""
    raise NotImplementedError
