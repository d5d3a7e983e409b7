"""Imports what the window will need, in a lane: an import keeps the GUI thread for 100 ms."""

import pkgutil
from importlib import import_module


def import_ahead() -> None:
    """Every module of `ui/screens`, with what they import, and the words for people."""
    from cvd_desktop.ui import screens

    for module in pkgutil.iter_modules(screens.__path__, f"{screens.__name__}."):
        import_module(module.name)
    import_module("cvd_desktop.services.words")
