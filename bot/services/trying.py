"""Trying a channel out for real: a line is posted, read back and taken away again."""

from collections.abc import Sequence

import structlog

from bot.domain.errors import AdapterError, TryLater, Uncertain, Unreachable
from bot.domain.guide import Trial
from bot.domain.ids import dated_id
from bot.domain.message import Card, Text
from bot.domain.places import Lack, MessageRef, Place
from bot.ports import Clock
from bot.ports.platforms import Messenger, Messengers
from bot.services.attention import Attention

log = structlog.get_logger(__name__)

LINE = Card("Trying this channel out", (Text("Kindling tries whether it may post here. This line goes away at once."),))
NOT_READ_BACK = Lack(
    "not_read_back",
    "I posted a line and did not find it again. Something in this channel takes messages of apps away; an "
    "administrator can look whether another app or a rule does that.",
)
LEFT = Lack(
    "line_left",
    "I could not take the line away that I posted. Whoever may manage messages there can delete it, or press “Try it "
    "out” again.",
)
PERHAPS_LEFT = Lack(
    "line_perhaps_left",
    "The connection broke while I posted a line, and I cannot look whether it arrived. If it is there, whoever may "
    "manage messages can delete it. Please press “Try it out” again.",
)
_ATTEMPTS = 2


class Trying:
    """Every platform's own calls, so that a channel where this works is one where cards do."""

    def __init__(self, messengers: Messengers, attention: Attention, clock: Clock) -> None:
        self._messengers = messengers
        self._attention = attention
        self._clock = clock

    def begun(self, place: Place) -> Trial:
        """What is to be kept before anything is posted, so that a line is found again, also after a crash."""
        now = self._clock.now()
        return Trial(place.channel, dated_id(now), now)

    async def carry_out(self, place: Place, trial: Trial) -> tuple[Sequence[Lack], bool]:
        """What is missing, by name, and whether nothing is left in the channel."""
        lacks = list(await self._attention.examine(place))
        messenger = self._messengers.get(place.platform)
        if messenger is None or any(lack.elsewhere for lack in lacks):
            return lacks, True
        try:
            ref = await messenger.send(place, LINE, trial.key)
        except Uncertain:
            gone = await self.sweep(place, trial)
            return (*lacks, _later() if gone else PERHAPS_LEFT), gone
        except AdapterError as error:
            return lacks or [_lack(error)], True
        lacks += await self._read_back(messenger, ref, trial)
        gone = await self._delete(messenger, ref)
        return (*lacks, *(() if gone else (LEFT,))), gone

    async def sweep(self, place: Place, trial: Trial) -> bool:
        """Take away a line that an earlier try left. False when it may still be there."""
        messenger = self._messengers.get(place.platform)
        if messenger is None:
            return False
        try:
            ref = await messenger.find(place, trial.key, trial.at)
        except Unreachable:  # nobody sees what is in a channel that is gone
            return True
        except AdapterError as error:
            log.info("trial.not_found_out", platform=place.platform, channel=place.channel, code=str(error))
            return False
        return ref is None or await self._delete(messenger, ref)

    async def _read_back(self, messenger: Messenger, ref: MessageRef, trial: Trial) -> list[Lack]:
        try:
            found = await messenger.recognise(ref, {trial.key})
        except AdapterError as error:
            return [_lack(error)]
        return [] if found else [NOT_READ_BACK]

    async def _delete(self, messenger: Messenger, ref: MessageRef) -> bool:
        for _ in range(_ATTEMPTS):
            try:
                await messenger.delete(ref)
            except AdapterError as error:
                log.warning("trial.left", platform=ref.place.platform, channel=ref.place.channel, code=str(error))
            else:
                return True
        return False


def _lack(error: AdapterError) -> Lack:
    if isinstance(error, Unreachable):
        return Lack(error.code, error.sentence)
    return _later() if isinstance(error, TryLater) else Lack(str(error), NOT_READ_BACK.sentence)


def _later() -> Lack:
    return Lack("try_later", "The platform did not answer just now. Please press “Try it out” again in a minute.")
