"""Every reason of a mapping has its words."""

from cvd_desktop.app.bound_services import fact_words_of
from cvd_desktop.services.word_table_mapping import MAPPING_REASON_WORDS
from cvd_shared.selection_mapping import REASONS


def test_every_reason_has_words() -> None:
    assert set(MAPPING_REASON_WORDS) == set(REASONS)


def test_screens_get_the_words_of_every_area() -> None:
    assert fact_words_of("mapping_reason", "only_one_left", {}) == "all others are settled"
    assert "12.30" in fact_words_of("cash_reason", "customers_wait", {"amount": "12.30"})
    assert fact_words_of("cash_term", "to_box", {})
    assert fact_words_of("cash_reason", "customers_wait", {}).endswith("?.")  # a value is missing
    assert fact_words_of("no_such_area", "x", {}) == ""
    assert fact_words_of("evidence", "no_such_code", {}) == ""
