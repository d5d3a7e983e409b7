"""Keeps PySide6 from reading the source of every module that is imported after it.

It looks for its own name there, for features that a module may switch on (snake_case,
true_property): 220,000 lines at our start, 120 ms and 20 MB of `linecache`. Nobody here switches
any, so every module is told to be one that does not. A bundle has no sources and never paid this.
"""

import sys


def skip_source_search() -> None:
    """Call it once PySide6 is there; of a PySide6 that does not search it changes nothing."""
    feature = sys.modules.get("shibokensupport.feature")
    if hasattr(feature, "_mod_uses_pyside"):
        setattr(feature, "_mod_uses_pyside", lambda module: False)  # noqa: ARG005, B010
