"""`cvd write`: prices, clock, asset number and more to a machine, after a preview, with a proof."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

from cvd_desktop.cli.command_line import opened, print_json, print_line, print_table, say, tell
from cvd_desktop.cli.interrupt import cancelled_by_ctrl_c
from cvd_desktop.cli.options import AsJson, DataDir, MeantMachine, PortName
from cvd_desktop.cli.read_commands import Link
from cvd_desktop.domain.problem import ExitCode, Problem

if TYPE_CHECKING:
    from cvd_desktop.domain.write_records import PlannedChange, WriteOutcome, WritePlan
    from cvd_shared.dex.configuration_report import ListPrice

KeyT = TypeVar("KeyT")

_SET = "SELECTION=PRICE"
_SET_LIST = "SELECTION/LIST=PRICE or SELECTION/DEVICE/LIST=PRICE"
_NAME = "SELECTION=NAME"
_LIST_DIGITS = 2


def add_to(app: typer.Typer) -> None:
    app.command("write")(write)


def write(
    data_dir: DataDir,
    port: PortName,
    prices: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar=_SET,
            help="A price: 1.50 is in the machine's currency, 150 in its smallest unit.",
        ),
    ] = None,
    list_prices: Annotated[
        list[str] | None,
        typer.Option("--set-list", metavar=_SET_LIST, help="A price of a price list."),
    ] = None,
    names: Annotated[
        list[str] | None, typer.Option("--set-name", metavar=_NAME, help="A product's name.")
    ] = None,
    asset_number: Annotated[str | None, typer.Option(metavar="TEXT")] = None,
    clock: Annotated[
        bool, typer.Option("--clock", help="Set the clock to this computer's time.")
    ] = False,
    reset_interval: Annotated[
        bool, typer.Option("--reset-interval", help="Clear the interval counters, for ever.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it. Without this only the preview is shown.")
    ] = False,
    link: Annotated[Link, typer.Option(help="Protocol to speak.")] = Link.AUTO,
    machine: MeantMachine = None,
    wait: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0.1, help="How long to wait for a sign of life."),
    ] = 60.0,
    password: Annotated[
        str | None,
        typer.Option(envvar="CVD_MACHINE_PASSWORD", help="The machine's own, for resets."),
    ] = None,
    identity_segment: Annotated[
        Literal["IC1", "ID1"] | None, typer.Option(help="Default: as the make wants it.")
    ] = None,
    price_segment: Annotated[
        Literal["PC1", "PC7"] | None, typer.Option(help="Default: as the make wants it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write settings to a machine: shows what would change, does it with --yes, and proves it."""
    from cvd_desktop.domain.write_records import Wanted
    from cvd_desktop.services.write_machine import plan_machine_write, write_machine

    wanted = Wanted(
        prices=_pairs(prices, _SET, str),
        list_prices=_pairs(list_prices, _SET_LIST, _place),
        names=_pairs(names, _NAME, str),
        asset_number=asset_number,
        clock=clock,
        interval_reset=reset_interval,
        password=password,
        identity_segment=identity_segment,
        price_segment=price_segment,
    )
    with opened(data_dir) as workplace, cancelled_by_ctrl_c() as cancelled:
        plan = plan_machine_write(
            workplace,
            port,
            wanted,
            link=str(link),
            asset_number=machine,
            max_wait=wait,
            cancelled=cancelled,
        )
        _say_plan(plan, as_json=as_json)
        if not (yes and plan.changes):
            if as_json:
                print_json(_plan_document(plan) | {"written": False})
            elif plan.changes:
                say("Nothing was written. The same command with --yes does it.")
            return
        outcome = write_machine(workplace, port, plan, max_wait=wait, cancelled=cancelled)
    if as_json:
        print_json(_plan_document(plan) | _outcome_document(outcome))
    else:
        _print_outcome(outcome)
    for problem in (outcome.problem, outcome.proof_problem):
        if problem is not None:
            tell(problem)
    if outcome.exit_code is not ExitCode.DONE:
        raise typer.Exit(int(outcome.exit_code))


def _pairs(
    texts: Sequence[str] | None, form: str, key_of: Callable[[str], KeyT]
) -> dict[KeyT, str]:
    """Each text at its last "=": names of selections may hold anything else."""
    found: dict[KeyT, str] = {}
    for text in texts or ():
        left, equals, right = text.rpartition("=")
        key = key_of(left.strip())
        if not equals or not left.strip() or not right.strip():
            raise Problem("write_setting_unreadable", ExitCode.USAGE, text=text, form=form)
        if key in found:
            raise Problem("write_set_twice", ExitCode.USAGE, selection=left.strip())
        found[key] = right.strip()
    return found


def _place(text: str) -> "ListPrice":
    from cvd_shared.dex.configuration_report import ListPrice

    *selection, number = text.split("/")
    device = selection.pop().strip().upper() if len(selection) > 1 else None
    name, number = "/".join(selection).strip(), number.strip()
    if not (name and number.isascii() and number.isdigit() and len(number) <= _LIST_DIGITS):
        raise Problem("write_setting_unreadable", ExitCode.USAGE, text=text, form=_SET_LIST)
    return ListPrice(name, int(number), device or None)


def _say_plan(plan: "WritePlan", *, as_json: bool) -> None:
    from cvd_desktop.services.word_table_write import change_words, value_words, warning_words

    if not as_json:
        print_line(f"Machine {plan.asset_number or 'unknown'}, by {plan.link}")
        print_table(
            ("Change", "Before", "After", ""),
            [
                (
                    change_words(line),
                    value_words(line, line.before, plan.decimals),
                    value_words(line, line.after, plan.decimals),
                    "unchanged" if line.same else "" if line.known else "unknown selection",
                )
                for line in plan.lines
            ],
        )
    for warning in plan.warnings:
        say(warning_words(warning))


def _print_outcome(outcome: "WriteOutcome") -> None:
    from cvd_desktop.services.word_table_write import RESULTS, change_words, value_words

    decimals = outcome.plan.decimals
    print_line("")
    print_line("What the machine says now")
    print_table(
        ("Change", "Before", "Written", "Found", "Result"),
        [
            (
                change_words(line.change),
                value_words(line.change, line.change.before, decimals),
                value_words(line.change, line.change.after, decimals),
                value_words(line.change, line.found, decimals),
                RESULTS[line.result],
            )
            for line in outcome.lines
        ],
    )


def _plan_document(plan: "WritePlan") -> dict[str, object]:
    return {
        "machine": plan.asset_number,
        "link": plan.link,
        "before": plan.before_read_id,
        "changes": [_change_document(line) | {"same": line.same} for line in plan.lines],
        "warnings": [warning.code for warning in plan.warnings],
    }


def _outcome_document(outcome: "WriteOutcome") -> dict[str, object]:
    return {
        "written": outcome.answered,
        "id": outcome.write_id,
        "code": outcome.code,
        "proof": outcome.proof_read_id,
        "results": [
            _change_document(line.change) | {"outcome": line.result, "found": line.found}
            for line in outcome.lines
        ],
    }


def _change_document(change: "PlannedChange") -> dict[str, object]:
    return {
        "what": change.what,
        "selection": change.selection,
        "price_list": change.price_list,
        "device": change.device,
        "before": change.before,
        "after": change.after,
    }
