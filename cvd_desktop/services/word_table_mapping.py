"""Why a slot is believed to have its selection, in words: the reasons of selection_mapping.py.

A code without words fails its test.
"""

MAPPING_REASON_WORDS: dict[str, str] = {
    "person": "vended by a person, and this counter moved",
    "exact": "the planogram has exactly this name",
    "padded": "the same name but for zeros or blanks",
    "label": "the label on the door is this name",
    "between": "it stands between two that names settle",
    "row_and_column": "rows and places of door and machine agree",
    "board_order": "the same number in the order of the board",
    "columns_first": "the machine counts down the columns",
    "turned": "the machine counts from below or from the right",
    "shifted": "the order is off by a few places",
    "cabinets_swapped": "the machine counts the other cabinet first",
    "only_one_left": "all others are settled",
    "nothing": "nothing says which it is",
}
