"""What goes wrong besides the kills: the network, the platforms, and the disk."""

import asyncio
import resource
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random

from tests.endurance.aims import ONE_MESSAGE, POSTS
from tests.endurance.world import World


class Trouble(StrEnum):
    """One thing that goes wrong once."""

    LOST_ANSWER = "a sent card's answer is lost"
    LOST_REQUEST = "the connection breaks before a card is carried out"
    LIMITED = "429 to a card"
    BROKEN = "500 to a card"
    NO_REACTIONS = "500 or a dropped connection when reactions are fetched"
    LIMITED_REACTIONS = "429 when reactions are fetched"
    CUT = "gateway and socket are cut"
    RECONNECT = "gateway and socket are told to reconnect"
    NEW_SESSION = "the gateway's session cannot be resumed"


AT_START = tuple(trouble for trouble in Trouble if trouble not in {Trouble.CUT, Trouble.RECONNECT, Trouble.NEW_SESSION})


def put(world: World, trouble: Trouble, chance: Random) -> None:
    """Let it go wrong, on one platform or on both."""
    discord, slack = chance.choice([(1, 0), (0, 1), (1, 1)])
    in_discord: dict[str, object] = {"times": discord * chance.randint(1, 2)}
    in_slack: dict[str, object] = {"times": slack}
    route, method = ("POST", POSTS), "chat.postMessage"
    match trouble:
        case Trouble.LOST_ANSWER:
            in_discord |= {"drop_after": True}
            in_slack |= {"drop_after": True}
        case Trouble.LOST_REQUEST:
            in_discord |= {"drop_before": True}
            in_slack |= {"drop_before": True}
        case Trouble.LIMITED:
            in_discord |= {"retry_after": 0.2}
            in_slack |= {"retry_after": 1}
        case Trouble.BROKEN:
            in_discord |= {"status": chance.choice([500, 502, 503])}
            in_slack |= {"status": 500}
        case Trouble.NO_REACTIONS:
            route, method = ("GET", ONE_MESSAGE), "reactions.get"
            in_discord |= {"drop_before": True}
            in_slack |= {"status": 500}
        case Trouble.LIMITED_REACTIONS:
            route, method = ("GET", ONE_MESSAGE), "reactions.get"
            in_discord |= {"retry_after": 0.2}
            in_slack |= {"retry_after": 1}
        case _:
            return
    world.discord.fail(*route, **in_discord)
    world.slack.fail(method, **in_slack)


async def disturb(world: World, trouble: Trouble) -> None:
    """Trouble with the connections over which events come."""
    match trouble:
        case Trouble.CUT:
            await world.discord.drop_gateway(code=None)
            world.slack.drop_sockets()
        case Trouble.RECONNECT:
            await world.discord.request_reconnect()
            await world.slack.disconnect()
        case Trouble.NEW_SESSION:
            await world.discord.drop_gateway(resumable=False)
        case _:
            pass


def heal(world: World) -> None:
    """Nothing more goes wrong."""
    world.discord.heal()
    for fault in world.slack._state.faults:
        fault.cancel()


@dataclass(slots=True)
class Disk:
    """A disk that can be full: by a limit that is put on the process, or truly, where a small one is mounted."""

    folder: Path
    mounted: bool = False
    kinds: Counter[str] = field(default_factory=Counter)
    _filler: Path | None = None

    def fill(self, pid: int, chance: Random) -> Callable[[], None]:
        """Let nothing more be written; returns what makes room again."""
        if self.mounted and chance.random() < 0.7:
            self.kinds["a disk without space (ENOSPC)"] += 1
            return self._fill_truly()
        self.kinds["a limit on the process (EFBIG)"] += 1
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, most))

        def make_room() -> None:
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))

        return make_room

    def _fill_truly(self) -> Callable[[], None]:
        filler = self.folder / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as opened:
            for size in (1 << 20, 1 << 12, 1):
                with suppress(OSError):
                    while opened.write(b"x" * size):
                        pass
        return lambda: filler.unlink(missing_ok=True)


async def a_while(chance: Random, most: float) -> None:
    """A time that chance decides, for instants that nothing else marks."""
    await asyncio.sleep(chance.uniform(0, most))
