"""Keeps out the PySide6 that aborts Python 3.11 (6.12.0 loses references to None)."""

import sys

from PySide6.QtCore import QObject


def test_the_binding_does_not_eat_none() -> None:
    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(500):
        thing.setObjectName("x")
        thing.parent()
    lost = before - sys.getrefcount(None)
    assert lost < 50, f"{lost} references to None lost in 1000 calls: this PySide6 will abort"
