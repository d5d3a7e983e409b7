"""Whole units divided in proportion: never split, never lost."""

from collections.abc import Sequence


def shares(units: int, weights: Sequence[int]) -> list[int]:
    """Units for each weight, in proportion, the largest remainder first, then the first in line.

    They add up to `units`, and none is more than its weight as long as `units` are no more than
    all weights. Where all weights are 0 they count alike. Raises ValueError for less than nothing
    and where there is nobody to share.
    """
    if units < 0 or not weights or min(weights) < 0:
        raise ValueError("nothing can be shared like that")
    total = sum(weights)
    if total == 0:
        weights, total = [1] * len(weights), len(weights)
    parts = [divmod(units * weight, total) for weight in weights]
    found = [whole for whole, _ in parts]
    rest = units - sum(found)
    by_remainder = sorted(range(len(parts)), key=lambda place: -parts[place][1])
    for place in by_remainder[:rest]:
        found[place] += 1
    return found
