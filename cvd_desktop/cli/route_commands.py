"""`cvd route` and `cvd pick-list`: today's run, and what to load for it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cvd_desktop.cli.command_line import opened, print_json, print_line, print_table, say, shown
from cvd_desktop.cli.options import AsJson, DataDir, only_text
from cvd_desktop.domain.problem import ExitCode, Problem

if TYPE_CHECKING:
    from cvd_desktop.domain.route_records import (
        LoadLineView,
        LoadView,
        RunView,
        StopMachine,
        StopView,
    )
    from cvd_shared.route_shapes import PickReason, Urgency

RunId = Annotated[
    str | None,
    typer.Option(
        "--run", metavar="ID", callback=only_text, help="Another run than today's, by its id."
    ),
]


def add_to(app: typer.Typer) -> None:
    app.command("route")(route)
    app.command("pick-list")(pick_list)


def route(data_dir: DataDir, run_id: RunId = None, as_json: AsJson = False) -> None:
    """Today's run: its stops in order, how urgent they are, what is done."""
    from cvd_desktop.services.today import todays_run

    with opened(data_dir) as workplace:
        view = todays_run(workplace, run_id)
    if view is None:
        raise _no_run(run_id)
    if as_json:
        print_json(_run_json(view))
        return
    print_line(
        f"Route {view.route_number or '?'}, {view.day}: {view.done} of {len(view.stops)} stops "
        f"done, {view.skipped} skipped"
    )
    print_table(
        ("#", "Stop", "State", "Sold out", "Days left", "To put in", "Window", "Machines"),
        [_stop_row(stop) for stop in view.stops],
    )
    if view.elsewhere:
        print_line("Due, and not on this run:")
        print_table(
            ("Machine", "Place", "Sold out", "km from a stop"),
            [
                (
                    each.machine.record.asset_number,
                    each.location.name if each.location else each.machine.record.location_name,
                    str(each.machine.urgency.sold_out),
                    "?" if each.distance_km is None else f"{each.distance_km:.1f}",
                )
                for each in view.elsewhere
            ],
        )
    if view.changes:
        say(f"The office changed this run: {len(view.changes)} changes, shown in Today.")


def pick_list(data_dir: DataDir, run_id: RunId = None, as_json: AsJson = False) -> None:
    """What to load for today's run, by product and by machine, with the reasons."""
    from cvd_desktop.services.load_truck import load_view

    with opened(data_dir) as workplace:
        view = load_view(workplace, run_id)
    if view is None:
        raise _no_run(run_id)
    if as_json:
        print_json(_load_json(view))
        return
    print_line(f"Route {view.route_number or '?'}, {view.day}: {view.units} units to pick")
    print_table(
        ("Place", "Product", "Need", "On truck", "To pick", "Cases", "Singles", "Picked"),
        [
            (
                line.product.pick_place,
                line.product.name,
                str(line.need),
                str(line.on_truck),
                str(line.to_pick),
                str(line.cases),
                str(line.singles),
                "" if line.picked is None else str(line.picked),
            )
            for line in view.lines
        ],
    )
    if view.totes:
        print_line("By machine:")
        print_table(
            ("Tote", "Machine", "Place", "Units"),
            [
                (
                    str(tote.number),
                    tote.asset_number,
                    view.place_names.get(tote.machine_id, ""),
                    str(tote.units),
                )
                for tote in view.totes
            ],
        )
    if view.changes:
        say(f"Newer facts moved {len(view.changes)} products since this list was last accepted.")


def _no_run(run_id: str | None) -> Problem:
    if run_id is None:
        return Problem("no_run_today", ExitCode.USAGE)
    return Problem("run_unknown", ExitCode.USAGE, id=run_id)


def _stop_row(stop: "StopView") -> tuple[str, ...]:
    days = stop.urgency.days_left
    window = f"{stop.window_from or ''}-{stop.window_to or ''}"
    return (
        str(stop.number),
        stop.name,
        stop.state,
        str(stop.urgency.sold_out),
        shown(None) if days is None else f"{days:.1f}",
        str(sum(each.to_put_in for each in stop.machines)),
        window if len(window) > 1 else "",
        ", ".join(each.record.asset_number for each in stop.machines),
    )


# --- JSON: a public interface, which only grows ---------------------------------------------------


def _run_json(view: "RunView") -> dict[str, Any]:
    return {
        "run": {
            "id": view.run_id,
            "route": view.route_number,
            "name": view.route_name,
            "day": view.day.isoformat(),
            "stops": len(view.stops),
            "done": view.done,
            "skipped": view.skipped,
            "next_stop": view.next_stop_id,
            "units_filled": view.units_filled,
            "units_planned": view.units_planned,
            "bags": view.bags,
            "short_products": view.short_products,
            "load_recorded": view.load_recorded,
            "ordered_by_driver": view.ordered_by_driver,
            "order_reason": view.order_reason,
            "ends_about": _at(view.ends_about),
        },
        "stops": [_stop_json(stop) for stop in view.stops],
        "elsewhere": [
            {
                **_machine_json(each.machine),
                "place": each.location.name if each.location else "",
                "distance_km": each.distance_km,
                "nearest_stop": each.nearest_stop,
            }
            for each in view.elsewhere
        ],
        "changes": [each._asdict() for each in view.changes],
        "other_runs": [{"id": run_id, "name": name} for run_id, name in view.other_runs],
    }


def _stop_json(stop: "StopView") -> dict[str, Any]:
    return {
        "id": stop.stop_id,
        "number": stop.number,
        "name": stop.name,
        "state": stop.state,
        "at": _at(stop.state_at),
        "reason": stop.reason,
        "note": stop.reason_note,
        "record": str(stop.record_state) if stop.record_state is not None else None,
        "tasks": list(stop.tasks),
        "must_do": stop.must_do,
        "window": {"from": stop.window_from, "to": stop.window_to},
        "office_note": stop.note,
        "urgency": _urgency_json(stop.urgency),
        "band": str(stop.band),
        "cash_whole": stop.cash_whole,
        "currency": stop.currency,
        "decimals": stop.decimals,
        "units_filled": stop.units_filled,
        "bags": stop.bags,
        "machines": [_machine_json(each) for each in stop.machines],
    }


def _machine_json(machine: "StopMachine") -> dict[str, Any]:
    return {
        "id": machine.record.id,
        "asset_number": machine.record.asset_number,
        "urgency": _urgency_json(machine.urgency),
        "band": str(machine.band),
        "stock": machine.stock,
        "par": machine.par,
        "unknown_slots": machine.unknown_slots,
        "to_put_in": machine.to_put_in,
        "due": [each._asdict() for each in machine.due],
        "last_visit_at": _at(machine.last_visit_at),
        "last_read_at": _at(machine.last_read_at),
        "visited": machine.visited,
    }


def _urgency_json(urgency: "Urgency") -> dict[str, Any]:
    return {
        "sold_out": urgency.sold_out,
        "low": urgency.low,
        "days_left": urgency.days_left,
        "cash_due": urgency.cash_due,
        "days_since_service": urgency.days_since_service,
    }


def _load_json(view: "LoadView") -> dict[str, Any]:
    return {
        "run": {"id": view.run_id, "route": view.route_number, "day": view.day.isoformat()},
        "lines": [_line_json(line) for line in view.lines],
        "totes": [
            {
                "number": tote.number,
                "machine": tote.asset_number,
                "machine_id": tote.machine_id,
                "stop": tote.stop_id,
                "place": view.place_names.get(tote.machine_id, ""),
                "units": tote.units,
                "ticked": tote.machine_id in view.totes_ticked,
                "lines": [
                    {
                        "cabinet": line.key.cabinet,
                        "slot": line.key.label,
                        "product": line.product_id,
                        "name": view.names.get(line.product_id, ""),
                        "units": line.units,
                    }
                    for line in tote.lines
                ],
            }
            for tote in view.totes
        ],
        "shorts": [
            {"product": product_id, "machine": each.asset_number, "slot": each.label,
             "wanted": each.wanted, "gets": each.gets}
            for product_id, shares in view.shorts.items()
            for each in shares
        ],
        "changes": [each._asdict() for each in view.changes],
        "loaded": [
            {"product": each.product.id, "wanted": each.wanted, "loaded": each.loaded}
            for each in view.loaded
        ],
        "made_at": _at(view.made_at),
        "recorded_at": _at(view.recorded_at),
        "data_at": _at(view.data_at),
    }  # fmt: skip


def _line_json(line: "LoadLineView") -> dict[str, Any]:
    return {
        "product": line.product.id,
        "sku": line.product.sku,
        "name": line.product.name,
        "place": line.product.pick_place,
        "need": line.need,
        "on_truck": line.on_truck,
        "to_pick": line.to_pick,
        "cases": line.cases,
        "case_size": line.product.case_size,
        "singles": line.singles,
        "picked": line.picked,
        "reasons": [_reason_json(each) for each in line.reasons],
    }


def _reason_json(reason: "PickReason") -> dict[str, Any]:
    return {
        "machine": reason.asset_number,
        "machine_id": reason.machine_id,
        "cabinet": reason.key.cabinet,
        "slot": reason.key.label,
        "need": reason.need,
        "par": reason.par,
        "capacity": reason.capacity,
        "stock": reason.stock,
        "sure": reason.sure,
        "known_at": _at(reason.known_at),
        "known_units": reason.known_units,
        "sold_since": reason.sold_since,
        "per_day": reason.per_day,
        "days": reason.days,
        "will_sell": reason.will_sell,
        "days_left": reason.days_left,
    }


def _at(moment: datetime | None) -> str | None:
    from cvd_desktop.domain.clock import to_wire

    return None if moment is None else to_wire(moment)
