"""The sentences for what goes wrong between this laptop and a machine.

code or code.variant -> (what happened, what is safe, what to do, who acts). `{name}` is a value of
the problem; a variant is one of its values `response`, `why` or `party`. "link" as the second text
stands for `KEPT` or `NOTHING_READ`.
"""

Entry = tuple[str, str, str, str]

KEPT = "What arrived ({blocks_said}) is kept as a partial read. The machine has reset nothing."
NOTHING_READ = "Nothing was read. The machine has changed nothing."

_YOU = "you"
_TECHNICIAN = "a technician"
_OFFICE = "the office"

LINK: dict[str, Entry] = {
    "no_answer": (
        "The machine did not answer on {port}.",
        "link",
        "Check the plug and that the machine is on, then read again; else try another cable.",
        _YOU,
    ),
    "no_answer.setting": (
        "Something is sent on {port}, but it makes no sense: another speed, or another link.",
        "link",
        "Look in the machine's menu which link and speed its port has, and choose that one.",
        _TECHNICIAN,
    ),
    "no_answer.echo": (
        "On {port} only the laptop's own sending comes back: no machine was heard.",
        "link",
        'Turn on "echo" in the adapter\'s profile for an optical head; else check the plug.',
        _YOU,
    ),
    "no_answer.deaf": (
        "The machine calls on {port}, but does not hear what this laptop says.",
        "link",
        "Use another cable: one of its two wires is broken. Then read again.",
        _YOU,
    ),
    "broken_off.wack": (
        "The machine says again and again that it is not ready.",
        "link",
        "Let it finish its sale or leave its service menu, then read again.",
        _YOU,
    ),
    "broken_off.busy": (
        "The machine says again and again that it is busy.",
        "link",
        "Let it finish its sale or leave its service menu, then read again.",
        _YOU,
    ),
    "broken_off.nack": (
        "The machine turns down what is sent to it, again and again.",
        "link",
        "Hold the head still, straight and closer, and read again; else use another one.",
        _YOU,
    ),
    "broken_off.noise": (
        "There is noise on the line in the middle of the read.",
        "link",
        "Use another cable, keep it away from motors and lamps, and read again.",
        _YOU,
    ),
    "bad_crc.nak": (
        "The machine could not read what was sent to it: every try arrived damaged.",
        "The machine may have taken nothing.",
        "Use another cable, keep it away from motors and lamps, and try again.",
        _YOU,
    ),
    "broken_off": (
        "The machine stopped in the middle of the read.",
        "link",
        "Read again. If it stops at the same place, a technician looks at the machine.",
        _YOU,
    ),
    "broken_off.silence": (
        "The line went silent in the middle of the read.",
        "link",
        "Hold the plug still and read again. If it happens again, use another cable.",
        _YOU,
    ),
    "broken_off.deaf": (
        "The machine does not hear what this laptop says, though it can be heard.",
        "link",
        "Use another cable: one of its two wires is broken. Then read again.",
        _YOU,
    ),
    "broken_off.restarted": (
        "The machine began its report anew in the middle of the read.",
        "link",
        "Wait until the machine is idle, with its door as it was, and read again.",
        _YOU,
    ),
    "broken_off.eot": (
        "The machine ended the session before its report was whole.",
        "link",
        "Read again. If it always ends there, a technician looks at the machine.",
        _YOU,
    ),
    "bad_crc": (
        "A block arrived damaged {tries} times in a row.",
        "link",
        "Use another cable, keep it away from motors and lamps, and read again.",
        _YOU,
    ),
    "refused": (
        "The machine refused to be read (code {response}).",
        "link",
        "A technician looks at the machine's DEX settings.",
        _TECHNICIAN,
    ),
    "refused.01": (
        "The machine refused: it does not know this reader (code 01).",
        "link",
        "Allow this reader, or any reader, in the machine's DEX settings.",
        _TECHNICIAN,
    ),
    "refused.02": (
        "The machine refused: it speaks no revision of DEX that this program speaks (code 02).",
        "link",
        "Set the machine to revision 1 level 1, or update its software.",
        _TECHNICIAN,
    ),
    "refused.03": (
        "The machine refused: it is busy with something else (code 03).",
        "link",
        "Let it finish its sale or leave its service menu, then read again.",
        _YOU,
    ),
    "refused.04": (
        "The machine refused: it has no data to give (code 04).",
        "link",
        "Sell or test-vend once and read again. If it stays so, a technician looks at it.",
        _TECHNICIAN,
    ),
    "refused.05": (
        "The machine refused with an error of its own (code 05).",
        "link",
        "Switch the machine off and on, wait a minute, read again.",
        _TECHNICIAN,
    ),
    "refused.nak": (
        "The machine turns every request down.",
        "link",
        "Switch the machine off and on and read again; else check its DEX settings.",
        _TECHNICIAN,
    ),
    "too_long": (
        "The machine sends more than any report can be.",
        "link",
        "Switch the machine off and on, then read again.",
        _TECHNICIAN,
    ),
    "too_long.noise": (
        "There is noise on the line instead of a report.",
        "link",
        "Use another cable or adapter and read again.",
        _YOU,
    ),
    "cancelled": (
        "The read was cancelled.",
        "link",
        "Read again when you are ready.",
        _YOU,
    ),
    "interrupted": (
        "The program was ended in the middle of the read.",
        "link",
        "Read again.",
        _YOU,
    ),
    "refused.codes": (
        "The machine asks for its codes, and the right ones are not kept on this laptop.",
        "link",
        "Type the machine's security and pass code, or clear them in its menu, then read again.",
        _TECHNICIAN,
    ),
    "refused.list": (
        "The machine refused to give this list of data.",
        "link",
        "If this was a collect, read it for a look; a technician looks at its audit settings.",
        _TECHNICIAN,
    ),
    "refused.write": (
        "The machine refused to be written to.",
        "The machine has changed nothing.",
        "Open its door or its service menu, as its manual asks, then write again.",
        _TECHNICIAN,
    ),
    "refused.program": (
        "The machine refused to be programmed.",
        "The machine has changed nothing.",
        "Open its door or its service menu, as its manual asks, then try again.",
        _TECHNICIAN,
    ),
    "refused.master": (
        "The machine insists on sending: in such a session nothing can be written to it.",
        "The machine has changed nothing.",
        "Set its DEX port to wait for the reader, then write again.",
        _TECHNICIAN,
    ),
    "other_link": (
        "The machine on {port} speaks another protocol: {speaks}.",
        "link",
        "Let the program find the link out by itself, or choose the other one, then read again.",
        _YOU,
    ),
    "finish_unconfirmed": (
        "The report is whole, but the machine did not confirm the end of the collect.",
        "All of it ({blocks_said}) is kept, as a look: its interval counters may go on.",
        "Take the cash by this report, and read again for a collect when the machine answers.",
        _YOU,
    ),
    "codes_unreadable": (
        "These are no codes: they have four and four digits, 0 to 9 and A to F.",
        "Nothing was sent and nothing was kept.",
        "Type them as on the machine's menu, such as 0000-1A2B.",
        _YOU,
    ),
    "codes_differ": (
        "The codes typed first and second are not the same.",
        "Nothing was sent and nothing was kept.",
        "Type them twice again.",
        _YOU,
    ),
    "machine_not_named": (
        "Codes belong to one machine, and none was named.",
        "Nothing was sent and nothing was kept.",
        "Choose the machine first.",
        _YOU,
    ),
    "read_unknown": (
        "There is no read {id} on this laptop.",
        "Nothing was changed.",
        "Look with `cvd reads` which reads there are.",
        _YOU,
    ),
    "machine_unknown": (
        "This machine is not on this laptop.",
        "The read stays as it is.",
        "Sync, then say again whose read it is.",
        _YOU,
    ),
}
