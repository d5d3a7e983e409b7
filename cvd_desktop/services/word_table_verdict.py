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
    "from_file": "It came as a file: how the link was is not known",
    "not_answered": "The machine did not answer ({failure})",
    "not_answered.no_answer": "The machine did not answer: check plug and power",
    "not_answered.refused": "The machine refused to be read",
    "not_answered.cancelled": "Cancelled before the machine answered",
    "not_answered.unknown": "The machine did not answer",
    "not_answered.finish_unconfirmed": "The machine sent nothing and did not confirm its end",
    "not_answered.other_link": "The machine speaks another protocol than it was asked in",
    "not_answered.interrupted": "The program was ended before the machine answered",
    "not_answered.broken_off": "The machine began to answer, then it went silent",
    "not_answered.bad_crc": "The machine answers, but all that comes is damaged: try another cable",
    "not_answered.too_long": "There is noise on the line, not a machine: try another cable",
    "not_answered.port_gone": "The adapter was gone before the machine answered",
    "not_answered.port_missing": "The adapter is not plugged in",
    "not_answered.port_busy": "Another program uses the adapter",
    "not_answered.port_denied": "This computer does not let the program use the adapter",
    "not_answered.disk_full": "The disk is full: nothing could be kept, so nothing was read",
}

_TRANSFER = {
    "whole": "Whole: {blocks} blocks, {size} bytes, {repeated}, {seconds} s",
    "whole+file": "Whole: {size} bytes of the file {file}",
    "whole_with_repeats": "Whole, but {retries} of {blocks} blocks came twice: look at the cable",
    "end_missing": "All {blocks} blocks came, but the report has no end: read once more",
    "end_missing+file": "The report in the file {file} has no end (DXE)",
    "not_confirmed": "Whole: {blocks} blocks, {size} bytes; the collect was not confirmed",
    "broken_off": "{blocks} blocks, {size} bytes, then it broke off ({failure})",
    "broken_off.broken_off": "{blocks} blocks, {size} bytes, then it broke off: read again",
    "broken_off.unknown": "{blocks} blocks, {size} bytes, then it broke off: read again",
    "broken_off.refused": "{blocks} blocks, {size} bytes, then the machine refused to go on",
    "broken_off.no_answer": "{blocks} blocks, {size} bytes, then the machine went silent",
    "broken_off.bad_crc": "{blocks} blocks, {size} bytes, then a block stayed damaged",
    "broken_off.port_gone": "{blocks} blocks, {size} bytes, then the adapter was gone",
    "broken_off.cancelled": "{blocks} blocks, {size} bytes, then it was cancelled",
    "broken_off.port_missing": "{blocks} blocks, {size} bytes, then the adapter was gone",
    "broken_off.port_busy": "{blocks} blocks, {size} bytes, then another program took the adapter",
    "broken_off.port_denied": "{blocks} blocks, {size} bytes, then the adapter could not be used",
    "broken_off.finish_unconfirmed": "{blocks} blocks, {size} bytes; the collect is not confirmed",
    "broken_off.other_link": "{blocks} blocks, {size} bytes, then another protocol was heard",
    "broken_off.interrupted": "{blocks} blocks, {size} bytes, then the program was ended",
    "broken_off.disk_full": "{blocks} blocks, {size} bytes, then the disk was full",
    "broken_off.too_long": "{blocks} blocks, {size} bytes, more than a report can be",
    "nothing_came": "Nothing came; the machine has changed nothing",
    "nothing_came.cancelled": "Nothing came before it was cancelled",
    "nothing_came.disk_full": "Nothing was taken, for the disk is full",
}

_INTEGRITY = {
    "matches": "Unharmed: check value G85 {g85} is right, {segments} segments",
    "matches+variant": "Unharmed: G85 {g85} is right in this machine's way, {segments} segments",
    "matches+declared": "Unharmed: G85 {g85} is right, though SE says {declared} of {segments}",
    "no_check_value": "This machine sends no check value; {segments} segments came",
    "differs": "Not as it was written: G85 says {g85}, the text gives {computed}. Read again",
    "cut_off": "The end is missing, so nothing proves the {segments} segments. Read again",
    "no_report": "What came is no report of a machine; it is kept. Read again",
    "too_large": "{size} bytes: no machine says so much. Kept, but not looked into",
    "nothing_to_check": "Nothing came, so there is nothing to check",
}

_MAPPING = {
    "all_match": "All {matched} selections match the planogram",
    "no_prices": "All {matched} selections match; the machine tells no prices",
    "prices_differ": "{matched} match, {prices} with another price: {first}",
    "differs": "{matched} match, {missing} missing, {new} new, {prices} other prices: {first}",
    "nothing_matches": "None matches: {missing} are planned, {new} others were reported",
    "no_planogram": "{selections} selections, but no planogram of this machine is here",
    "no_selections": "The report names no selections",
    "partial_file": "{matched} match; {missing} did not come, for the report is not whole",
    "no_report": "There is no report to compare with the planogram",
}

_PLAUSIBILITY = {
    "continues": "{meters} meters go on from the read before, {units} sold",
    "read_by_others": "{meters} meters go on, {units} sold; others read it {reads} times, no harm",
    "rolled_over": "{meters} meters go on, {rolled_over} of them past their end, {units} sold",
    "clock_only": "{meters} meters stand still since the read before: nothing was sold",
    "no_change": "The same as the read before, even its clock: nothing was sold",
    "restarted": "The machine began to count anew: sales since the read before are not known",
    "selections_restarted": "{restarted} selections began anew: {first}. Others: {units} sold",
    "scattered": "{lower} of {count} meters fell: is this the right machine? No stock is moved",
    "jumped": "{units} sold is more than can be: no stock is moved, the office looks at it",
    "jumped+first": "More sold than can be: {first}. Nothing is lost, the office looks at it",
    "reset_by_others": "Someone else read and reset it. Its own meters go on: {units} sold",
    "board_changed": "Another control board: {is} now, {was} before. Sales between are not known",
    "asset_number_changed": "Its asset number is {is} now, {was} before; its meters are its own",
    "other_machine": "This is machine {is}, not {was}: nothing is mixed. Which one is it?",
    "other_machine+other": "This is machine {other}, not the one you chose: nothing is mixed",
    "two_machines": "Partly {was}, partly {is}: was a board moved? Nothing is mixed",
    "not_identified": "The machine does not say which one it is: look at its label",
    "not_identified+was": "The machine does not say which one it is: is its label {was}?",
    "first_read": "The first read of this machine here: nothing to compare with",
    "earlier_partial": "The read before is not whole: nothing to compare with",
    "older_report": "This report is older than the read before: nothing is counted twice",
    "no_meters": "The report has no meters that could be compared",
    "partial_file": "The report is not whole: its meters wait for the next good read",
    "no_report": "There is no report to compare with the read before",
}

_ANY = {
    NOT_JUDGED: "Not judged yet: that follows at the next start",
    OUR_FAULT: "This program made a mistake here; what was read is kept for the office",
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
