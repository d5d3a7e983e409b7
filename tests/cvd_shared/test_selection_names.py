"""A selection is found however people and machines write its name."""

from cvd_shared.selection_names import Names, selection_key


def test_keys() -> None:
    assert selection_key(" a001 ") == selection_key("A1") == "A1"
    assert selection_key("0") == selection_key("000") == "0"
    assert selection_key("10") != selection_key("1")


def test_the_exact_name_comes_first_and_padding_only_where_it_is_clear() -> None:
    names = Names(["1", "001", "A07", " 9"])
    assert names.find("1") == "1"
    assert names.find("001 ") == "001"
    assert names.find("01") is None
    assert names.find("a7") == "A07"
    assert names.find("9") == " 9"
    assert names.find("2") is None
