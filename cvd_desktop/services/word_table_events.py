"""What to do about an event of a machine (EA1, EA2): one sentence that begins with who acts.

To add advice: a line in `EVENTS` under the standard code; a test names a group without words. The
meanings are those of cvd_shared/dex/events.json (EVA-DTS 6.2.2, event list).
"""

from cvd_shared.dex.dex_events import event_meaning

UNNAMED = "Nothing to do: the machine does not say which event it is."
MAKERS_OWN = "It is the maker's own code; look it up in the machine's manual."

_GROUPS = {
    "EA": "Driver: try a coin and the change; if the fault stays, a technician looks at the "
    "coin mechanism.",
    "EB": "Driver: look at the cups and refill them; if the fault stays, a technician looks.",
    "EC": "Technician: check the control board, its plugs and its supply.",
    "ED": "Technician: check the hot drink part; do a test vend before you leave.",
    "EE": "Technician: clean and check the brewer; do a test vend before you leave.",
    "EF": "Driver: check that the water is on; if the fault stays, a technician looks.",
    "EG": "Driver: look at the door and the cabinet; report what is broken.",
    "EH": "Technician: check the cold drink part, its syrup and its CO2.",
    "EI": "Office: check whether the machine still reports; if not, send a technician.",
    "EJ": "Driver: do a test vend of the selection; if it fails, a technician looks.",
    "EK": "Technician: check the card reader and its cable; try a card.",
    "EK2": "Technician: check the second card reader and its cable; try a card.",
    "EL": "Driver: look at the product in its place and do a test vend.",
    "EM": "Technician: take the microwave out of use until it was checked.",
    "EN": "Driver: try a bill; if it is refused, a technician looks at the validator.",
    "EO": "Technician: check the cooling; the driver removes what became too warm.",
    "OA": "Office: see that this request has its order, and close it when it is done.",
    "OB": "Driver: put it right during this visit; tell the office if you cannot.",
    "OC": "Driver: look for damage and tell the office what you find.",
    "OD": "Nothing to do: it tells what was done at an earlier visit.",
    "OE": "Nothing to do: it belongs to the history of the machine.",
    "OF": "Nothing to do: somebody took the cash or its figures.",
}

_IN_EVERY_GROUP = {
    "V": "Nothing to do: somebody changed something here; the office compares it with the visits.",
    "W": "Nothing to do: it was looked at and no fault was found.",
    "X": "Driver: a customer caused it; look whether something stayed behind.",
    "Y": "Nothing to do: it happened during service.",
}

EVENTS = {
    # Coins
    "EAA": "Driver: clear the coin entry, then try a coin.",
    "EAB": "Technician: check the return lever and the payout of the coin mechanism.",
    "EAC": "Driver: look for foreign coins in the box; tell the office if there are many.",
    "EAD": "Driver: open the validator, take out the stuck coin and try another one.",
    "EAE": "Driver: clear the coin path below the validator; if it jams again, a technician looks.",
    "EAF": "Driver: clear the payout and pay out a coin; if it jams again, a technician looks.",
    "EAG": "Driver: look for a stuck coin in the changer, then try a coin and the change.",
    "EAH": "Driver: clear the return chute, then let a coin be returned.",
    "EAI": "Driver: the coins do not fall into the box; empty it and clear its entry.",
    "EAJ": "Office: compare the prices with the plan; a technician sets them again.",
    "EAL": "Technician: replace the coin validator.",
    "EAM": "Technician: replace or repair the coin separator.",
    "EAN": "Technician: replace or repair the coin payout.",
    "EAO": "Technician: replace the coin mechanism.",
    "EAR": "Driver: pull the plug of the coin mechanism and put it back; if it happens again, a "
    "technician checks its cable.",
    "EAS": "Nothing to do: one coin was refused; look at the validator if there are many.",
    "EAU": "Technician: look up the code behind the underscore in the coin mechanism's manual.",
    "EA1A": "Office: the coin tubes were taken out; compare their content with the visits.",
    # Cups
    "EBB": "Driver: refill the cups.",
    "EBE": "Driver: take out the stuck cup and do a test vend.",
    "EBG": "Driver: take out damaged or wrong cups and fill in the right ones.",
    "EBJ": "Driver: refill the cups.",
    # Control
    "ECA": "Technician: measure the supply voltage at the machine.",
    "ECB": "Technician: find out why the fuse tripped before you put it back.",
    "ECI": "Driver: open and close the door; if it stays, a technician replaces the door switch.",
    "ECR": "Technician: the control board starts anew by itself; check its supply and software.",
    "ECU": "Technician: replace the backup battery, or its counters and clock will be lost.",
    "EC1A": "Technician: take the machine off the mains until its electric safety was checked.",
    "EC1B": "Driver: press every selection key; a technician repairs the ones that do not answer.",
    "EC1C": "Technician: replace the temperature sensor; the driver checks the goods until then.",
    "EC1D": "Driver: put paper into the printer.",
    # Hot drinks, brewer
    "EDB": "Technician: check the motor and the spiral of the canister; do a test vend.",
    "EDJ": "Driver: refill the canister.",
    "EDN": "Technician: find out why the boiler became too hot before you reset the cut-out.",
    "EDO": "Technician: descale the boiler.",
    "EDP": "Driver: check that the water is on; a technician checks the level probes.",
    "EDQ": "Driver: close the water, empty the tray and tell the office at once.",
    "EED": "Driver: put in filter paper.",
    # Water
    "EFB": "Driver: replace the water filter if it is due; tell the office that you did.",
    "EFI": "Technician: descale the valve.",
    "EFJ": "Driver: close the water and tell the office at once: there may be a leak.",
    "EFL": "Driver: open the water tap or fill the tank; then do a test vend.",
    "EFP": "Office: stop the drinks until the water was checked.",
    # Cabinet and door
    "EGC": "Driver: try the lock; do not leave the machine unlocked, call the office.",
    "EGE": "Driver: replace the lamp or report it.",
    "EGM": "Driver: empty and clean the drip tray.",
    "EGN": "Driver: empty the waste container and put it back.",
    "EGS": "Driver: close the door before you leave. Openings without a visit are for the office.",
    "EGT": "Nothing to do: the door was closed.",
    "EGU": "Driver: look for something stuck in the vend door, then do a test vend.",
    # Cold drinks
    "EHG": "Technician: clean or replace the syrup valve.",
    "EHK": "Driver: change the CO2 bottle.",
    "EHM": "Technician: there is a leak of CO2 or water; close both until it is repaired.",
    # Communications
    "EIC": "Technician: replace the battery of the telemetry box.",
    "EIE": "Office: the machine has no network; take the figures from this read.",
    "EIN": "Technician: put the antenna elsewhere; the radio signal is weak.",
    "EIO": "Technician: check the cable between the machine and its telemetry box.",
    # Snacks, cans, bottles
    "EJA": "Driver: look for something stuck in the vend door, then do a test vend.",
    "EJB": "Driver: look for a stuck product and do a test vend; if the motor does not turn, a "
    "technician replaces it.",
    "EJC": "Driver: free the spiral, put it in straight and do a test vend.",
    "EJD": "Driver: push the tray in until it clicks, then do a test vend.",
    "EJE": "Driver: look for something stuck in the drum and turn it by a test vend.",
    "EJG": "Driver: look for something stuck in the delivery door.",
    "EJH": "Driver: remove the chilled food, it was too warm; a technician checks the cooling.",
    "EJI": "Technician: replace the fan.",
    "EJJ": "Driver: measure the temperature and free the air slots; a technician checks the "
    "cooling.",
    "EJK": "Technician: replace the thermostat; the driver measures the temperature until then.",
    "EJL": "Driver: clean the drop sensor and do a test vend.",
    "EJM": "Driver: look for something stuck in the lift; if it does not move, a technician looks.",
    # Cashless
    "EKA": "Driver: clean the card slot and try a card; if it fails, a technician replaces it.",
    "EKE": "Nothing to do: one card was refused; try a card if there are many.",
    "EKF": "Office: have the card reader's settings checked.",
    "EKH": "Nothing to do: a customer's card had expired.",
    "EKI": "Nothing to do: a customer's card was blocked.",
    "EKJ": "Nothing to do: a customer's card was on the list of blocked ones.",
    "EKK": "Office: have the card sales read out, or no card will be taken any more.",
    "EKL": "Technician: replace the security module of the card reader.",
    "EKM": "Driver: pull the plug of the card reader and put it back; if it happens again, a "
    "technician checks its cable and its network.",
    "EKU": "Technician: look up the code behind the underscore in the card reader's manual.",
    # Product
    "ELA": "Driver: do a test vend of the selection; customers may have lost money.",
    "ELB": "Driver: refill the selection; the office looks at its par level.",
    "ELE": "Driver: refill the selection.",
    # Microwave
    "EMB": "Technician: take the microwave out of use and replace the magnetron.",
    # Bills
    "ENA": "Driver: clear the bill entry, then try a bill.",
    "ENB": "Office: many false bills were tried; have the validator's software checked.",
    "ENC": "Driver: open the validator, take out the stuck bill and try another one.",
    "END": "Driver: open the stacker, take out the stuck bill and try another one.",
    "ENE": "Driver: empty the bill box.",
    "ENF": "Driver: push the bill box in until it clicks.",
    "ENG": "Technician: replace the bill validator.",
    "ENH": "Technician: repair or replace the stacker.",
    "ENK": "Driver: pull the plug of the validator and put it back; if it happens again, a "
    "technician checks its cable.",
    "ENU": "Technician: look up the code behind the underscore in the validator's manual.",
    # Cooling
    "EOA": "Technician: replace the temperature sensor; the driver measures until then.",
    "EOC": "Technician: check the compressor; the driver removes what became too warm.",
    "EOH": "Driver: clean the dust from the condenser and free the air slots.",
    "EOI": "Technician: replace the condenser fan.",
    "EOM": "Technician: find the leak of the refrigerant; the driver empties what must be chilled.",
    "EOQ": "Driver: empty the condensate tray and look for a blocked drain.",
    # Service, customers, cash
    "OBA": "Driver: look how the products were put in, and load them anew.",
    "OBB": "Driver: close the door.",
    "OBC": "Driver: refill the selection.",
    "OBD": "Driver: refill the cups.",
    "OBE": "Driver: take the faulty product out and tell the office which one it is.",
    "OBG": "Driver: change the CO2 bottle.",
    "OBH": "Driver: empty the waste bucket and put it back in its place.",
    "OBJ": "Office: compare the prices with the plan.",
    "OBK": "Driver: refill the coin tubes.",
    "OBO": "Driver: empty the cash box.",
    "OBP": "Driver: clean the coin unit.",
    "OBR": "Driver: clean the bill validator.",
    "OBT": "Driver: measure the temperature and free the air slots; a technician checks the "
    "cooling.",
    "OCA": "Office: money or goods may be missing; compare cash and stock, and report the theft.",
    "OCB": "Driver: photograph the damage and tell the office.",
    "OCC": "Driver: clear the coin path, then try a coin.",
    "OCE": "Driver: clear the bill path, then try a bill.",
    "OCF": "Driver: check the plug and the clock of the machine; chilled food may be too warm.",
    "OCG": "Driver: check that the water is on.",
    "OCI": "Office: somebody tried to cheat the machine; compare its cash and its sales.",
    "OFA": "Office: the coin box was taken; compare it with the collects.",
    "OFB": "Office: the bill box was taken; compare it with the collects.",
    "OFD": "Office: the coin tubes were emptied; compare them with the collects.",
}


def event_advice(code: str) -> str:
    """What to do about an event and who does it, by its standard code, else by its group.

    `code` is as the machine sent it (EA101, EA201); a maker's own code has one sentence for all.
    """
    if not code.strip():
        return UNNAMED
    meaning = event_meaning(code)
    standard = meaning.standard_code
    if standard is None or meaning.text.partition(": ")[2].startswith("reserved"):
        return MAKERS_OWN
    second = standard.replace("EK2", "EK", 1) if standard.startswith("EK2") else standard
    for known in (standard, second):
        if known in EVENTS:
            return EVENTS[known]
    if len(standard) > 2 and standard[-1] in _IN_EVERY_GROUP:
        return _IN_EVERY_GROUP[standard[-1]]
    return _GROUPS["EK2" if standard.startswith("EK2") else standard[:2]]
