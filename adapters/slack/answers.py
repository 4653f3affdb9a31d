"""Private answers to one person, by the best way that is open."""

from dataclasses import dataclass, replace

import structlog

from adapters.slack.drafts import Drafts
from adapters.slack.errors import INVALID_BLOCKS
from adapters.slack.files import given, handed_over, pictured
from adapters.slack.forms import Memo, modal, possible
from adapters.slack.payload import Json
from adapters.slack.render import from_team, message
from adapters.slack.web import Doubt, Web
from bot.domain.errors import AdapterError, Unacceptable
from bot.domain.forms import Form, Rejected
from bot.domain.message import Card, Item, Items, Reply, Text

log = structlog.get_logger(__name__)

_LATE = "Your form is ready. Slack needs one more press to open it."
OUR_FAULT = "That did not work, and it is not your fault. Please try it again in a minute."
_FORM_GONE = "That form is no longer here. Please start again with /kind or /kindling."


@dataclass(frozen=True, slots=True)
class Origin:
    """What a person did, as far as the answer needs it.

    `respond` is the response address, `trigger` what opens a form within 3 seconds; both may be empty.
    `private` tells that the person alone sees the message they pressed a button on.
    """

    user: str
    channel: str = ""
    respond: str = ""
    trigger: str = ""
    private: bool = False


class Answers:
    """Shows replies to one person."""

    def __init__(self, web: Web, team: str, drafts: Drafts, pause: float) -> None:
        self._web = web
        self._team = team
        self._drafts = drafts
        self._pause = pause

    async def show(self, reply: Reply, origin: Origin, subject: str = "") -> None:
        """Show a reply. Raises nothing: when no way is open, the log says so. `subject` is a rejected form's."""
        try:
            match reply.content:
                case Card() as card:
                    beside = await handed_over(self._web, origin.user, reply.files)
                    await self._shown(replace(card, body=(*card.body, *beside)), origin, replaces=reply.replace)
                case Form() as form:
                    await self._form(form, origin)
                case Rejected(problems, form):
                    again = replace(form, subject=form.subject or subject)
                    await self._rejected(again, list(problems.values()), origin)
        except AdapterError as error:
            log.warning("slack.answer_lost", user=origin.user, code=str(error))
        except ValueError as error:
            log.exception("slack.answer_does_not_fit", user=origin.user, error=type(error).__name__)
            await self.apologise(OUR_FAULT, origin)

    async def _shown(self, card: Card, origin: Origin, *, replaces: bool) -> None:
        """A card with its picture or, where Slack does not show that to one person, with the words for it."""

        async def post(card: Card, file: str) -> None:
            await self._card(message(card, file=file), origin, replaces=replaces)

        await pictured(card, await self._file(card), post, self._pause)

    async def _file(self, card: Card) -> str:
        try:
            return await given(self._web, card.picture)
        except AdapterError:
            return ""

    async def apologise(self, sentence: str, origin: Origin) -> None:
        """Tell somebody that what they asked for did not happen."""
        await self.show(Reply(Card("One moment, please", (Text(sentence),))), origin)

    async def reopen(self, value: str, origin: Origin) -> None:
        """Open the form behind a button that was made because it could not be opened at once."""
        form = self._drafts.find(value)
        if form is None:
            await self.show(Reply(Card("This form has expired", (Text(_FORM_GONE),))), origin)
        else:
            await self.show(Reply(form), origin)

    async def _form(self, form: Form, origin: Origin) -> None:
        """Open a form; when it is too late for that, offer it with a button."""
        shown = possible(form, self._web.granted)
        if isinstance(shown, Card):
            await self._card(message(shown), origin, replaces=False)
        elif not await self._opened(shown, origin):
            await self._offer(Card(form.title, (Text(_LATE),)), form, origin)

    async def _rejected(self, form: Form, sentences: list[str], origin: Origin) -> None:
        """The form again, with what does not fit yet above it."""
        shown = possible(replace(form, intro="\n".join(sentences)), self._web.granted)
        if isinstance(shown, Card):
            await self._card(message(shown), origin, replaces=False)
        elif not await self._opened(shown, origin):
            listed = Items(tuple(Item(sentence) for sentence in sentences))
            await self._offer(Card(f"{form.title}: almost there", (listed,)), form, origin)

    async def _opened(self, form: Form, origin: Origin) -> bool:
        if not origin.trigger:
            return False
        view = modal(form, Memo(form.subject, origin.channel, origin.respond, origin.private))
        try:
            await self._web.post("views.open", trigger_id=origin.trigger, view=view)
        except AdapterError as error:
            log.info("slack.form_not_opened", user=origin.user, code=str(error))
            return False
        return True

    async def _offer(self, card: Card, form: Form, origin: Origin) -> None:
        content = message(card)
        content["blocks"] = [*content["blocks"], self._drafts.block(form)]
        await self._card(content, origin, replaces=False)

    async def _card(self, content: Json, origin: Origin, *, replaces: bool) -> None:
        """Through the response address; else in the channel, for the person alone; else as a direct message."""
        content = {**content, "blocks": from_team(content["blocks"], self._team)}
        if origin.respond and await self._responded(content, origin, replaces=replaces and origin.private):
            return
        if origin.channel[:1] in {"C", "G"}:
            try:
                await self._web.post("chat.postEphemeral", channel=origin.channel, user=origin.user, **content)
            except AdapterError as error:
                if _is_refused(error):
                    raise
                log.info("slack.not_shown_in_channel", user=origin.user, channel=origin.channel, code=str(error))
            else:
                return
        await direct_message(self._web, origin.user, content)

    async def _responded(self, content: Json, origin: Origin, *, replaces: bool) -> bool:
        answer = {"response_type": "ephemeral", "replace_original": replaces, **content}
        try:
            await self._web.respond(origin.respond, answer)
        except AdapterError as error:
            if _is_refused(error):
                raise
            log.info("slack.response_address_failed", user=origin.user, code=str(error))
            return False
        return True


def _is_refused(error: AdapterError) -> bool:
    """Whether Slack refuses what is to be shown: so it would by every other way."""
    return isinstance(error, Unacceptable) and error.code == INVALID_BLOCKS


async def direct_message(web: Web, user: str, content: Json, doubt: Doubt | None = None) -> None:
    """Post to the conversation between Kindling and one person, opening it when needed."""
    opened = await web.post("conversations.open", repeatable=True, users=user)
    await web.post("chat.postMessage", doubt=doubt, channel=opened["channel"]["id"], **content, **QUIET)


QUIET: Json = {"unfurl_links": False, "unfurl_media": False, "link_names": False, "parse": "none", "mrkdwn": False}
"""Arguments of chat.postMessage: nothing in a message is previewed, linked, or read as markup or as a name."""
