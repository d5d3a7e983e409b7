"""The sentences for the answers to the five questions of a read (cvd_shared/read_questions.py).

question.code -> the finding in one line, `{name}` is a value of the answer. A code may have
variants: `question.code.<failure>` for one failure of the link, `question.code+<name>` for answers
that carry the value of that name.
"""

NOT_JUDGED = "not_judged"  # its program was killed; the next start judges it
OUR_FAULT = "our_fault"  # a bug of ours broke the parser or the rules

LINK_NAMES = {"dexucs": "DEX/UCS", "ddcmp": "DDCMP", "file": "a file"}

_LINK = {
    "answered": "The machine answered by {link}",
    "from_file": "Imported from a file: nobody knows how the link was",
    "not_answered": "The machine did not answer ({failure})",
    "not_answered.no_answer": "The machine did not answer",
    "not_answered.refused": "The machine refused to be read",
    "not_answered.cancelled": "Cancelled before the machine answered",
    "not_answered.port_gone": "The adapter was gone before the machine answered",
}

_TRANSFER = {
    "whole": "Whole: {blocks} blocks, {size} bytes, {repeated}, {seconds} s",
    "whole_with_repeats": "Whole, but with {retries} repeats in {blocks} blocks: look at the cable",
    "end_missing": "All {blocks} blocks came, but the report in them has no end (DXE)",
    "broken_off": "{blocks} blocks, {size} bytes, then it broke off ({failure})",
    "broken_off.broken_off": "{blocks} blocks, {size} bytes, then it broke off",
    "broken_off.bad_crc": "{blocks} blocks, {size} bytes, then a block stayed damaged",
    "broken_off.port_gone": "{blocks} blocks, {size} bytes, then the adapter was gone",
    "broken_off.cancelled": "{blocks} blocks, {size} bytes, then it was cancelled",
    "broken_off.interrupted": "{blocks} blocks, {size} bytes, then the program was ended",
    "broken_off.disk_full": "{blocks} blocks, {size} bytes, then the disk was full",
    "broken_off.too_long": "{blocks} blocks, {size} bytes, more than a report can be",
    "nothing_came": "Nothing came ({failure})",
}

_INTEGRITY = {
    "matches": "G85 {g85} is right, {segments} segments",
    "matches+variant": "G85 {g85} is right in this machine's own way, {segments} segments",
    "matches+declared": "G85 {g85} is right, though SE says {declared} of {segments} segments",
    "no_check_value": "This machine sends no check value (G85); {segments} segments came",
    "differs": "G85 says {g85}, the text gives {computed}: it is not as the machine wrote it",
    "cut_off": "The end is missing, so its check cannot be made; {segments} segments came",
    "no_report": "What came is no EVA-DTS report",
    "nothing_to_check": "Nothing came, so there is nothing to check",
}

_MAPPING = {
    "all_match": "All {matched} selections match the planogram",
    "prices_differ": "{matched} match, {prices} with another price: {first}",
    "differs": "{matched} match, {missing} missing, {new} new, {prices} other prices: {first}",
    "nothing_matches": "None matches: {missing} are planned, {new} others were reported",
    "no_planogram": "{selections} selections, but no planogram of this machine is here",
    "no_selections": "The report names no selections",
    "partial_file": "{matched} match, {missing} did not come: the file is not whole",
}

_PLAUSIBILITY = {
    "continues": "{meters} meters go on from the read before, {units} sold",
    "rolled_over": "{meters} meters go on, {rolled_over} of them past their end, {units} sold",
    "no_change": "{meters} meters are as in the read before: nothing was sold",
    "restarted": "{restarted} of {meters} meters began anew: their sales are not known",
    "board_changed": "The control board was changed: {was} before, {is} now",
    "asset_number_changed": "The asset number was changed: {was} before, {is} now",
    "other_machine": "This is machine {is}, not {was}: their figures are kept apart",
    "first_read": "The first read of this machine here: nothing to compare with",
    "no_meters": "The report has no meters that could be compared",
    "partial_file": "The file is not whole, so its meters are not compared",
}

_ANY = {
    NOT_JUDGED: "Not judged yet",
    OUR_FAULT: "This program made a mistake here; the bytes are kept and go to the office",
}

ANSWERS: dict[str, str] = {
    **_ANY,
    **{
        f"{question}.{code}": text
        for question, table in (
            ("link", _LINK),
            ("transfer", _TRANSFER),
            ("integrity", _INTEGRITY),
            ("mapping", _MAPPING),
            ("plausibility", _PLAUSIBILITY),
        )
        for code, text in table.items()
    },
}
