"""What a read costs of one core, beside the same read as one of eight at once."""

from benchmarks.bank_speed import measure

_READS = 2


def run() -> tuple[float, float]:
    """Per cent of a core: (the costlier link, alone; a read among eight)."""
    alone = max(measure(link, _READS, machines=1).cpu for link in ("dexucs", "ddcmp"))
    among = measure("dexucs", _READS).cpu
    return alone * 100, among * 100
