"""`cvd ports`: serial ports, the loop-back test of a cable, the profiles of adapters."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cvd_desktop.cli.command_line import print_json, print_line, print_table, say
from cvd_desktop.cli.interrupt import cancelled_by_ctrl_c
from cvd_desktop.cli.options import AsJson, DataDir, PortName
from cvd_desktop.domain.problem import ExitCode

if TYPE_CHECKING:
    from cvd_desktop.devices.loop_back import LoopBackResult

_EXIT_CODES = {
    "right": ExitCode.DONE,
    "silent": ExitCode.NO_ANSWER,
    "damaged": ExitCode.BROKEN_OFF,
    "other": ExitCode.REFUSED,
    "cancelled": ExitCode.BROKEN_OFF,
}


class LevelWord(StrEnum):
    ON = "on"
    OFF = "off"
    LEAVE = "leave"


class LinkWord(StrEnum):
    AUTO = "auto"
    DEXUCS = "dexucs"
    DDCMP = "ddcmp"


def add_to(app: typer.Typer) -> None:
    ports_app = typer.Typer(
        help="Serial ports, with what is known of the adapter.", invoke_without_command=True
    )
    ports_app.callback()(ports)
    ports_app.command("test")(ports_test)
    profiles_app = typer.Typer(help="Adapter profiles.", invoke_without_command=True)
    profiles_app.callback()(profiles)
    profiles_app.command("export")(profiles_export)
    profiles_app.command("import")(profiles_import)
    profiles_app.command("set")(profiles_set)
    profiles_app.command("remove")(profiles_remove)
    ports_app.add_typer(profiles_app, name="profiles")
    app.add_typer(ports_app, name="ports")


def ports(context: typer.Context, data_dir: DataDir, as_json: AsJson = False) -> None:
    """Serial ports, with what is known of the adapter."""
    if context.invoked_subcommand is not None:
        return
    from cvd_desktop.services.adapters import profile_for
    from cvd_desktop.services.ports import list_ports

    found = [(each, profile_for(data_dir, each).name) for each in list_ports(data_dir)]
    if as_json:
        print_json(
            {
                "ports": [
                    {
                        "device": each.device,
                        "description": each.description,
                        "adapter": each.adapter,
                        "vid": each.vid,
                        "pid": each.pid,
                        "serial_number": each.serial_number,
                        "likely": each.likely,
                        "profile": profile,
                    }
                    for each, profile in found
                ]
            }
        )
    elif found:
        print_table(
            ("Port", "Adapter", "Description", "Profile", ""),
            [
                (
                    each.device,
                    each.adapter or "unknown",
                    each.description,
                    profile,
                    "likely" if each.likely else "",
                )
                for each, profile in found
            ],
        )
    else:
        say("No serial port was found. Plug the adapter in and try again.")


def ports_test(
    data_dir: DataDir,
    port: PortName,
    seconds: Annotated[
        float, typer.Option(metavar="SECONDS", min=2.0, max=120.0, help="The limit of it all.")
    ] = 8.0,
    as_json: AsJson = False,
) -> None:
    """Test a cable whose two wires a jumper joins: what is sent must come back."""
    from cvd_desktop.services.adapters import loop_back_finding, test_loop_back
    from cvd_desktop.services.words import words

    with cancelled_by_ctrl_c() as cancelled:
        result = test_loop_back(data_dir, port, seconds=seconds, cancelled=cancelled)
    if as_json:
        print_json(_result_json(port, result))
    elif result.speeds:
        print_table(
            ("Speed", "Sent", "Right"),
            [(str(one.baud_rate), str(one.sent), str(one.right)) for one in result.speeds],
        )
    said = words(*loop_back_finding(result))
    for sentence in (said.what, said.safe, said.do):
        if sentence:
            say(sentence)
    code = _EXIT_CODES[result.verdict]
    if code:
        raise typer.Exit(int(code))


def profiles(context: typer.Context, data_dir: DataDir, as_json: AsJson = False) -> None:
    """Adapter profiles: your own first, then the built-in ones."""
    if context.invoked_subcommand is not None:
        return
    from cvd_desktop.services.adapters import list_profiles
    from cvd_desktop.services.profile_file import document_of

    found = list_profiles(data_dir)
    if as_json:
        print_json({"profiles": [{**document_of(one), "built_in": one.built_in} for one in found]})
        return
    print_table(
        ("Name", "For", "DTR", "RTS", "Echo", "Link", "Start", "Slack", ""),
        [
            (
                one.name,
                _key_of(document_of(one)),
                str(one.dtr),
                str(one.rts),
                "yes" if one.echo else "no",
                str(one.link),
                str(one.start_speed),
                f"{one.answer_slack_ms}/{one.gap_slack_ms} ms",
                "" if one.built_in else "yours",
            )
            for one in found
        ],
    )


def profiles_export(
    file: Annotated[Path, typer.Argument(metavar="FILE")], data_dir: DataDir
) -> None:
    """Write your own profiles into a file that another laptop can import."""
    from cvd_desktop.services.adapters import export_profiles

    count = export_profiles(data_dir, file)
    say(f"{count} profiles were written to {file}.")


def profiles_import(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    data_dir: DataDir,
    as_json: AsJson = False,
) -> None:
    """Take the profiles of a file; one of the same name is replaced."""
    from cvd_desktop.services.adapters import import_profiles

    done = import_profiles(data_dir, file)
    found = {"added": done.added, "changed": done.changed, "same": done.same}
    if as_json:
        print_json({what: list(names) for what, names in found.items()})
        return
    for what, names in found.items():
        for name in names:
            print_line(f"{what}: {name}")


def profiles_set(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    data_dir: DataDir,
    like: Annotated[
        str | None, typer.Option(metavar="NAME", help="Begin with a copy of this profile.")
    ] = None,
    port: Annotated[
        str | None,
        typer.Option(metavar="PORT", help="For the adapter that is plugged in here now."),
    ] = None,
    vid: Annotated[str | None, typer.Option(metavar="HEX", help="USB vendor.")] = None,
    pid: Annotated[str | None, typer.Option(metavar="HEX", help="USB product.")] = None,
    serial_number: Annotated[str | None, typer.Option(metavar="TEXT")] = None,
    device: Annotated[
        str | None,
        typer.Option(metavar="PORT", help="For this port or address, whatever is plugged in."),
    ] = None,
    dtr: Annotated[LevelWord | None, typer.Option()] = None,
    rts: Annotated[LevelWord | None, typer.Option()] = None,
    echo: Annotated[
        bool | None, typer.Option("--echo/--no-echo", help="What is sent comes back.")
    ] = None,
    link: Annotated[LinkWord | None, typer.Option()] = None,
    start_speed: Annotated[int | None, typer.Option(metavar="N")] = None,
    top_speed: Annotated[int | None, typer.Option(metavar="N")] = None,
    answer_slack: Annotated[int | None, typer.Option(metavar="MS")] = None,
    gap_slack: Annotated[int | None, typer.Option(metavar="MS")] = None,
    turnaround: Annotated[int | None, typer.Option(metavar="MS")] = None,
    high_impedance: Annotated[
        bool | None, typer.Option("--high-impedance/--no-high-impedance")
    ] = None,
    note: Annotated[str | None, typer.Option(metavar="TEXT")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a profile of your own, or change one; what is not given stays as it is."""
    from cvd_desktop.services.adapters import change_profile
    from cvd_desktop.services.profile_file import document_of

    given: dict[str, Any] = {
        "vid": vid,
        "pid": pid,
        "serial_number": serial_number,
        "device": device,
        "dtr": dtr,
        "rts": rts,
        "echo": echo,
        "link": link,
        "start_speed": start_speed,
        "top_speed": top_speed,
        "answer_slack_ms": answer_slack,
        "gap_slack_ms": gap_slack,
        "turnaround_ms": turnaround,
        "high_impedance": high_impedance,
        "note": note,
    }
    changed = {key: value for key, value in given.items() if value is not None}
    saved = change_profile(data_dir, name, changed, like=like, port=port)
    if as_json:
        print_json(document_of(saved))
    else:
        say(f"{name} is for {_key_of(document_of(saved)) or 'no adapter: give --port or --vid'}.")


def profiles_remove(
    name: Annotated[str, typer.Argument(metavar="NAME")], data_dir: DataDir
) -> None:
    """Forget a profile of your own."""
    from cvd_desktop.services.adapters import remove_profile

    remove_profile(data_dir, name)
    say(f"{name} was removed.")


def _key_of(document: dict[str, object]) -> str:
    """What a profile is for, as one text: its USB ids, its serial number, its device."""
    usb = ":".join(str(document[key]) for key in ("vid", "pid") if key in document)
    rest = [str(document[key]) for key in ("serial_number", "device") if key in document]
    return " ".join((usb, *rest)).strip()


def _result_json(port: str, result: "LoopBackResult") -> dict[str, object]:
    trip = result.round_trip_ms
    return {
        "port": port,
        "verdict": str(result.verdict),
        "sent": result.sent,
        "right": result.right,
        "round_trip_ms": None if trip is None else round(trip, 3),
        "heard": result.heard.hex(),
        "speeds": [
            {"baud_rate": one.baud_rate, "sent": one.sent, "right": one.right}
            for one in result.speeds
        ],
    }
