"""Hears, between two STARTs, that what answers speaks DEX/UCS: ENQ or DLE 0 and nothing else."""

import re

_DEX_WORDS = re.compile(rb"(?:\x05|\x04|\x15|\x10[01;])+")
_CALLS = re.compile(rb"\x05|\x100")

DEX_SPEED = 9600
"""Bits per second; at any other speed its characters are rubbish."""

_SURE = 3
"""So many times in a row: a machine calls once a second, and answers every ENQ, which 05 is."""


class DexEar:
    def __init__(self) -> None:
        self._calls = 0

    def hears_dex(self, heard: bytes) -> bool:
        """Takes what came after one START; True once it is sure."""
        if _DEX_WORDS.fullmatch(heard):
            self._calls += bool(_CALLS.search(heard))
        elif heard:
            self._calls = 0
        return self._calls >= _SURE
