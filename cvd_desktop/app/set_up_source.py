"""A set-up from wherever a person has it: a scanned link, a file, a picture of a QR code."""

from pathlib import Path
from typing import TYPE_CHECKING

from cvd_desktop.domain.problem import ExitCode, Problem

if TYPE_CHECKING:
    from cvd_desktop.services.set_up import SetUp


def setup_from(source: "str | Path") -> "SetUp":
    """In a lane. Raises Problem: setup_unreadable, setup_no_code, picture_unreadable, ..."""
    from cvd_desktop.services.set_up import PICTURES, is_setup, read_setup, read_setup_file
    from cvd_desktop.ui.code_reader import codes_in

    if isinstance(source, str):
        return read_setup(source)
    if source.suffix.lower() not in PICTURES:
        return read_setup_file(source)
    codes = codes_in(source)
    if not codes:
        raise Problem("setup_no_code", ExitCode.USAGE)
    return read_setup(next((code for code in codes if is_setup(code)), codes[0]))
