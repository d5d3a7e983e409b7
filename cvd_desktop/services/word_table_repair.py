"""The repair guide in words: one page for each group of event codes, as a technician works it off.

To add a group: a line in `PAGES` under its first letters; a test names a group of
cvd_shared/dex/events.json without a page. What one code means and who acts on it is in
word_table_events.py; a page is about the part of the machine that the codes of a group share.
"""

from typing import NamedTuple


class Page(NamedTuple):
    """One page. `safety` comes before the first check; `parts` as people call them."""

    title: str
    means: str
    checks: tuple[str, ...]
    parts: tuple[str, ...]
    safety: str = ""


_MAINS = "Pull the mains plug before you open a cover behind which the mains or a motor is."
_HOT = "Let it cool down and take the pressure off before you open it: water and steam burn."
_PRESSURE = "Close the CO2 bottle and let the pressure out before you loosen a pipe. Air the room."
_COLD = "Refrigerant: only with the certificate for it. Pull the mains plug before you touch fans."
_CASH = "Write down what you take out or put in: every coin and bill is somebody's figure."

MAKERS_OWN = Page(
    "The maker's own code",
    "The standard does not name this code. Only the maker's manual says what it means.",
    (
        "Look the code up in the machine's manual, in the list of errors or events.",
        "Read the machine's own error list in its service menu and compare the two.",
        "Read the machine again: a code that does not come back was of one moment.",
        "Tell the office what the code means, so that the next person knows it.",
    ),
    (),
)

PAGES: dict[str, Page] = {
    "EA": Page(
        "Coin mechanism",
        "Coins are not taken, not sorted, not paid out, or the mechanism does not talk to the "
        "controller.",
        (
            "Put in one coin of each kind: does it fall, is it credited, is it paid back?",
            ("Open the validator: take out coins, stickers and dirt; clean the windows with a dry "
            "cloth."),
            ("Look into the separator and below the tubes for a coin on edge; free the return "
            "chute and the way to the cash box."),
            ("Fill the tubes to at least five coins each and let the service menu pay out one of "
            "each."),
            "Push the MDB plug in; look for bent pins; restart the machine and read it again.",
            "Measure 24 to 34 V on the MDB supply. Too low: the supply, not the mechanism.",
            "Change the mechanism for a good one. If the event is gone, it was the mechanism.",
        ),
        ("Coin mechanism", "MDB cable", "Coin tube cassette", "Return lever spring"),
        _CASH,
    ),
    "EB": Page(
        "Cup system",
        "No cup comes, more than one comes, or the machine does not see the cup.",
        (
            "Are cups in every tube, of the right size, dry and not squeezed?",
            ("Drop one cup from the service menu and watch: stack, ring, arm, place below the "
            "spout."),
            "Take out stuck cups; clean the cup ring and the sensor's windows.",
            "Turn the carousel by hand with the mains off: it must turn freely and lock.",
            "Check switches and sensors in the input test of the service menu.",
            "Drop ten cups in a row. One fault in ten: replace the ring or the drop motor.",
        ),
        ("Cup ring", "Cup sensor", "Cup drop motor", "Carousel motor", "Micro-switch"),
        _MAINS,
    ),
    "EC": Page(
        "Control system",
        "A board, its supply, a switch, a fuse or the wiring between them.",
        (
            ("Note which lamps of the board are lit, and what the display says, before you change "
            "anything."),
            "Measure the mains, then every supply of the board under load; compare with the label.",
            ("Fuses: find out why one blew before you put in the next; the same value, never a "
            "higher one."),
            "Plugs and harness: pull, look, push; move the harness while you watch the fault.",
            "Door switch: open and close the door and watch the input in the service menu.",
            "Read the machine and keep the file before you change a board: its meters go with it.",
            "Change the board last. Set clock, prices and asset number, then read again.",
        ),
        ("Fuse set", "Door switch", "Backup battery", "Power supply", "Control board", "Harness"),
        _MAINS,
    ),
    "ED": Page(
        "Hot drinks",
        "Powder, water or heat do not come as they should: canister, spiral, whipper, boiler.",
        (
            "Is there powder in every canister, loose and dry? Is the outlet open?",
            "Let each motor run from the service menu: canister, whipper, doser, grinder.",
            "Take out whipper chamber and bowls, wash them, put in the seal and turn it shut.",
            "Compare the temperature of the display with a thermometer in the cup.",
            "Level: does the boiler fill and stop? Clean the probes; descale where they are white.",
            ("High-temperature cut-out: find the reason (no water, scale, thermostat) and only "
            "then reset it."),
            "Do three test vends of each kind of drink and weigh one throw of each ingredient.",
        ),
        ("Whipper motor", "Whipper seal", "Canister spiral", "Heating element", "Thermostat",
         "Level probe", "Descaler"),
        _HOT,
    ),
    "EE": Page(
        "Brewer and espresso unit",
        "The brewer does not move, does not seal or does not filter.",
        (
            "Take the brewer out, rinse it, and look at filter, piston seal and chamber.",
            ("Move it by hand through its whole way: it must go without a jerk and stop at its "
            "switch."),
            "Filter paper: is there some, does it lie straight, does the roller pull it?",
            "Grease the seals with food grease; replace a seal that is flat or cracked.",
            "Let the motor run from the service menu; listen for a gear that slips.",
            "Brew three times: time within the maker's limits, a dry cake, no water in the bin.",
        ),
        ("Piston seal set", "Filter", "Brewer motor", "Brewer switch", "Food grease"),
        _HOT,
    ),
    "EF": Page(
        "Water system",
        "No water, too little water, water where none should be, or water that is not good.",
        (
            ("Leak: close the tap first. Dry everything, open the tap a little and watch each "
            "joint."),
            "No water: tap open? Hose bent? Tank full? Filter due? Take the filter out and try.",
            "Inlet valve: does it click and pass water from the service menu? Clean its sieve.",
            "Float and probes: move the float by hand and watch the input of the service menu.",
            "Pump: does it run, and does it lift? Let the air out.",
            "Flush two litres, then do a test vend. Write the filter's date on it.",
        ),
        ("Water filter", "Inlet valve", "Hose and joints", "Pump", "Float switch", "Probe"),
        "Mains and water are close together here: pull the mains plug before you dry a leak.",
    ),
    "EG": Page(
        "Cabinet and door",
        "Door, lock, lamps, trays: what a customer sees and touches.",
        (
            "Close and lock the door: does the bolt reach, does the door switch change?",
            "Look at hinges, glass, trim and keypad for damage; photograph what is broken.",
            "Vend door or flap: does it move freely, does its magnet let go after a vend?",
            "Lamps: tube or strip, then its supply, then the plug.",
            "Empty and clean drip tray and waste container; check that their float works.",
            "Extraction: is the duct free, does the fan turn?",
        ),
        ("Lock and keys", "Door switch", "Lamp or LED strip", "Flap magnet", "Hinge", "Drip tray"),
    ),
    "EH": Page(
        "Cold drinks",
        "Syrup, CO2, cold water or the carbonator do not come as they should.",
        (
            "CO2: is the bottle open, how much is in it, does the regulator keep its pressure?",
            "Listen and use leak spray at every joint of the gas side.",
            "Syrup: is there some, is the pipe full, does the pump run, is the valve clean?",
            "Bath: is there ice, does the agitator turn, is the level right?",
            "Carbonator: does it fill and stop? Clean its probes.",
            "Pour three drinks; measure temperature, and syrup against water with a cup.",
        ),
        ("CO2 bottle", "Regulator", "Syrup valve", "Seal ring set", "Carbonator pump",
         "Level probe"),
        _PRESSURE,
    ),
    "EI": Page(
        "Communications",
        "The telemetry box does not reach its server, or does not hear the machine.",
        (
            "Lamps of the box: supply, machine, network. Note which one is missing.",
            ("No machine: push in the DEX or MDB plug; read the machine with this laptop on the "
            "same jack."),
            "No network: look at the antenna and its plug; measure the signal at the place.",
            "Weak signal: put the antenna higher, outside the metal, away from the compressor.",
            "SIM and contract: let the office check them before you change the box.",
            "Restart the box and wait ten minutes; ask the office whether it was heard.",
        ),
        ("Antenna", "Telemetry box", "DEX cable", "SIM card", "Battery of the box"),
    ),
    "EJ": Page(
        "Snacks, cans and bottles",
        "A product does not come out: motor, spiral, tray, lift, drop sensor, or it was too warm.",
        (
            "Which selection? The digits behind the code are often the motor (row and column).",
            ("Look: is a product across, does the spiral end upright, does the tray sit in its "
            "click?"),
            "Do a test vend of the selection, then of its neighbour: motor, or its row?",
            ("Motor: swap it with a good one. If the fault moves along, it is the motor; if it "
            "stays, harness or board."),
            ("Drop sensor: clean the windows, look for one that points elsewhere, drop a coin "
            "through."),
            "Lift: does it reach top and bottom? Look for a product below it.",
            ("Too warm: measure in the product, free the air slots, then go on with Refrigeration. "
            "Chilled food that was too warm goes out."),
        ),
        ("Vend motor", "Spiral", "Tray harness", "Drop sensor", "Lift belt", "Fan"),
        _MAINS,
    ),
    "EK": Page(
        "Cashless reader 1",
        "The card reader does not read, does not talk to the machine or not to its bank.",
        (
            "Try a card: does it beep, what does its display say, is the vend offered?",
            "Clean the slot with a cleaning card; look for coins and foil in it.",
            "Push the MDB plug in, with the machine off; look for bent pins.",
            "Network: does the reader show a signal? Antenna plugged in and outside the metal?",
            "Restart the machine. Wait until the reader says that it is ready.",
            "Settings and certificates: the office asks the provider with the reader's number.",
            "Change the reader: let the provider bind the new number before you leave.",
        ),
        ("Card reader", "MDB cable", "Antenna", "Cleaning card", "Security module"),
    ),
    "EK2": Page(
        "Cashless reader 2",
        "The second card reader does not read, does not talk to the machine or not to its bank.",
        (
            ("Which one is the second? The one with MDB address 60h. Cover the other and try a "
            "card."),
            "Does the first reader work? Then supply and MDB of the machine are right.",
            "Clean the slot; push its plug in with the machine off; look for bent pins.",
            "Unplug the first reader and restart: two readers with one address hide each other.",
            "Settings and certificates: the office asks the provider with the reader's number.",
        ),
        ("Card reader", "MDB cable", "MDB Y cable", "Antenna"),
    ),
    "EL": Page(
        "Product",
        "The machine says that a product did not come, is low or sold out too early.",
        (
            "Compare what is in the slot with what this laptop says: sold out, or stuck?",
            "Do a test vend of the selection and watch the product all the way.",
            "Not delivered but paid: look for products in the delivery tray and behind the flap.",
            "Sold out with stock in it: clean and turn the sold-out switch, load to the front.",
            "Water or syrup out of range: weigh one throw and set the time in the service menu.",
        ),
        ("Sold-out switch", "Spiral", "Drop sensor"),
    ),
    "EM": Page(
        "Microwave",
        "The oven does not heat, or its check was made.",
        (
            "Take it out of use until it was measured; say so on the door.",
            "Does the door close and its switches change, all of them?",
            "Look at the door's seal and the cover of the wave guide: no hole, no burn.",
            "Heat 250 ml of water for a minute: warmer by 25 degrees or more?",
            "Measure the leak at the door with the meter; write the figure into the ticket.",
        ),
        ("Door switch", "Door seal", "Fuse", "Magnetron"),
        "High voltage stays in the capacitor after the plug is pulled: only with the training for "
        "it.",
    ),
    "EN": Page(
        "Bill validator",
        "Bills are not taken, get stuck, or the validator does not talk to the controller.",
        (
            "Put in a good bill in all four ways: is it taken, credited, stacked?",
            "Open it: take out bills and paper; clean belts and windows with the cleaning card.",
            "Bill box: empty it, push it in until it clicks; look for a torn corner in its way.",
            "Stacker: let it stack once from its button or the service menu.",
            "Push the MDB plug in; look at the cable where the door bends it; restart.",
            "Are the newest bills known to it? Load the newest software for this currency.",
            "Change the validator for a good one. If the event is gone, it was the validator.",
        ),
        ("Bill validator", "Bill box", "Belt set", "MDB cable", "Cleaning card"),
        _CASH,
    ),
    "EO": Page(
        "Refrigeration",
        "It does not become cold, or it freezes: air, fans, compressor, sensor, defrost.",
        (
            "Measure the temperature in the product, not in the air; compare with the display.",
            "Condenser: clean the dust off, free the air slots, 10 cm from the wall.",
            "Do both fans turn, and in the right direction?",
            "Ice on the evaporator? Defrost it, then look at defrost timer, heater and door seal.",
            ("Compressor: does it start, does it trip after seconds? Relay, capacitor, then "
            "compressor."),
            "Sensor: unplug it and measure it at a known temperature; compare with the manual.",
            "Runs for ever and stays warm: refrigerant. Exchange the cooling unit.",
            "Wait until it is below the limit, then let the health timer sell again.",
        ),
        ("Fan motor", "Temperature sensor", "Start relay", "Start capacitor", "Door seal",
         "Cooling unit"),
        _COLD,
    ),
    "OA": Page(
        "Operations request",
        "Somebody asked for this by the machine's own menu: it is an order, not a fault.",
        (
            "Ask the office whether there is an order for it, and for whom.",
            "Do what is asked and note it in the ticket: what was before, what is now.",
            ("After a change of prices or recipes: read the machine, so that the change has a "
            "proof."),
        ),
        (),
    ),
    "OB": Page(
        "Service related",
        "Something was left as it should not be at an earlier visit: loading, door, cups, change.",
        (
            "Put it right: it is often one movement.",
            ("Is it the same again and again? Then look for a reason: a worn lock, a wrong tray, a "
            "product that does not fit."),
            "Do a test vend, and close the door until its switch changes.",
        ),
        ("Lock", "CO2 bottle", "Waste bucket"),
    ),
    "OC": Page(
        "Customer induced",
        "Theft, damage, something in the coin or bill path, mains or water cut off.",
        (
            ("Theft or damage: touch nothing, photograph it, call the office; then secure the "
            "machine."),
            "Coin or bill path: clear it, then pay once with a coin and a bill.",
            "Mains: is the plug in its own socket, who switches it? Set the machine's clock.",
            "Water: who closed it? Open it and look for a leak.",
            "Chilled food after a cut-off: measure it; what was too warm goes out.",
        ),
        ("Lock and keys", "Glass", "Coin entry", "Bill entry"),
    ),
    "OD": Page(
        "Return visit",
        "It tells what was done at an earlier visit. It is a note, not a fault.",
        (
            "Read what was done then, and check that it still holds.",
            "Is the fault back? Say so in the ticket: the part that was fitted may be bad.",
        ),
        (),
    ),
    "OE": Page(
        "Machine history",
        "It belongs to the history of the machine. It is a note, not a fault.",
        ("Compare the setting of coins with the plan if the machine tells that it changed.",),
        (),
    ),
    "OF": Page(
        "Cash collection",
        "Cash or its figures were taken out. It is a note, not a fault.",
        (
            "Was there a collect at that time? The Reads of this machine tell.",
            "If there was none: tell the office before you open the cash box.",
        ),
        (),
        _CASH,
    ),
}  # fmt: skip
