import tomllib

from bot.runtime.packs.lines import line_of, lines_of

TEXT = '''format = 1
title = "a [[prompt]] in a text, and # no comment"  # one here

[[prompt]]
id = "a"
text = """
[[prompt]]
id = "not me"
"""
tags = [
  "one", # [[prompt]]
  "two",
]

[[prompt]]
"quoted key" = 'x = 1'
nested.key = 1
weeks = [
  { circle = "self", themes = ["a", "b"] },

  { circle = "close", themes = [
    "c" ] },
]

[[plan]]
[[plan.weeks]]
circle = "self"
[[plan.weeks]]
circle = "close"
[[plan]]
[[plan.weeks]]
circle = "third"
[other.table]
key = 2
'''


def test_every_key_is_found_on_its_line() -> None:
    lines = lines_of(TEXT)

    rows = TEXT.splitlines()
    assert lines["prompt", 0] == rows.index("[[prompt]]") + 1
    assert lines["prompt", 0, "tags"] == rows.index("tags = [") + 1
    assert lines["prompt", 0, "tags", 1] == rows.index('  "two",') + 1
    assert rows[lines["prompt", 1] - 1] == "[[prompt]]"
    assert rows[lines["prompt", 1, "quoted key"] - 1].startswith('"quoted key"')
    assert rows[lines["prompt", 1, "nested", "key"] - 1].startswith("nested.key")
    assert "close" in rows[lines["prompt", 1, "weeks", 1] - 1]
    assert rows[lines["plan", 0, "weeks", 1, "circle"] - 1] == 'circle = "close"'
    assert rows[lines["plan", 1, "weeks", 0, "circle"] - 1] == 'circle = "third"'
    assert rows[lines["other", "table", "key"] - 1] == "key = 2"


def test_texts_are_not_taken_for_tables() -> None:
    lines = lines_of(TEXT)

    assert len(tomllib.loads(TEXT)["prompt"]) == 2
    assert ("prompt", 2) not in lines


def test_what_is_not_there_is_placed_at_what_is_around_it() -> None:
    lines = lines_of(TEXT)

    assert line_of(lines, ("prompt", 0, "kind")) == lines["prompt", 0]
    assert line_of(lines, ("version",)) == 1
