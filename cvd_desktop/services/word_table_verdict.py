"""The sentences for the answers to the five questions of a read (cvd_shared/read_questions.py).

code or question.code -> the finding in one line. `{name}` is a value of the answer.
"""

ANSWERS: dict[str, str] = {}
