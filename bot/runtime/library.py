"""The packs in memory: `bot.ports.Library` over TOML files."""

from collections.abc import Mapping, Sequence
from importlib.resources import files as package_files
from pathlib import Path

from bot.domain.challenges import Plan, Theme
from bot.domain.errors import PackFault, PackProblem
from bot.domain.ids import PackId, PlanId, PromptId, ThemeId
from bot.domain.packs import Kind, Pack, Prompt, Source
from bot.runtime.packs import checks
from bot.runtime.packs.files import PackFile, entries, read
from bot.runtime.packs.register import unkept
from bot.runtime.packs.schema import PlanTable, PromptTable, SourceTable, ThemeTable

BUILT_IN_PLAN = PlanId("widening-circles")
FALLBACK = "en"


def built_in() -> Path:
    """The folder of the packs that come with Kindling.

    It lies beside the package `bot`, in a checkout as in an installed wheel; it holds data only, and looking
    for it there cannot meet another folder called `prompts` on the path.
    """
    return Path(str(package_files("bot"))).parent / "prompts"


class Packs:
    """The library that `load` makes. Unchanging; lookups take no time worth speaking of."""

    def __init__(self, files: Sequence[PackFile]) -> None:
        self.packs = tuple(
            Pack(PackId(h.id), h.version, h.language, h.title, h.about) for file in files if (h := file.header)
        )
        self._languages: dict[str, dict[Kind, tuple[Prompt, ...]]] = {}
        self._prompts: dict[PromptId, Prompt] = {}
        self._themes: dict[ThemeId, Theme] = {}
        self._plans: dict[PlanId, Plan] = {}
        self._sources: dict[str, Source] = {}
        for entry in entries(files):
            match entry.table:
                case PromptTable():
                    header = entry.file.header
                    if header:
                        self._add(entry.table.value(header.id), header.language)
                case ThemeTable():
                    self._themes[ThemeId(entry.table.id)] = entry.table.value()
                case PlanTable():
                    self._plans[PlanId(entry.table.id)] = entry.table.value()
                case SourceTable():
                    self._sources[entry.table.id] = entry.table.value()

    def _add(self, prompt: Prompt, language: str) -> None:
        self._prompts[prompt.id] = prompt
        if not prompt.retired:
            kinds = self._languages.setdefault(language, {})
            kinds[prompt.kind] = (*kinds.get(prompt.kind, ()), prompt)

    def prompts(self, language: str, kind: Kind) -> Sequence[Prompt]:
        """All prompts of one kind, in pack order, without the retired ones.

        In a language that has none they are those of the language without its country (`pt` for `pt-BR`),
        and failing that the English ones.
        """
        for name in (language, language.partition("-")[0], FALLBACK):
            if found := self._languages.get(name, {}).get(kind):
                return found
        return ()

    def prompt(self, prompt: PromptId) -> Prompt | None:
        """The prompt of this id, also when it is retired."""
        return self._prompts.get(prompt)

    def theme(self, theme: ThemeId) -> Theme | None:
        """The theme of this id."""
        return self._themes.get(theme)

    def plan(self, plan: str) -> Plan:
        """The challenge plan of this id; the built-in plan when it is unknown."""
        return self._plans.get(PlanId(plan)) or self._plans.get(BUILT_IN_PLAN) or next(iter(self._plans.values()))

    @property
    def plans(self) -> Mapping[PlanId, Plan]:
        """All plans by id."""
        return self._plans

    @property
    def themes(self) -> Mapping[ThemeId, Theme]:
        """All themes by id, in pack order."""
        return self._themes

    @property
    def languages(self) -> frozenset[str]:
        """The languages that have prompts."""
        return frozenset(self._languages)

    def pack(self, pack: PackId) -> Pack | None:
        """What the pack of this id says about itself."""
        return next((one for one in self.packs if one.id == pack), None)

    def source(self, source: str) -> Source | None:
        """The source of this id, as named in `Prompt.sources`."""
        return self._sources.get(source)


def load(folders: Sequence[Path]) -> Packs:
    """The library of all packs in the folders and below. Raises `PackProblem` with every fault.

    Reads files and takes some tens of milliseconds: on a running loop, call it in a thread.
    """
    files = read(folders)
    faults = [*_absent(folders), *checks.needed(files)]
    if not faults and not any(isinstance(entry.table, PlanTable) for entry in entries(files)):
        place = str(folders[0]) if folders else str(built_in())
        faults = [
            PackFault(place, 1, "pack.no-plan", "No pack here has a [[plan]], and the weekly challenge needs one.")
        ]
    if faults:
        raise PackProblem(faults)
    return Packs(files)


def check_packs(folders: Sequence[Path]) -> Sequence[PackFault]:
    """Everything there is to say about packs: what `load` refuses, near-duplicates, and the register of ids.

    The folders are seen as one library; include `built_in()` to check packs that use its sources or themes.
    """
    files = read(folders)
    faults = [*_absent(folders), *checks.needed(files), *checks.near_duplicates(files), *unkept(folders)]
    return sorted(faults, key=lambda fault: (fault.file, fault.line))


def must_be_there(folders: Sequence[Path]) -> None:
    """Raise `PackProblem` for each folder that is not there."""
    if faults := _absent(folders):
        raise PackProblem(faults)


def _absent(folders: Sequence[Path]) -> Sequence[PackFault]:
    sentence = "There is no such folder. Look how it is written, here or as one of the folders in [prompts]."
    return [PackFault(str(folder), 1, "pack.no-folder", sentence) for folder in folders if not folder.exists()]
