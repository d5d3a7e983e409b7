"""The byte transcripts of the reference material, where that folder is present."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

_FILE = Path(__file__).parents[2] / "../shared/evadts/transcripts.json"


@dataclass(frozen=True)
class Step:
    sender: str  # "R" or "M"
    data: bytes
    text: str


def transcript(name: str) -> list[Step]:
    """Its steps in order; skips the test where the material is absent, and fails it on CI."""
    if not _FILE.exists():
        message = "the reference transcripts (../shared/evadts) are not on this computer"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    entries = json.loads(_FILE.read_text(encoding="utf-8"))
    steps = next(entry["steps"] for entry in entries if entry["name"] == name)
    return [
        Step("R" if step["from"] == "reader" else "M", bytes.fromhex(step["hex"]), step["text"])
        for step in steps
    ]
