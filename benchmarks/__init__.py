"""Speed, measured beside a reference in the same run; never part of the tests."""
