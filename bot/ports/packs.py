"""What the core needs in order to take packs in and to give them out as files."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.domain.ids import PromptId
from bot.domain.packs import Prompt, ReadPack


class PackReader(Protocol):
    """Reads, checks and writes packs in the format of `prompts/README.md`."""

    async def read(self, data: bytes) -> ReadPack:
        """The prompts in a file, and all that is wrong with it. Raises nothing, whatever the bytes are, and holds
        nobody up."""
        ...

    def objections(self, prompt: Prompt, language: str) -> Sequence[str]:
        """What keeps a prompt out of any pack, in kind sentences."""
        ...

    def write(self, prompts: Sequence[Prompt], language: str) -> str:
        """The file of a community's own prompts. `read` gives back the same."""
        ...

    async def alike(self, fresh: Sequence[Prompt], known: Sequence[Prompt]) -> Mapping[PromptId, Prompt]:
        """Which of the known prompts says nearly the same as each of the fresh ones, by the fresh one's id."""
        ...
