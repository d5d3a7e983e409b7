"""A small whole EVA-DTS report with the figures that a test asks for."""

from cvd_shared.dex.dex_writer import envelope


def simple_report(
    sold: dict[str, int],
    *,
    asset_number: str = "A-1",
    serial_number: str = "S100",
    price: int = 125,
    filler: int = 0,
) -> bytes:
    """`sold`: selection -> units since initialisation. `filler` more segments make it longer."""
    units = sum(sold.values())
    return envelope(
        [
            f"ID1*{serial_number}*MODEL X****{asset_number}",
            "ID4*2*1840*USD",
            f"VA1*{units * price}*{units}*0*0",
            *(
                segment
                for name, count in sold.items()
                for segment in (f"PA1*{name}*{price}*", f"PA2*{count}*{count * price}*0*0")
            ),
            *(f"MA5*FILLER{number}*{'x' * 20}" for number in range(filler)),
        ],
        "CVDTEST001",
    )
