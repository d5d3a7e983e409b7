"""Puts a fault into the sources of the programs while they are imported, in this process only."""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from tests.simulation.mutants import MUTANTS, Mutant

PACKAGES = ("cvd_shared", "cvd_desktop", "cvd_server")
_ROOT = Path(__file__).parents[2]


class MutantError(Exception):
    """The text that a mutant replaces is not there exactly once: bring the mutant up to date."""


def place_of(mutant: Mutant) -> Path:
    """The one file that has the text. Raises MutantError."""
    found = [
        path
        for package in PACKAGES
        for path in sorted((_ROOT / package).rglob("*.py"))
        if mutant.text in path.read_text(encoding="utf-8")
    ]
    if len(found) != 1 or found[0].read_text(encoding="utf-8").count(mutant.text) != 1:
        raise MutantError(
            f"{mutant.name}: its text is in {[path.name for path in found]}, not once"
        )
    return found[0]


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, mutant: Mutant) -> None:
        super().__init__(name, path)
        self._mutant = mutant

    def exec_module(self, module: ModuleType) -> None:
        source = Path(self.path).read_text(encoding="utf-8")
        changed = source.replace(self._mutant.text, self._mutant.instead)
        exec(compile(changed, self.path, "exec"), module.__dict__)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, module: str, mutant: Mutant) -> None:
        self._module = module
        self._mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._module:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        assert spec is not None
        assert spec.origin is not None
        spec.loader = _Loader(fullname, spec.origin, self._mutant)
        return spec


def mutate_sources(name: str) -> None:
    """To be called before anything of the programs is imported. Raises MutantError."""
    mutant = MUTANTS[name]
    path = place_of(mutant).relative_to(_ROOT)
    module = ".".join(path.with_suffix("").parts)
    if module in sys.modules:
        raise MutantError(f"{name}: {module} was imported before it could be changed")
    sys.meta_path.insert(0, _Finder(module, mutant))
