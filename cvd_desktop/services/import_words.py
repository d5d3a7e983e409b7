"""Puts what an import left alone into words."""

from cvd_desktop.domain.import_records import FileLeft


def left_words(left: FileLeft) -> str:
    """One sentence: why a file gave no read, and what to do about it."""
    raise NotImplementedError
