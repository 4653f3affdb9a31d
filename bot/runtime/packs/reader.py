"""`bot.ports.PackReader`: packs that people hand in, and the file of a community's own prompts."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from bot.domain.errors import PackFault
from bot.domain.ids import PromptId
from bot.domain.own import OWN
from bot.domain.packs import Prompt, ReadPack
from bot.ports import Library
from bot.runtime.packs import checks
from bot.runtime.packs.files import FAULTS_MOST, parsed
from bot.runtime.packs.schema import PromptTable

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
HANDED_IN = Path("the file")
OF_FOLDERS = frozenset({"pack.id.file"})
"""Faults that a file in a folder can have, and one that is handed in cannot: who knows what a browser called it."""
TABLES_MOST = 2_000
AT_ONCE = 1
"""Reading keeps a processor busy that answers wait for."""
DEEP = re.compile(r"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){12}""")
"""A key with many dots. No pack has one, and what reads TOML takes memory for the square of their number."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?")


class Reader:
    """Knows the sources of a library, so that packs that are handed in may lean on them."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def read(self, data: bytes) -> ReadPack:
        """The prompts in a file, and all that is wrong with it."""
        async with self._turn:
            return await asyncio.to_thread(self._read, data)

    def _read(self, data: bytes) -> ReadPack:
        if data.count(b"[[") > TABLES_MOST:
            sentence = f"There are more than {TABLES_MOST} tables in it, and that is too much at once."
            return ReadPack((), (PackFault(str(HANDED_IN), 1, "pack.too-much", sentence),))
        if deep := DEEP.search(data.decode(errors="replace")):
            line = deep.string.count("\n", 0, deep.start()) + 1
            sentence = "There are so many dots in this line that it cannot be taken in."
            return ReadPack((), (PackFault(str(HANDED_IN), line, "pack.syntax", sentence),))
        file = parsed(HANDED_IN, data.removeprefix(BYTE_ORDER_MARK))
        found = checks.needed([file], lambda source: self._library.source(source) is not None)
        there = islice((fault for fault in found if fault.code not in OF_FOLDERS), FAULTS_MOST)
        faults = sorted(there, key=lambda fault: fault.line)
        prompts = tuple(entry.table.value(OWN) for entry in file.entries if isinstance(entry.table, PromptTable))
        return ReadPack(prompts, tuple(faults), len(file.entries) - len(prompts))

    def objections(self, prompt: Prompt, language: str) -> Sequence[str]:
        """What keeps a prompt out of any pack."""
        return tuple(fault.sentence for fault in self._read(self.write([prompt], language).encode()).faults)

    def write(self, prompts: Sequence[Prompt], language: str) -> str:
        """The file of a community's own prompts."""
        head = {
            "id": OWN,
            "version": "1.0.0",
            "language": language if _LANGUAGE.fullmatch(language) else "en",
            "title": "Our own prompts",
            "about": "What this community wrote, or took in from elsewhere.",
        }
        lines = ["format = 1", *(f"{name} = {_quoted(value)}" for name, value in head.items())]
        for prompt in prompts:
            lines += ["", "[[prompt]]", *_lines(prompt)]
        return "\n".join([*lines, ""])

    async def alike(self, fresh: Sequence[Prompt], known: Sequence[Prompt]) -> Mapping[PromptId, Prompt]:
        """Which of the known prompts says nearly the same as each of the fresh ones."""
        return await asyncio.to_thread(_alike, fresh, known)


def _alike(fresh: Sequence[Prompt], known: Sequence[Prompt]) -> Mapping[PromptId, Prompt]:
    from rapidfuzz import fuzz, process  # noqa: PLC0415 -- `kindling run` has no need of it before somebody writes

    found: dict[PromptId, Prompt] = {}
    for prompt in fresh:
        others = [other for other in known if other.kind is prompt.kind and other.id != prompt.id]
        texts = [other.text.casefold() for other in others]
        best = process.extractOne(prompt.text.casefold(), texts, scorer=fuzz.ratio, score_cutoff=checks.ALIKE)
        if best is not None:
            found[prompt.id] = others[best[2]]
    return found


def _lines(prompt: Prompt) -> list[str]:
    fields = {
        "id": prompt.id,
        "kind": prompt.kind.value,
        "text": prompt.text,
        "circle": prompt.circle.value,
        "effort": prompt.effort.value,
        "setting": prompt.setting.value,
        "cost": prompt.cost.value,
        "strength": prompt.strength.value if prompt.strength else "",
        "why": prompt.why,
    }
    lines = [f"{name} = {_quoted(value)}" for name, value in fields.items() if value]
    if prompt.sources:
        lines.append(f"sources = [{', '.join(map(_quoted, prompt.sources))}]")
    return [*lines, "retired = true"] if prompt.retired else lines


def _quoted(text: str) -> str:
    """A text as TOML's basic string, which is JSON's but for one sign."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
