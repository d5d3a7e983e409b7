"""What is written when the program itself was wrong: a file for support, without secrets."""

import faulthandler
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO

from cvd_desktop.domain.clock import Clock, to_wire

_KEPT = 20

_log = logging.getLogger(__name__)


class CrashReports:
    """Writes one file per bug into <data_dir>/crashes, and what faulthandler has to say."""

    def __init__(self, data_dir: Path, clock: Clock, told: Callable[[str], None]) -> None:
        """`told` gets the exception's name, to be shown as a fact; on the GUI thread."""
        self._folder = data_dir / "crashes"
        self._clock = clock
        self._told = told
        self._last_words: IO[str] | None = None

    def report(self, error: BaseException) -> None:
        """Write the report. Never raises: the program goes on, or could not say why it ends."""
        text = "".join(traceback.format_exception(error))
        _log.error("bug: %s", text)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            name = to_wire(self._clock()).replace(":", "")
            (self._folder / f"{name}.txt").write_text(text, encoding="utf-8")
            for old in sorted(self._folder.glob("*.txt"))[:-_KEPT]:
                old.unlink()
        except OSError:
            _log.exception("the report could not be written")
        self._told(type(error).__name__)

    def watch_for_the_end(self) -> str:
        """Let faulthandler write to a file; what it wrote at the last start comes back, or ""."""
        path = self._folder / "last-words.log"
        self._folder.mkdir(parents=True, exist_ok=True)
        before = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        if before:
            path.replace(path.with_suffix(".old.log"))
        self._last_words = path.open("w", encoding="utf-8")
        faulthandler.enable(self._last_words)
        return before

    def close(self) -> None:
        if self._last_words is not None:
            faulthandler.disable()
            self._last_words.close()
            self._last_words = None
