"""What is shipped beside the program agrees with the program."""

import configparser
import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cvd_desktop.devices.port_finder import ADAPTERS

ROOT = Path(__file__).parents[2]
LINUX = ROOT / "packaging" / "linux"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PROGRAMS: dict[str, str] = {**PROJECT["scripts"], **PROJECT["gui-scripts"]}


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_bundle_starts_the_same_functions_as_an_installation(program: str) -> None:
    module, function = PROGRAMS[program].split(":")
    script = (ROOT / "packaging" / "entry_points" / f"{program}.py").read_text("utf-8")
    assert f"from {module} import {function}\n" in script
    assert re.search(rf"^    {function}\(\)$", script, re.MULTILINE)


def test_every_program_is_in_the_bundle() -> None:
    spec = (ROOT / "build.spec").read_text("utf-8")
    (listed,) = re.findall(r"^programs = \((.*)\)$", spec, re.MULTILINE)
    assert set(re.findall(r'"(.+?)"', listed)) == set(PROGRAMS)


def test_the_bundle_leaves_out_nothing_that_is_imported() -> None:
    spec = (ROOT / "build.spec").read_text("utf-8")
    (listed,) = re.findall(r"^excluded_modules = \[\n(.*?)^\]", spec, re.MULTILINE | re.DOTALL)
    left_out = set(re.findall(r'"([\w.]+)"', listed))
    imported = {
        name
        for package in ("cvd_shared", "cvd_desktop", "cvd_server")
        for path in (ROOT / package).rglob("*.py")
        for name in re.findall(
            r"^ *(?:from|import) ([\w.]+)", path.read_text("utf-8"), re.MULTILINE
        )
    }
    assert left_out
    assert not {
        name for name in imported if any(f"{name}.".startswith(f"{out}.") for out in left_out)
    }


def test_the_desktop_entry_names_a_program_and_an_icon_of_ours() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(LINUX / "cvd-desktop.desktop", "utf-8")
    facts = entry["Desktop Entry"]
    assert facts["Exec"] in PROGRAMS
    assert (LINUX / f"{facts['Icon']}.svg").is_file()
    for key in ("Categories", "Keywords"):
        assert facts[key].endswith(";")


def test_the_icon_is_a_square_drawing() -> None:
    icon = ElementTree.parse(LINUX / "cvd-desktop.svg").getroot()
    _, _, width, height = icon.attrib["viewBox"].split()
    assert width == height


def test_the_rules_for_adapters_act_before_the_seat_is_settled() -> None:
    (rules,) = LINUX.glob("*.rules")
    assert int(rules.name.split("-")[0]) < 73
    text = rules.read_text("utf-8")
    assert 'TAG+="uaccess"' in text
    assert set(re.findall(r'GOTO="(\w+)"', text)) == set(re.findall(r'LABEL="(\w+)"', text))
    vendors = re.findall(r'ATTRS\{idVendor\}=="(\w+)"', text)
    assert sorted(vendors) == sorted({f"{vendor:04x}" for vendor, _ in ADAPTERS})
