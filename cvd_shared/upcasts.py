"""Old events in today's words: one pure step per type and version, kept for ever.

To change a payload so that old ones do not fit any more: 1. raise its `VERSION` in wire_events;
2. a step (type, old version) -> payload of the next version here; 3. a golden file of the new
version in tests/golden/wire. Tests name the forgotten step.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

Payload = dict[str, Any]
Step = Callable[[Payload], Payload]

UPCASTS: Mapping[tuple[str, int], Step] = MappingProxyType({})
"""(type, v) -> the payload of v + 1. A step never changes what it is given."""


def upcast(
    type_: str, version: int, payload: Payload, steps: Mapping[tuple[str, int], Step] = UPCASTS
) -> tuple[int, Payload]:
    """(version, payload) as far as the steps lead; a version that has none stays as it is."""
    while (step := steps.get((type_, version))) is not None:
        payload = step(payload)
        version += 1
    return version, payload
