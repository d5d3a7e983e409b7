"""`cvd stop` and `cvd visit finish`: one stop, and a visit recorded without a window."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cvd_desktop.cli.command_line import (
    opened,
    print_json,
    print_line,
    print_table,
    say,
    shown,
)
from cvd_desktop.cli.options import AsJson, DataDir, only_text

if TYPE_CHECKING:
    from cvd_desktop.domain.fill_sheet import Cell
    from cvd_desktop.domain.visit_records import StopDetail

_SLOT = "SLOT=N"


def _texts(value: list[str] | None) -> list[str] | None:
    return None if value is None else only_text(value)


def add_to(app: typer.Typer) -> None:
    app.command("stop")(stop)
    visit = typer.Typer(help="Visits at machines.", no_args_is_help=True, rich_markup_mode=None)
    visit.callback()(_visit)
    visit.command("finish")(finish)
    app.add_typer(visit, name="visit")


def _visit() -> None:
    """Visits at machines."""


def stop(
    data_dir: DataDir,
    stop_id: Annotated[
        str | None,
        typer.Option("--stop", metavar="ID", callback=only_text, help="As `cvd route` says."),
    ] = None,
    asset: Annotated[
        str | None,
        typer.Option("--machine", metavar="ASSET", callback=only_text, help="The stop of it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """One stop: where the work is, else the next one; its machines, what is there, what lacks."""
    from cvd_desktop.services.quick_visit import machine_id_of
    from cvd_desktop.services.stop import stop_detail

    with opened(data_dir) as workplace:
        machine_id = machine_id_of(workplace, asset) if asset is not None else None
        detail = stop_detail(workplace, stop_id=stop_id, machine_id=machine_id)
    if as_json:
        print_json(_stop_json(detail))
    else:
        _print_stop(detail)


def finish(
    data_dir: DataDir,
    asset: Annotated[
        str, typer.Option("--machine", metavar="ASSET", callback=only_text, help="Which machine.")
    ],
    to_par: Annotated[
        bool, typer.Option("--fill-to-par", help="Every slot that is sure is filled to par.")
    ] = False,
    fill: Annotated[
        list[str] | None,
        typer.Option(
            "--fill", metavar=_SLOT, callback=_texts, help="Put in; before --fill-to-par."
        ),
    ] = None,
    removed: Annotated[
        list[str] | None,
        typer.Option("--removed", metavar=_SLOT, callback=_texts, help="Taken out, good."),
    ] = None,
    spoiled: Annotated[
        list[str] | None,
        typer.Option(
            "--spoiled", metavar=f"{_SLOT}:REASON", callback=_texts, help="Taken out, unsaleable."
        ),
    ] = None,
    bag: Annotated[
        str, typer.Option("--bag", metavar="B", callback=only_text, help="The cash is in it.")
    ] = "",
    counted: Annotated[
        str,
        typer.Option(
            "--counted",
            metavar="AMOUNT",
            callback=only_text,
            help="What is in the bag: minor units, or an amount such as 411.70.",
        ),
    ] = "",
    note: Annotated[
        str, typer.Option("--note", metavar="TEXT", callback=only_text, help="To the office.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Record a visit offline: what was put in and taken out, the bag, a note."""
    from cvd_desktop.services.quick_visit import QuickVisit, record_visit

    quick = QuickVisit(
        asset_number=asset,
        to_par=to_par,
        fills=tuple(fill or ()),
        removed=tuple(removed or ()),
        spoiled=tuple(spoiled or ()),
        bag=bag,
        counted=counted,
        note=note,
    )
    with opened(data_dir) as workplace:
        done = record_visit(workplace, quick)
    if as_json:
        print_json(
            {
                "id": done.visit_id,
                "machine": done.asset_number,
                "filled": done.put_in,
                "to_count": list(done.to_count),
                "stop_done": done.stop_done,
            }
        )
    else:
        print_line(f"Recorded here: visit at machine {done.asset_number}, {done.put_in} put in.")
    if done.to_count:
        say(f"Left alone, because they want a count: {', '.join(done.to_count)}.")


def _stop_json(detail: "StopDetail") -> dict[str, Any]:
    from cvd_desktop.domain.clock import to_wire
    from cvd_desktop.services.word_table_visit import visit_fact_words

    view, place = detail.visit, detail.stop
    return {
        "run": detail.run_id,
        "route": detail.route_number or None,
        "stop": place.stop_id if place else None,
        "number": place.number if place else None,
        "of": detail.of_stops,
        "name": place.name if place else None,
        "state": str(place.state) if place else None,
        "tasks": list(view.machine.tasks),
        "note": view.office_note,
        "machines": [
            {
                "asset_number": each.record.asset_number,
                "visited": each.visited,
                "open_visit": each.open_visit,
                "to_put_in": each.to_put_in,
                "last_visit_at": each.last_visit_at and to_wire(each.last_visit_at),
            }
            for each in detail.machines
        ],
        "machine": view.machine.record.asset_number,
        "arrived_at": to_wire(view.draft.arrived_at) if view.draft else None,
        "finished_at": view.finished.finished_at if view.finished else None,
        "slots": [_slot_json(cell) for cell in view.sheet.cells()],
        "cash_expected": view.cash.expected.amount if view.cash.expected else None,
        "currency": view.cash.currency,
        "decimals": view.cash.decimals,
        "missing": [
            {
                "tab": each.tab,
                "code": each.code,
                "text": visit_fact_words("visit_missing", each.code, each.values),
            }
            for each in view.missing
        ],
    }


def _slot_json(cell: "Cell") -> dict[str, Any]:
    facts = cell.facts
    return {
        "slot": facts.key.label,
        "cabinet": facts.key.cabinet,
        "selection": facts.selection,
        "product": facts.product_name or None,
        "capacity": facts.capacity,
        "par": facts.par,
        "price": facts.price,
        "stock": cell.before,
        "sure": facts.sure,
        "put_in": cell.put_in,
        "after": cell.after,
        "flags": list(cell.flags),
    }


def _print_stop(detail: "StopDetail") -> None:
    from cvd_desktop.services.word_table_visit import visit_fact_words

    view, place = detail.visit, detail.stop
    if place is not None:
        print_line(f"Stop {place.number} of {detail.of_stops}: {place.name} ({place.state})")
    else:
        print_line(f"Machine {view.machine.record.asset_number}, not on today's run")
    if view.office_note:
        print_line(f"Note of the office: {view.office_note}")
    print_table(
        ("Machine", "State", "To put in"),
        [
            (
                each.record.asset_number,
                "done" if each.visited else "under way" if each.open_visit else "open",
                str(each.to_put_in),
            )
            for each in detail.machines
        ],
    )
    print_line(f"Machine {view.machine.record.asset_number}:")
    print_table(
        ("Slot", "Product", "Stock", "Par", "Put in", "After", "Flags"),
        [
            (
                cell.facts.key.label,
                cell.facts.product_name,
                shown(cell.before),
                str(cell.facts.par),
                str(cell.put_in),
                shown(cell.after),
                ", ".join(flag.replace("_", " ") for flag in cell.flags),
            )
            for cell in view.sheet.cells()
        ],
    )
    for each in view.missing:
        say(visit_fact_words("visit_missing", each.code, each.values))
