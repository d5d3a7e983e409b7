"""The sentences of a visit: below its tabs, what is missing and why it matters, what cannot be.

Problems: code -> (what happened, what is safe, what to do, who acts). Facts: code -> words by area,
`code.1` where the value `n` is 1. `{name}` is a value.
"""

from collections.abc import Mapping

Entry = tuple[str, str, str, str]

_YOU = "you"
_OFFICE = "the office"
_KEPT = "Nothing was recorded. What you entered is still here."

TAB_WORDS: dict[str, str] = {
    "not_asked": "not asked for",
    "read_todo": "not read yet",
    "read_done": "done {at}",
    "read_partial": "not whole, {at}",
    "read_without": "without a read",
    "read_elsewhere": "done",
    "fill_about": "about {n}",
    "fill_todo": "{n} to put in",
    "fill_sure": "{sure} of {slots} sure",
    "fill_open": "{n} to confirm",
    "fill_done": "{n} put in",
    "fill_no_planogram": "no planogram",
    "cash_asked": "bag asked for",
    "cash_bag": "bag {bag}",
    "cash_bag_used": "bag used before",
    "cash_no_number": "bag number?",
    "cash_none": "not collected",
    "evidence_todo": "{n} to do",
    "evidence_photos": "{n} photos asked",
    "evidence_photos.1": "1 photo asked",
    "evidence_photos_taken": "{n} photos",
    "evidence_photos_taken.1": "1 photo",
    "evidence_done": "done",
    "finish_not_begun": "not begun",
    "finish_todo": "{n} to do",
    "finish_ready": "nothing missing",
    "finish_done": "done {at}",
}

MISSING_WORDS: dict[str, str] = {
    "no_read": (
        "The machine was not read. Without a read nobody can tell what was sold or what should be "
        "in the bag."
    ),
    "read_partial": (
        "The read of {at} is not whole. Sales and cash cannot be proven by it; read again if you "
        "can."
    ),
    "nothing_filled": (
        "Nothing was put in, though a fill was asked for. If the machine needs nothing, press All "
        "to par: then it is on record."
    ),
    "not_counted": (
        "{n} slots are not counted: {first}. An inventory counts every slot, or its sum proves "
        "nothing."
    ),
    "not_counted.1": (
        "1 slot is not counted: {first}. An inventory counts every slot, or its sum proves nothing."
    ),
    "to_count": (
        "{n} slots want a count: {first}. Until then nobody knows what they hold, and the next "
        "pick list guesses."
    ),
    "to_count.1": (
        "1 slot wants a count: {first}. Until then nobody knows what it holds, and the next pick "
        "list guesses."
    ),
    "changes": (
        "{n} changes of the office are not confirmed: {first}. They stay open, and the machine "
        "goes on selling as before."
    ),
    "changes.1": (
        "1 change of the office is not confirmed: {first}. It stays open, and the machine goes on "
        "selling as before."
    ),
    "prices": (
        "{n} slots sell at another price than planned: {first}. Every sale there brings too much "
        "or too little."
    ),
    "prices.1": (
        "1 slot sells at another price than planned: {first}. Every sale there brings too much or "
        "too little."
    ),
    "left_empty": (
        "{n} slots have another product now, and nothing was put in: {first}. They sell nothing "
        "until somebody comes back; type 0 where that is meant."
    ),
    "left_empty.1": (
        "1 slot has another product now, and nothing was put in: {first}. It sells nothing until "
        "somebody comes back; type 0 when that is meant."
    ),
    "no_bag": (
        "The cash was asked for and there is no bag. Scan the bag, or say why it was not collected."
    ),
    "bag_used": (
        "Bag {bag} was used before, at machine {asset}, {at}. One bag is one collect: take another "
        "bag, or nobody can tell whose money it is."
    ),
    "amounts_without_bag": (
        "Amounts were entered and there is no bag number. Without it the amounts are not recorded."
    ),
    "photos": "{n} photos are asked for. The office proves to the site with them what was done.",
    "photos.1": "1 photo is asked for. The office proves to the site with it what was done.",
    "checks": "{n} lines of the checklist are open, first: {first}. Tick what was done.",
    "checks.1": "1 line of the checklist is open: {first}. Tick it when it was done.",
    "answer": "The office waits for an answer to its note.",
    "signature": "A signature is asked for. Without it the site may say that nobody came.",
}

FLAG_WORDS: dict[str, str] = {
    "count": "Count this slot: what it holds is not sure.",
    "sold_out": "Nothing was left in it when you came.",
    "change": "The office planned another product or price. Confirm it here.",
    "price": "The machine sells it at another price than planned.",
    "by_date": "It expires before the next visit may come. Look at the dates.",
    "short": "Less was loaded than it needs: the load was short.",
    "spoiled": "Units were taken out that cannot be sold.",
    "meter_restarted": "Its meter began anew: sales before that are not known.",
    "never_counted": "Nobody ever counted it, so nobody knows what it holds.",
    "below_zero": "More was sold than was in it. Count it.",
    "count_without_read": "It was counted without a read: what was sold around then is not known.",
    "meter_unknown": "The machine does not tell its sales: the figure may be too high.",
}

SHEET_WORDS: dict[str, str] = {
    "above_capacity": "At most {fits} fit here.",
    "below_zero": "There are only {holds} in it.",
    "not_a_number": "That is no number of units. Type a whole number from 0 on.",
    "no_such_slot": "The machine has no slot {slot}.",
    "empty_slot": "No product is planned here. Choose one first.",
    "count_first": "Nobody knows what it holds. Count it first.",
    "must_come_out": "All {holds} of the old product come out: as good ones or as spoiled.",
    "not_a_day": "That is no day. Type it as on the pack.",
}

_AREAS = {
    "visit_tab": TAB_WORDS,
    "visit_missing": MISSING_WORDS,
    "visit_flag": FLAG_WORDS,
    "sheet_error": SHEET_WORDS,
}


def visit_fact_words(area: str, code: str, values: Mapping[str, object]) -> str:
    """The words of a code of a visit; "" for an area or a code that has none here.

    Areas: visit_tab, visit_missing, visit_flag (and doubts of a slot), sheet_error.
    """
    table = _AREAS.get(area, {})
    one = table.get(f"{code}.1") if values.get("n") == 1 else None
    text = one or table.get(code, "")
    told = {
        name: f"{value:,}" if type(value) is int else str(value) for name, value in values.items()
    }
    try:
        return text.format_map(told)
    except KeyError:  # better words with a gap than none
        return text


VISITS: dict[str, Entry] = {
    "visit_already_finished": (
        "This visit is finished already, perhaps in another window.",
        "It is recorded once. Nothing was changed.",
        "Look at it on the Stop screen. What is wrong is corrected by a correction there.",
        _YOU,
    ),
    "visit_unknown": (
        "There is no such visit on this laptop.",
        _KEPT,
        "Open the stop again from Today.",
        _YOU,
    ),
    "visit_under_way": (
        "Another visit is under way at this machine.",
        "Both are kept.",
        "Finish or drop that one first.",
        _YOU,
    ),
    "visit_unreadable": (
        "This visit was begun with another version of the program, which this one cannot read.",
        "It is kept as it is.",
        "Finish it with that version, or send a diagnostics bundle to the office.",
        _OFFICE,
    ),
    "visit_no_right": (
        "Your role does not allow this.",
        "Nothing was recorded.",
        "Ask the office for the right.",
        _OFFICE,
    ),
    "visit_text_too_long": (
        "A text is longer than a record can be: {field}, at most {most} characters.",
        _KEPT,
        "Make it shorter, then try again.",
        _YOU,
    ),
    "bag_used": (
        "Bag {bag} was used before, at machine {asset}.",
        _KEPT,
        "Put the money into another bag and scan that one. One bag is one collect.",
        _YOU,
    ),
    "amend_no_reason": (
        "It is not said why the visit is corrected.",
        _KEPT,
        "Say in a few words what was wrong.",
        _YOU,
    ),
    "amend_nothing": (
        "Nothing differs from what was recorded.",
        "The visit is as it was.",
        "Change what is wrong, then record the correction.",
        _YOU,
    ),
    "amend_no_bag": (
        "The corrected cash has no bag number.",
        _KEPT,
        "Scan or type the number of the bag.",
        _YOU,
    ),
    "no_stop": (
        "There is no stop to go to: no run of today is on this laptop, or all of it is done.",
        "Everything that was recorded is kept.",
        "Sync to fetch the run, or choose a machine from the list.",
        _YOU,
    ),
    "stop_no_machine": (
        "This stop has no machine that is on this laptop.",
        "Nothing was changed.",
        "Sync, then open the stop again.",
        _YOU,
    ),
    "photo_unreadable": (
        "This picture cannot be read.",
        "The visit and its other pictures are kept.",
        "Take the picture again, or choose another file.",
        _YOU,
    ),
    "photo_too_large": (
        "This picture is too large to be kept: {size:,} bytes, at most {most:,}.",
        "The file stays where it is. The visit is kept.",
        "Take a smaller picture.",
        _YOU,
    ),
    "photo_too_many": (
        "This visit has {most} photos already, and no record holds more.",
        "They are all kept. The new picture stays where it is.",
        "Delete one that nobody needs, then add this one.",
        _YOU,
    ),
    "signature_no_name": (
        "It is not said who signed.",
        _KEPT,
        "Type the name of the person who signed.",
        _YOU,
    ),
    "slot_unreadable": (
        '"{text}" does not name a slot and a number of units.',
        "Nothing was recorded.",
        "Write it as A1=5, and spoiled units with their reason, as A1=2:expired.",
        _YOU,
    ),
    "spoil_reason_unknown": (
        '"{text}" is no reason that is known here.',
        "Nothing was recorded.",
        "Take one of these: {known}.",
        _YOU,
    ),
    "bag_unreadable": (
        '"{text}" is no number of a bag: it has neither a letter nor a digit.',
        "Nothing was recorded.",
        "Give the number that is printed on the bag.",
        _YOU,
    ),
    "amount_without_bag": (
        "An amount was given and no bag.",
        "Nothing was recorded.",
        "Give the number of the bag too: --bag NUMBER.",
        _YOU,
    ),
    "slot_ambiguous": (
        "Several cabinets have a slot {slot}.",
        "Nothing was recorded.",
        "Say the cabinet too, for example 2/{slot}.",
        _YOU,
    ),
    "amount_unreadable": (
        '"{text}" is no amount.',
        "Nothing was recorded.",
        "Give minor units, for example 41170, or an amount such as 411.70.",
        _YOU,
    ),
    **{
        f"sheet_{code}": (text, _KEPT, "Change it, then record again.", _YOU)
        for code, text in SHEET_WORDS.items()
    },
}
