"""Puts a fault into the sources of the programs while they are imported, in this process only."""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from tests.simulation.mutants import MUTANTS, Change, Mutant

PACKAGES = ("cvd_shared", "cvd_desktop", "cvd_server")
_ROOT = Path(__file__).parents[2]


class MutantError(Exception):
    """The text that a mutant replaces is not there exactly once: bring the mutant up to date."""


def places_of(mutant: Mutant) -> list[tuple[Path, Change]]:
    """Of each of its changes the one file that has the text. Raises MutantError."""
    return [(_place_of(mutant.name, change), change) for change in mutant.changes]


def _place_of(name: str, change: Change) -> Path:
    found = [
        path
        for package in PACKAGES
        for path in sorted((_ROOT / package).rglob("*.py"))
        if change.text in path.read_text(encoding="utf-8")
    ]
    if len(found) != 1 or found[0].read_text(encoding="utf-8").count(change.text) != 1:
        raise MutantError(f"{name}: its text is in {[path.name for path in found]}, not once")
    return found[0]


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, changes: Sequence[Change]) -> None:
        super().__init__(name, path)
        self._changes = changes

    def exec_module(self, module: ModuleType) -> None:
        source = Path(self.path).read_text(encoding="utf-8")
        for change in self._changes:
            source = source.replace(change.text, change.instead)
        exec(compile(source, self.path, "exec"), module.__dict__)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, changes: Mapping[str, Sequence[Change]]) -> None:
        self._changes = changes  # by module

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._changes:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        assert spec is not None
        assert spec.origin is not None
        spec.loader = _Loader(fullname, spec.origin, self._changes[fullname])
        return spec


def mutate_sources(name: str) -> None:
    """To be called before anything of the programs is imported. Raises MutantError."""
    changes: dict[str, list[Change]] = {}
    for path, change in places_of(MUTANTS[name]):
        module = ".".join(path.relative_to(_ROOT).with_suffix("").parts)
        if module in sys.modules:
            raise MutantError(f"{name}: {module} was imported before it could be changed")
        changes.setdefault(module, []).append(change)
    sys.meta_path.insert(0, _Finder(changes))
