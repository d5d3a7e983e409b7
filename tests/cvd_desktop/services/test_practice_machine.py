"""A practice machine is one of the models, or a machine of the sample operator as it stands."""

from datetime import UTC, datetime

import pytest

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.practice_machine import practice_model
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.sample_operator import sample_operator
from cvd_shared.vending_profiles import MODELS

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def reading(raw: bytes) -> MachineReading:
    return make_reading(read_dex(raw).reports[0])


def sold(of: MachineReading) -> dict[str, int]:
    return {each.selection: each.meters.sold_since_init or 0 for each in of.selections}


@pytest.mark.parametrize("model", MODELS)
def test_every_model_can_be_practised_with(model: str) -> None:
    machine = practice_model(model, lambda: NOW)
    first = reading(machine.report(None) or b"")
    machine.taken(NOW, None)
    second = reading(machine.report(None) or b"")
    assert first.complete
    assert sum(sold(second).values()) > sum(sold(first).values())


def test_a_machine_of_the_sample_goes_on_where_its_last_read_stopped() -> None:
    sample = sample_operator(NOW.astimezone().date())
    for record in sample.machines[:3]:
        last = [read.raw for read in sample.reads if read.machine_id == record.id][-1]
        before = sold(reading(last))
        machine = reading(practice_model(record.asset_number, lambda: NOW).report(None) or b"")
        assert machine.identity.asset_number == record.asset_number
        assert machine.identity.serial_number == record.serial_number
        assert all(units >= before[selection] for selection, units in sold(machine).items())


def test_any_other_name_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(Problem) as told:
        practice_model("99999", lambda: NOW)
    assert (told.value.code, told.value.exit_code) == ("model_unknown", ExitCode.USAGE)
    assert "snack" in str(told.value.values["known"])
