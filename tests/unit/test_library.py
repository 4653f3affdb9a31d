from pathlib import Path

import pytest

from bot.domain.errors import PackProblem
from bot.domain.ids import PromptId, ThemeId
from bot.domain.packs import Circle, Kind
from bot.ports import Library
from bot.runtime.library import check_packs, load
from bot.runtime.packs.register import REGISTER, register

HEAD = """format = 1
id = "{id}"
version = "1.0.0"
language = "{language}"
title = "A pack"
about = "What it is for."
"""
PROMPT = {
    "id": '"own.one"',
    "kind": '"act"',
    "text": '"Say one warm thing."',
    "circle": '"close"',
    "effort": '"tiny"',
    "setting": '"any"',
    "cost": '"none"',
}
THEME = """[[theme]]
id = "theme.small"
circle = "self"
title = "Small"
text = "A small week."
daily = "What is small today?"
ideas = ["One.", "Two.", "Three."]
"""
PLAN = """[[plan]]
id = "widening-circles"
title = "A plan"
about = "One week."
weeks = [
  { circle = "self", themes = ["theme.small"] },
]
"""
SOURCE = """format = 1
[[source]]
id = "one-2020"
citation = "One (2020)."
url = "https://example.org/one"
finding = "Found."
"""


def prompt(**keys: str) -> str:
    rows = "".join(f"{key} = {value}\n" for key, value in (PROMPT | keys).items() if value)
    return f"[[prompt]]\n{rows}"


def pack(folder: Path, *tables: str, name: str = "own", language: str = "en") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(HEAD.format(id=name, language=language) + "\n".join(tables), "utf-8")
    return folder


def found(folder: Path) -> list[tuple[str, str]]:
    """The codes of all faults, each with the text of the line it points to."""
    return [
        (fault.code, Path(fault.file).read_text("utf-8").splitlines()[fault.line - 1])
        for fault in check_packs([folder])
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "packs"


def test_a_library_holds_what_the_packs_say(folder: Path) -> None:
    retired = prompt(id='"own.old"', text='"An old thing."', retired="true")

    library: Library = load([pack(folder, prompt(), retired, THEME, PLAN)])

    assert [p.id for p in library.prompts("en", Kind.ACT)] == ["own.one"]
    assert library.prompts("en", Kind.REFLECTION) == ()
    old = library.prompt(PromptId("own.old"))
    assert old
    assert old.retired
    theme = library.theme(ThemeId("theme.small"))
    assert theme
    assert theme.circle is Circle.SELF
    assert library.plan("widening-circles").weeks[0].themes == ("theme.small",)


def test_an_unknown_plan_is_the_built_in_one(folder: Path) -> None:
    other = PLAN.replace("widening-circles", "another")

    library = load([pack(folder, THEME, other, PLAN)])

    assert library.plan("gone").id == "widening-circles"
    assert library.plan("another").id == "another"


def test_a_language_without_prompts_falls_back(folder: Path) -> None:
    pack(folder, prompt(id='"de.eins"'), name="de", language="de")

    library = load([pack(folder, prompt(), THEME, PLAN)])

    assert [p.id for p in library.prompts("de-AT", Kind.ACT)] == ["de.eins"]
    assert [p.id for p in library.prompts("fr", Kind.ACT)] == ["own.one"]


def test_a_good_pack_has_no_faults(folder: Path) -> None:
    assert check_packs([pack(folder, prompt(), THEME, PLAN)]) == []


@pytest.mark.parametrize(
    ("table", "code", "line"),
    [
        (prompt(kind=""), "pack.missing", "[[prompt]]"),
        (prompt(circel='"self"'), "pack.unknown-key", 'circel = "self"'),
        (prompt(circle='"freinds"'), "pack.unknown-value", 'circle = "freinds"'),
        (prompt(text='""'), "pack.empty", 'text = ""'),
        (prompt(text=f'"{"a" * 241}"'), "pack.too-long", f'text = "{"a" * 241}"'),
        (prompt(text="7"), "pack.type", "text = 7"),
        (prompt(id='"own.Big"'), "pack.form", 'id = "own.Big"'),
        (prompt(id='"other.one"'), "pack.id.prefix", 'id = "other.one"'),
        (prompt(text='"Hello @everyone."'), "pack.markup", 'text = "Hello @everyone."'),
        (prompt(text='"See www.example.org."'), "pack.markup", 'text = "See www.example.org."'),
        (prompt(text='"A \\u200b gap."'), "pack.invisible", 'text = "A \\u200b gap."'),
        (prompt(text='"A \\u202e turn."'), "pack.invisible", 'text = "A \\u202e turn."'),
        (prompt(text='" Spaced."'), "pack.space", 'text = " Spaced."'),
        (prompt(text='"Smile 😀 today."'), "pack.emoji", 'text = "Smile 😀 today."'),
        (prompt(text='"You must smile."'), "pack.tone.obligation", 'text = "You must smile."'),
        (prompt(why='"It may help."'), "pack.why-without-source", 'why = "It may help."'),
        (prompt(why='"It may help."', sources='["two-2020"]'), "pack.source-unknown", 'sources = ["two-2020"]'),
        (prompt(why='"It is so."', sources='["one-2020"]'), "pack.tone.unhedged", 'why = "It is so."'),
        (prompt(sources='["one-2020"]'), "pack.source-without-why", 'sources = ["one-2020"]'),
        (THEME.replace('"Two.", ', ""), "pack.count", 'ideas = ["One.", "Three."]'),
        (THEME.replace("theme.small", "small"), "pack.id.prefix", 'id = "small"'),
        (
            THEME + PLAN.replace("theme.small", "theme.smal"),
            "pack.theme-unknown",
            '  { circle = "self", themes = ["theme.smal"] },',
        ),
        (
            THEME + PLAN.replace('"self"', '"close"'),
            "pack.theme-circle",
            '  { circle = "close", themes = ["theme.small"] },',
        ),
    ],
)
def test_a_fault_is_named_on_its_line(folder: Path, table: str, code: str, line: str) -> None:
    pack(folder, table)
    (folder / "sources.toml").write_text(SOURCE, "utf-8")

    faults = found(folder)

    assert faults == [(code, line)]


def test_a_pack_is_called_like_its_file(folder: Path) -> None:
    pack(folder).joinpath("own.toml").rename(folder / "other.toml")

    assert found(folder) == [("pack.id.file", 'id = "own"')]


def test_a_slip_is_answered_with_what_was_meant(folder: Path) -> None:
    pack(folder, prompt(efort='"tiny"', effort=""), prompt(id='"own.two"', circle='"strangres"'))

    sentences = [fault.sentence for fault in check_packs([folder])]

    assert any("Did you mean “effort”?" in sentence for sentence in sentences)
    assert any("Did you mean “strangers”?" in sentence for sentence in sentences)


def test_a_syntax_error_carries_its_line(folder: Path) -> None:
    pack(folder, prompt(), "what is this")

    [(code, row)] = found(folder)

    assert (code, row) == ("pack.syntax", "what is this")


def test_a_file_in_another_encoding_is_a_fault_on_its_line(folder: Path) -> None:
    folder.mkdir()
    (folder / "latin.toml").write_bytes("format = 1\ntitle = 'Grüße'\n".encode("latin-1"))

    [fault] = check_packs([folder])

    assert (fault.code, fault.line) == ("pack.encoding", 2)


def test_loading_tells_every_fault_at_once(folder: Path) -> None:
    pack(folder, prompt(text='"You must smile."'), prompt(id='"own.two"', kind='"x"'), "[[theme]]")

    with pytest.raises(PackProblem) as problem:
        load([folder])

    assert {fault.code for fault in problem.value.faults} == {
        "pack.tone.obligation",
        "pack.unknown-value",
        "pack.missing",
    }
    assert f"{folder}/own.toml:" in str(problem.value)


def test_an_id_is_used_once_over_all_packs(folder: Path) -> None:
    pack(folder, prompt())

    [code, *_] = [code for code, _ in found(pack(folder, prompt(), prompt(text='"Wholly different words here."')))]

    assert code == "pack.id.duplicate"


def test_two_packs_with_one_id_are_a_fault(folder: Path, tmp_path: Path) -> None:
    pack(folder)
    pack(tmp_path / "more")

    faults = check_packs([folder, tmp_path / "more"])

    assert [fault.code for fault in faults] == ["pack.id.duplicate"]


def test_texts_that_are_nearly_the_same_are_noticed(folder: Path) -> None:
    pack(folder, prompt(), prompt(id='"own.two"', text='"Say one warm thing!"'))

    assert found(folder) == [("pack.near-duplicate", 'text = "Say one warm thing!"')]


def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(PackProblem, match="There is no such folder"):
        load([tmp_path / "nowhere"])


def test_a_folder_that_is_named_twice_is_read_once(folder: Path) -> None:
    pack(folder, prompt(), THEME, PLAN)

    assert check_packs([folder, folder / ".." / folder.name, folder / "own.toml"]) == []
    assert [each.id for each in load([folder, folder]).packs] == ["own"]


def test_packs_without_a_plan_cannot_be_used(folder: Path) -> None:
    with pytest.raises(PackProblem, match=r"\[\[plan\]\]"):
        load([pack(folder, prompt())])


def test_registered_ids_are_kept(folder: Path) -> None:
    pack(folder, prompt(), THEME, PLAN)

    assert register(folder) == 3
    assert register(folder) == 0
    assert check_packs([folder]) == []


def test_a_new_id_is_asked_to_be_registered(folder: Path) -> None:
    register(pack(folder, prompt()))
    pack(folder, prompt(), prompt(id='"own.two"', text='"Wholly different words here."'))

    assert found(folder) == [("pack.id.unregistered", 'id = "own.two"')]


def test_a_removed_id_is_noticed(folder: Path) -> None:
    register(pack(folder, prompt(), THEME))
    pack(folder, THEME)

    assert found(folder) == [("pack.id.removed", "prompt own.one act close")]


def test_an_id_that_comes_to_mean_something_else_is_noticed(folder: Path) -> None:
    register(pack(folder, prompt()))
    pack(folder, prompt(circle='"self"'))

    assert found(folder) == [("pack.id.changed", 'id = "own.one"')]


def test_a_register_only_grows(folder: Path) -> None:
    register(pack(folder, prompt(id='"own.z"')))
    before = (folder / REGISTER).read_text("utf-8")

    pack(folder, prompt(id='"own.z"'), prompt(id='"own.a"', text='"Wholly different words here."'))
    register(folder)

    assert (folder / REGISTER).read_text("utf-8") == f"{before}prompt own.a act close\n"
