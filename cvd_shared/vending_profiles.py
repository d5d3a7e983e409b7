"""How different makes of vending machine write their audits: the invented makes of the models.

To add one: 1. a `MachineProfile` below; 2. its name in `MODELS`; the tests then play it through.
The styles are those met in real audits; the names belong to no real maker.
"""

from collections.abc import Mapping
from types import MappingProxyType

from cvd_shared.vending_shapes import MONEY, CabinetPlan, EventKind, MachineProfile, MoneySet

__all__ = ["MODELS", "MONEY", "CabinetPlan", "EventKind", "MachineProfile", "MoneySet"]

_SNACK_GRID = CabinetPlan(rows=6, columns=8, selection="{letter}{shown}", capacity=10)

_ALDER_SNACK = MachineProfile(
    name="snack",
    make="Alder",
    model="ALDER SNACK 48",
    machine_type="snack",
    cabinets=(_SNACK_GRID,),
    communication_id="ALDSNACK48",
    segments=(
        *("ID1", "ID4", "ID5", "CB1", "VA1", "VA2", "VA3", "CA1", "CA2", "CA3", "CA4", "CA7"),
        *("CA8", "CA10", "CA15", "CA17", "BA1", "DA1", "DA2", "DA4", "DA5", "TA2", "PRODUCTS"),
        *("EA1", "EA2", "EA7", "EA3", "SD1", "MA5"),
    ),
    product_segments=("PA1", "PA2", "PA7"),
    texts={
        "ID1": ("{serial}*ALDER SNACK 48**{location}**{asset}*6*0",),
        "ID4": ("{decimals}*1{numeric}*{currency}",),
        "ID5": ("{date}*{time}**NA",),
        "CB1": ("{board}*ALDER SNACK 48*2204-v1.20",),
        "CA1": ("4417PL{serial}*ACM 5-TUBE   *0127",),
        "BA1": ("0221{serial}*ABV 2100    *1330",),
        "DA1": ("5511{serial}*ACR 900     *0001",),
        "SD1": ("****{reset}*{event_reset}",),
        "MA5": ("TEMP*39*6",),
    },
    event_codes={
        EventKind.DOOR_OPEN: "EGS",
        EventKind.DOOR_CLOSED: "EGT",
        EventKind.MOTOR_JAM: "EJB{digits}",
        EventKind.SOLD_OUT: "ELB_{selection}",
        EventKind.COIN_JAM: "EAA",
        EventKind.BILL_JAM: "ENA",
        EventKind.CARD_READER_LOST: "EKM",
        EventKind.TOO_WARM: "EJJ",
    },
    elements={"VA1": 8, "VA2": 4, "CA4": 4, "CA7": 4, "CA10": 2, "CA15": 1, "PA1": 3, "DA5": 8},
    card_list=1,
    auto_reset=True,
    auto_reset_events=True,
    takes=frozenset({"IC1", "IC5", "PC1", "PC7", "SD1"}),
)

_BIRCH_COMBO = MachineProfile(
    name="combo",
    make="Birch",
    model="BIRCH 450",
    machine_type="combined",
    cabinets=(
        CabinetPlan(4, 6, "{row}{shown:02d}", 12, "Snacks", column_step=2),
        CabinetPlan(2, 8, "{row}{shown:02d}", 9, "Cold drinks", first_row=7),
    ),
    communication_id="BRC0000000",
    segments=(
        *("ID1", "ID4", "ID5", "VA1", "VA2", "VA3", "BA1", "CA1", "CA2", "CA3", "CA4", "CA7"),
        *("CA8", "CA9", "CA10", "CA15", "CA17", "CB1", "DA1", "DA2", "DA3", "DA4", "DA5"),
        *("DA10", "DB2", "TA2", "PRODUCTS", "EA1", "EA2", "EA3", "EA4", "EA5", "EA7"),
    ),
    product_segments=("PA1", "PA2", "PA3", "PA4", "PA5", "PA7", "PA8"),
    texts={
        "ID1": ("{serial}*450**{location}*H*{asset}*6*1",),
        "ID4": ("{decimals}*{numeric}*{currency}",),
        "ID5": ("{date}*{time}",),
        "CB1": ("{board}*450*MH7 11.2.3**",),
        "BA1": ("BVA{serial}*ABV 2100    *1260**",),
        "CA1": ("CMA{serial}    *ACM 5-TUBE   *0127**",),
        "DA1": ("CLA{serial}*ACR 900     *0001**",),
    },
    event_codes={
        EventKind.DOOR_OPEN: "EGS_1",
        EventKind.MOTOR_JAM: "EJB_{selection}",
        EventKind.SOLD_OUT: "ELB_{selection}",
        EventKind.LOW_CHANGE: "LOWCHANGE",
        EventKind.COIN_JAM: "EAU_0007",
        EventKind.BILL_JAM: "ENU_05",
        EventKind.CARD_READER_LOST: "EKM",
        EventKind.TOO_WARM: "EC1C",
    },
    card_devices=("DA", "DB"),
    date_format="%Y%m%d",
    time_format="%H%M%S",
    takes=frozenset({"IC1", "IC5", "PC1", "PC7", "LC1", "SD1"}),
    price_step=5,
)

_CEDAR_DRINK = MachineProfile(
    name="drink",
    make="Cedar",
    model="CEDAR CAN 10",
    machine_type="drink",
    cabinets=(CabinetPlan(1, 10, "{shown}", 40),),
    communication_id="6140030000",
    segments=(
        *("ID1", "ID4", "VA1", "VA2", "VA3", "CA1", "BA1", "DA1", "CA2", "CA3", "CA4", "CA9"),
        *("CA17", "DA2", "TA2", "PRODUCTS", "LA1", "EA2", "EA3", "EA7", "MA5", "SD1"),
    ),
    product_segments=("PA1", "PA2", "PA5"),
    texts={
        "ID1": ("{serial}*CEDAR CAN 10-3*3*{location}**{asset}",),
        "ID4": ("{decimals}*1{numeric}",),
        "CA1": ("****",),
        "BA1": ("BVA{serial}*ABV 2100    *1190**",),
        "DA1": ("CLA{serial}*ACR 900     *1**",),
        "MA5": ("ERROR*RE ", "BAUD*9600", "SWITCH*UNLOCK*1,2,4**"),
        "SD1": ("000000000000",),
    },
    event_codes={EventKind.DOOR_OPEN: "DO", EventKind.MOTOR_JAM: "CJ", EventKind.TOO_WARM: "CS"},
    version="V1/1",
    elements={"VA1": 4, "VA2": 4, "CA3": 8, "CA4": 4, "PA1": 2, "PA2": 4, "EA3": 3},
    zero_padded=True,
    loop="0100",
    price_lists=(2,),
    card_list=2,
    takes=frozenset({"ID1", "PC1", "LC1", "SD1"}),
    checks_g85=False,
    price_step=5,
    price_limit=9995,
    name_length=0,
    asset_length=10,
)

_DOGWOOD_SNACK = MachineProfile(
    name="spiral",
    make="Dogwood",
    model="DOGWOOD G5",
    machine_type="snack",
    cabinets=(CabinetPlan(5, 5, "0{row}{shown}", 10, first_column=0, column_step=2),),
    communication_id="DGW4210000",
    segments=(
        *("ID1", "ID4", "CB1", "VA1", "VA2", "VA3", "CA1", "CA2", "CA3", "CA4", "CA8", "CA9"),
        *("CA10", "CA15", "DA1", "DA2", "DA4", "TA2", "PRODUCTS", "EA2", "EA3", "EA7", "SD1"),
    ),
    product_segments=("PA1", "PA2", "PA3", "PA4", "PA5"),
    texts={
        "ID1": ("{serial}*G5          *9660*{location}**{asset}",),
        "ID4": ("{decimals}*1{numeric}*{currency}",),
        "CB1": ("{board}*G5          *9660",),
        "CA1": ("CMA{serial}   *ACM 5       ***",),
        "DA1": ("CLA{serial}*ACR 900     *0001",),
        "SD1": ("000000",),
    },
    event_codes={
        EventKind.DOOR_OPEN: "EGS",
        EventKind.MOTOR_JAM: "EJB",
        EventKind.SOLD_OUT: "ELB",
        EventKind.COIN_JAM: "EAA",
        EventKind.BILL_JAM: "ENA",
        EventKind.CARD_READER_LOST: "EKA",
    },
    elements={"VA1": 8, "VA2": 4, "CA4": 4, "CA10": 2},
    date_format="%Y%m%d",
    time_format="%H%M%S",
    takes=frozenset({"IC1", "PC1", "SD1"}),
    checks_g85=False,
    needs_open_door=True,
    name_length=12,
)

_DOGWOOD_COFFEE = MachineProfile(
    name="coffee",
    make="Dogwood",
    model="DOGWOOD CAFE",
    machine_type="coffee",
    cabinets=(CabinetPlan(3, 4, "{row}{shown}", 100, "Hot drinks"),),
    communication_id="DGC1190000",
    segments=(
        *("ID1", "ID4", "ID5", "CB1", "VA1", "VA2", "VA3", "CA1", "CA15", "CA17", "BA1"),
        *("CA2", "CA3", "CA4", "CA8", "CA10", "DA1", "DA2", "DA3", "DA4", "DA5", "TA2"),
        *("EA1", "EA2", "EA7", "EA3", "PRODUCTS", "LA1", "SD1"),
    ),
    product_segments=("PA1", "PA2", "PA3", "PA4", "PA7"),
    texts={
        "ID1": ("{serial}*DOGWOOD CAFE**{location}**{asset}*6*2",),
        "ID4": ("{decimals}*1{numeric}*{currency}",),
        "ID5": ("{date}*{time}",),
        "CB1": ("{board}*PCB 8610*DGCAA014",),
        "CA1": ("CMA{serial}   *ACM 6-TUBE  *0021",),
        "BA1": ("BVA{serial}       *ABV 1100____*0037",),
        "DA1": ("CLA{serial}*ACR BOX +   *2012",),
        "SD1": ("****{reset}*{event_reset}",),
    },
    event_codes={
        EventKind.DOOR_OPEN: "EGS",
        EventKind.MOTOR_JAM: "EDI_{digits}",
        EventKind.SOLD_OUT: "ELB_{selection}",
        EventKind.COIN_JAM: "EAA",
        EventKind.NO_WATER: "EFL",
        EventKind.TOO_WARM: "EFN",
    },
    elements={"VA2": 4, "CA4": 4, "CA10": 2, "CA15": 1, "EA2": 5},
    bill_unit=1,
    price_lists=(0, 1),
    card_list=1,
    auto_reset_events=True,
    date_format="%Y%m%d",
    time_format="%H%M%S",
    start_speed=9600,
    fixed_speed=True,
    maker_lists=(100,),
    takes=frozenset({"IC1", "IC5", "PC7", "LC1", "SD1"}),
)

_ELM_ESPRESSO = MachineProfile(
    name="espresso",
    make="Elm",
    model="ELM BREWA 12",
    machine_type="coffee",
    cabinets=(CabinetPlan(1, 12, "{shown}", 150, "Hot drinks"),),
    communication_id="ELM0000000",
    segments=(
        *("ID1", "ID4", "ID5", "CB1", "VA1", "VA2", "VA3", "CA1", "CA2", "CA3", "CA4", "CA7"),
        *("CA8", "CA10", "CA15", "DA1", "DA2", "DA4", "DA5", "TA2", "EA1", "EA2", "EA7", "EA3"),
        *("PRODUCTS", "LA1", "SD1"),
    ),
    product_segments=("PA1", "PA2", "PA3", "PA4"),
    texts={
        "ID1": ("ELM{serial}*ELM BREWA     ****{asset}",),
        "ID4": ("{decimals}*1{numeric}*{currency}",),
        "ID5": ("{date}*{time}",),
        "CB1": ("{board}**1.6    ",),
        "CA1": ("CMA{serial}*ACM 4-TUBE*12",),
        "DA1": ("KEY{serial}*ELM KEY*3",),
        "SD1": ("****{reset}*{event_reset}",),
    },
    event_codes={
        EventKind.DOOR_OPEN: "EGS",
        EventKind.MOTOR_JAM: "EBD",
        EventKind.SOLD_OUT: "ELB_{digits}",
        EventKind.COIN_JAM: "EAA",
        EventKind.NO_WATER: "EFL_1",
    },
    elements={"VA2": 4, "CA4": 4, "CA7": 2, "CA10": 2, "CA15": 1, "EA2": 5, "EA3": 7, "PA2": 8},
    bill_unit=1,
    price_lists=(0, 1),
    card_list=1,
    date_format="%y%m%d",
    time_format="%H%M%S",
    frame="none",
    links=("ddcmp",),
    takes=frozenset({"ID1", "IC5", "PC1", "LC1", "SD1"}),
    checks_g85=False,
    needs_open_door=True,
    price_step=5,
    name_length=16,
    asset_length=8,
)

_FIR_KIOSK = MachineProfile(
    name="kiosk",
    make="Fir",
    model="FIR KIOSK 30",
    machine_type="snack",
    cabinets=(CabinetPlan(5, 6, "{row}{shown}", 8),),
    communication_id="FIR ",
    segments=(
        *("ID1", "ID4", "ID5", "CB1", "VA1", "VA2", "VA3", "CA1", "CA2", "CA3", "CA4", "CA8"),
        *("CA10", "CA15", "BA1", "DA1", "DA2", "DA4", "DA5", "TA2", "PRODUCTS", "EA2", "EA3"),
        *("EA7", "MR5"),
    ),
    product_segments=("PA1", "PA2", "PA3", "PA7"),
    texts={
        "ID1": ("{serial}*FIR KIOSK 30*104*{location}**{asset}",),
        "ID4": ("{decimals}*1{numeric}*{currency}",),
        "ID5": ("{date}*{time}",),
        "CB1": ("{board}*FIR CPU*104",),
        "CA1": ("CMA{serial}*ACM 5-TUBE*127",),
        "BA1": ("BVA{serial}*ABV 2100*1260",),
        "DA1": ("{serial}*FIR PAY*21",),
        "MR5": ("0*1",),
    },
    event_codes={
        EventKind.DOOR_OPEN: "12 DOOR IS OPEN",
        EventKind.MOTOR_JAM: "31 MOTOR {selection}",
        EventKind.SOLD_OUT: "40 EMPTY {selection}",
        EventKind.BILL_JAM: "52 BILL ACCEPTOR",
    },
    version="1",
    elements={"VA2": 4, "CA4": 4, "CA10": 2, "CA15": 1},
    bill_unit=1,
    date_format="%Y%m%d",
    time_format="%H%M%S",
    frame="header",
    links=("ddcmp",),
    fixed_speed=True,
    maker_lists=(100, 101),
    takes=frozenset({"IC1", "IC5", "PC1"}),
    checks_g85=False,
    price_limit=99_900,
)

_GORSE_BARISTA = MachineProfile(
    name="barista",
    make="Gorse",
    model="GORSE TABLE 9",
    machine_type="coffee",
    cabinets=(CabinetPlan(1, 9, "{shown}", 120, "Hot drinks"),),
    communication_id="GRS7654321",
    segments=(
        *("ID1", "ID4", "ID5", "CB1", "VA1", "VA2", "VA3", "CA1", "CA2", "CA3", "CA4", "CA7"),
        *("CA8", "CA9", "CA10", "TA2", "DA1", "DA2", "DA4", "DA5", "DA10", "CA15", "CA17"),
        *("PRODUCTS", "EA1", "EA2", "EA7", "EA3", "EA4"),
    ),
    product_segments=("PA1", "PA2", "PA3", "PA4", "PA7", "PA8"),
    texts={
        "ID1": ("GRS{serial}*GORSE TABLE 9*1*{location}*MDB*{asset}",),
        "ID4": ("{decimals}*1{numeric}",),
        "ID5": ("{date}*{time}",),
        "CB1": ("GRS{board}*GORSE TABLE 9*TP012100*GPU",),
        "CA1": ("CMA{serial}*ACM 4-TUBE*1003",),
        "DA1": ("CLA{serial}*ACR BOX*0100",),
    },
    event_codes={
        EventKind.DOOR_OPEN: "EGS",
        EventKind.MOTOR_JAM: "EDI_{digits}",
        EventKind.SOLD_OUT: "ELB_{selection}",
        EventKind.LOW_CHANGE: "EAJ",
        EventKind.COIN_JAM: "EAA",
        EventKind.NO_WATER: "EFL",
    },
    elements={"VA2": 4, "CA3": 10, "CA4": 4, "CA7": 2},
    bill_unit=1,
    card_list=1,
    frame="miscounted",
    links=("ddcmp", "dexucs"),
    start_speed=9600,
    takes=frozenset({"ID1", "PC7", "SD1"}),
    price_step=10,
)

MODELS: Mapping[str, MachineProfile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            _ALDER_SNACK,
            _BIRCH_COMBO,
            _CEDAR_DRINK,
            _DOGWOOD_SNACK,
            _DOGWOOD_COFFEE,
            _ELM_ESPRESSO,
            _FIR_KIOSK,
            _GORSE_BARISTA,
        )
    }
)
"""Every model by its name, as `cvd vm run --model NAME` takes it."""
