"""The newest schema this program knows, readable without importing alembic (300 ms)."""

HEAD = "0005"
"""Revision of the newest migration. Revisions are four digits and only ever count up."""


def is_newer(revision: str) -> bool:
    """True when a database was written by a newer program than this one."""
    return revision > HEAD
