"""`python -m benchmarks [NAME]`: prints the table and writes build/bench.json.

To add one: 1. a module here with `run() -> tuple[float, float]` (value, reference); 2. its line in
BENCHMARKS with unit, what the reference is, and the goal.
"""

import importlib
import json
import operator
import sys
from dataclasses import dataclass
from pathlib import Path

OUTPUT = Path("build/bench.json")


@dataclass(frozen=True)
class Benchmark:
    """`goal` compares `subject` ("value" or "ratio" = value / reference) with `limit`."""

    name: str
    module: str
    unit: str
    reference: str
    subject: str
    relation: str
    limit: float

    def goal(self) -> str:
        return f"{self.subject} {self.relation} {self.limit:g}"

    def holds(self, value: float, ratio: float) -> bool:
        compare = {"<=": operator.le, ">=": operator.ge}[self.relation]
        return bool(compare(value if self.subject == "value" else ratio, self.limit))


BENCHMARKS = (
    Benchmark("read", "read_speed", "s", "bytes x 10/9600 + pauses", "ratio", "<=", 1.10),
    Benchmark("links", "link_speeds", "s", "bytes on the wire + pauses", "ratio", "<=", 1.10),
    Benchmark("bank", "bank_speed", "ms", "the median answer of 8 reads", "value", "<=", 950.0),
    Benchmark("cpu", "read_cpu", "% of core", "a read among eight", "value", "<=", 10.0),
    Benchmark("verdict", "verdict_time", "ms", "judged and stored", "value", "<=", 1000.0),
    Benchmark("parse", "parse", "ms", "bare split of the same bytes", "value", "<=", 1.0),
    Benchmark(
        "audits", "audits", "audits/s", "bare splits of the same bytes", "value", ">=", 1000.0
    ),
    Benchmark("window", "window_ready", "ms", "empty PySide6 window", "ratio", "<=", 1.5),
    Benchmark("screen", "screen_ready", "ms", "empty PySide6 window", "value", "<=", 400.0),
    Benchmark("gui_block", "gui_block", "ms", "the same window at rest", "value", "<=", 50.0),
    Benchmark("import", "import_folder", "ms", "the same window at rest", "value", "<=", 50.0),
    Benchmark("today", "today_cold", "ms", "empty PySide6 window", "value", "<=", 1000.0),
    Benchmark("pick_list", "pick_list", "ms", "asked for the first time", "value", "<=", 50.0),
    Benchmark("stop", "stop_open", "ms", "asked for the first time", "value", "<=", 150.0),
    Benchmark("stop_tab", "stop_tab", "ms", "what it asks of the services", "value", "<=", 150.0),
    Benchmark("cells", "planogram_cells", "ms", "bare rectangles", "value", "<=", 16.0),
    Benchmark("fill_key", "fill_key", "ms", "a bare QLineEdit", "value", "<=", 50.0),
    Benchmark("machines", "machine_search", "ms", "asked for the first time", "value", "<=", 50.0),
    Benchmark("search", "search_key", "ms", "a bare QLineEdit", "value", "<=", 50.0),
    Benchmark("day_block", "day_block", "ms", "the same window at rest", "value", "<=", 50.0),
    Benchmark("memory", "day_memory", "MB", "empty PySide6 window", "value", "<=", 250.0),
    Benchmark("push", "push_speed", "events/s", "bare bulk insert", "value", ">=", 1500.0),
    Benchmark("idle_pull", "idle_pull", "pulls/s", "pings of the same", "value", ">=", 400.0),
    Benchmark("bootstrap", "bootstrap", "s", "bare upserts of these rows", "ratio", "<=", 2.0),
    Benchmark("stop_bytes", "stop_bytes", "KB", "not compressed, bare", "value", "<=", 7.0),
    Benchmark("backlog", "backlog", "s", "the bytes alone on that line", "value", "<=", 60.0),
    Benchmark("backlog_block", "backlog_block", "ms", "same window at rest", "value", "<=", 50.0),
    Benchmark("feed", "feed", "tx/s", "one head for all scopes", "value", ">=", 2000.0),
)


def main(names: list[str]) -> int:
    chosen = [benchmark for benchmark in BENCHMARKS if not names or benchmark.name in names]
    if not chosen:
        print(
            f"no such figure; there are: {', '.join(b.name for b in BENCHMARKS)}", file=sys.stderr
        )
        return 2
    results: dict[str, dict[str, object]] = {}
    print(f"{'name':<14}{'value':>10} {'unit':<10}{'reference':>10}  {'ratio':>6}  goal")
    for benchmark in chosen:
        value, reference = importlib.import_module(f"benchmarks.{benchmark.module}").run()
        ratio = value / reference
        holds = benchmark.holds(value, ratio)
        results[benchmark.name] = {
            "value": round(value, 4),
            "unit": benchmark.unit,
            "reference": round(reference, 4),
            "ratio": round(ratio, 4),
            "goal": benchmark.goal(),
            "holds": holds,
        }
        print(
            f"{benchmark.name:<14}{value:>10.3f} {benchmark.unit:<10}{reference:>10.3f}  "
            f"{ratio:>6.2f}  {benchmark.goal()}  {'holds' if holds else 'MISSED'}"
            f"   (reference: {benchmark.reference})",
            flush=True,
        )
    OUTPUT.parent.mkdir(exist_ok=True)
    before = json.loads(OUTPUT.read_text()) if names and OUTPUT.exists() else {}
    OUTPUT.write_text(json.dumps(before | results, indent=1) + "\n")
    return 0 if all(result["holds"] for result in results.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
