"""What an EVA-DTS file says, as the document that `cvd dex show --json` prints."""

import sys
from pathlib import Path

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_shared.dex.report_json import FileDocument, file_document

STANDARD_INPUT = "-"
MAX_BYTES = 64 * 1024 * 1024  # a report is some 10 KB; this is a day of a whole fleet


def show_file(path: Path) -> FileDocument:
    """The document (cvd_shared/dex/report_json.py) of a file; "-" is standard input.

    Raises Problem: file_unreadable, file_too_large. A file without a report gives no reports.
    """
    return file_document(read_file(path))


def read_file(path: Path) -> bytes:
    """The bytes of a file that a person names. Raises Problem as `show_file`."""
    try:
        if str(path) == STANDARD_INPUT:
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Problem("file_unreadable", ExitCode.USAGE, path=str(path), reason=reason) from error
    if len(data) > MAX_BYTES:
        raise Problem("file_too_large", ExitCode.USAGE, path=str(path), limit=MAX_BYTES)
    return data
