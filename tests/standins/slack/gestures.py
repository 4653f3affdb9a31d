"""What people do in Slack: commands, buttons, menus, forms, shortcuts."""

from .blocks import check_view
from .chat import check_content, message_json
from .delivery import Envelope, Outcome, Post
from .elements import Checks, check_option, options_of
from .fields import Target, entered, find_control, missing_inputs, pick_option, values_of
from .files import chosen_files, needs_scope
from .reply import Reply
from .responses import ResponseAddress, Responses
from .shapes import Json, as_list, as_object
from .state import ApiError, State, Trigger
from .views import push_view, view_json
from .world import CannotDo, Channel, Ephemeral, Message, User, View

MOST_SUGGESTIONS = 100
LONGEST_CALLBACK_ID = 255


def named(channel: Channel) -> str:
    """What a payload calls a channel: one that is not public keeps its name to itself."""
    return {"private": "privategroup", "im": "directmessage"}.get(channel.kind, channel.name)


class Gestures:
    """Each gesture checks that this person could make it, tells the app, and waits for the acknowledgement."""

    def __init__(self, state: State, post: Post, responses: Responses) -> None:
        self._state = state
        self._post = post
        self._responses = responses

    async def slash(self, user: User, channel: Channel, command: str, text: str) -> Reply:
        self._may_write(user, channel)
        if "commands" not in user.team.scopes:
            raise CannotDo("an app without the scope `commands` has no slash commands")
        trigger, address = self._state.new_trigger(user, viewing=channel), self._responses.issue(user, channel)
        payload: Json = {
            "token": "unused",
            "team_id": user.team.id,
            "team_domain": user.team.domain,
            "channel_id": channel.id,
            "channel_name": named(channel),
            "user_id": user.id,
            "user_name": user.name,
            "command": command,
            "text": text,
            "api_app_id": self._state.world.app_id,
            "is_enterprise_install": "false",
            "response_url": address.url,
            "trigger_id": trigger.id,
        }
        reply = await self._tell(Envelope("slash_commands", payload, takes_answer=True), user, trigger, address)
        if reply.ack:
            self._show_answer(reply.ack, address)
        return reply

    def _show_answer(self, content: Json, address: ResponseAddress) -> None:
        blocks, attachments = as_list(content.get("blocks")) or [], as_list(content.get("attachments")) or []
        text = content.get("text") or ""
        try:
            check_content(self._state, "slash command answer", text, blocks, attachments)
        except ApiError as error:
            self._state.complain("slash command answer", f"{error.code}: {error.more}")
            return
        if text or blocks or attachments:
            address.source = self._responses.show(address, content)
        self._state.changes.notify()

    async def click(self, user: User, target: Target, name: str, value: object) -> Reply:
        self._may_see(user, target)
        block, element = find_control(target, name)
        chosen = await self._chosen(user, target, block, element, value)
        if element["type"] != "button" and element["type"] != "overflow":
            target.entered[user.id, block["block_id"], element["action_id"]] = chosen
        action = {
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            **chosen,
            "action_ts": self._state.world.new_ts(),
        }
        return await self._act(user, target, {"type": "block_actions", "actions": [action]})

    async def _chosen(self, user: User, target: Target, block: Json, element: Json, value: object) -> Json:
        if element["type"] == "button":
            shown = {name: element[name] for name in ("text", "value", "style", "url") if name in element}
            return {"type": "button", **shown}
        if element["type"] == "file_input":
            return {"type": "file_input", "files": chosen_files(self._state, user, element, value)}
        if element["type"] in {"external_select", "multi_external_select"}:
            value = await self._external(user, target, element, value)
        return entered(element, value)

    async def _external(self, user: User, target: Target, element: Json, value: object) -> object:
        """Options that the app offers for what was typed; an option given as it is was offered before."""
        if (option := as_object(value)) is not None:
            return option
        if (several := as_list(value)) is not None:
            return [await self._external(user, target, element, one) for one in several]
        return pick_option(await self.suggest(user, target, element["action_id"], str(value)), value)

    async def suggest(self, user: User, target: Target, name: str, typed: str) -> list[Json]:
        """Type into an external select and get the app's options."""
        self._may_see(user, target)
        block, element = find_control(target, name)
        if len(typed) < element.get("min_query_length", 3):
            raise CannotDo("Slack does not ask the app before more is typed")
        payload: Json = {
            **self._person(user, "block_suggestion"),
            **self._place(user, target),
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "value": typed,
        }
        outcome = await self._post.send(Envelope("interactive", payload, takes_answer=True))
        return self._checked_options(outcome)

    def _checked_options(self, outcome: Outcome) -> list[Json]:
        answer = outcome.payload or {}
        checks = Checks()
        options = options_of(answer)
        if len(options) > MOST_SUGGESTIONS:
            checks.add("/options", "no more than 100 items allowed")
        for index, option in enumerate(options):
            check_option(checks, option, f"/options/{index}")
        for problem in checks.problems:
            self._state.complain("block_suggestion answer", str(problem))
        return [] if checks.problems else options

    async def submit(self, user: User, view: View, values: dict[str, object]) -> Reply:
        if view.type != "modal" or not view.open or self._state.world.views(user)[-1:] != [view]:
            raise CannotDo(f"{user.name} does not have this modal on top")
        if view.payload.get("submit") is None and not any(block["type"] == "input" for block in view.blocks):
            raise CannotDo("this modal has no submit button")
        await self.fill(user, view, values)
        if missing := missing_inputs(view, user):
            raise CannotDo(f"Slack does not submit before these are filled in: {missing}")
        payload: Json = {
            **self._person(user, "view_submission"),
            "view": view_json(view, self._state.world, values_of(view, user)),
            "response_urls": self._submission_addresses(user, view),
        }
        trigger = self._state.new_trigger(user, view)
        payload["trigger_id"] = trigger.id
        reply = await self._tell(Envelope("interactive", payload, takes_answer=True), user, trigger, None)
        if reply.acked:
            self._follow(reply, view)
        return reply

    async def fill(self, user: User, view: View, values: dict[str, object]) -> None:
        """Enter values without submitting. Keys are block ids, action ids or labels."""
        for name, value in values.items():
            block, element = find_control(view, name)
            chosen = await self._chosen(user, view, block, element, value)
            view.entered[user.id, block["block_id"], element["action_id"]] = chosen

    def _submission_addresses(self, user: User, view: View) -> list[Json]:
        found: list[Json] = []
        values = values_of(view, user)
        for block in view.blocks:
            element: Json = block.get("element", {})
            if not element.get("response_url_enabled"):
                continue
            value = values[block["block_id"]][element["action_id"]]
            channel_id = value.get("selected_conversation") or value.get("selected_channel")
            if channel_id in self._state.world.channels:
                address = self._responses.issue(user, self._state.world.channels[channel_id])
                ids = {"block_id": block["block_id"], "action_id": element["action_id"]}
                found.append({**ids, "channel_id": channel_id, "response_url": address.url})
        return found

    def _follow(self, reply: Reply, view: View) -> None:
        """Do what the answer to a submission says; without one the modal closes."""
        answer = reply.ack or {}
        view.errors = {}
        match answer.get("response_action"):
            case None:
                self._state.world.close_views(reply.user, everything=bool(view.payload.get("clear_on_close")))
            case "clear":
                self._state.world.close_views(reply.user, everything=True)
            case "errors":
                self._show_errors(reply, view, answer.get("errors") or {})
            case "update" | "push" as action:
                self._show_view(reply, view, answer.get("view") or {}, push=action == "push")
            case other:
                self._state.complain("view_submission answer", f"unknown response_action: {other}")
        self._state.changes.notify()

    def _show_errors(self, reply: Reply, view: View, errors: dict[str, str]) -> None:
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        if not errors or set(errors) - inputs:
            strangers = sorted(set(errors) - inputs)
            self._state.complain("view_submission answer", f"errors for no input of the view: {strangers}")
        view.errors = reply.errors = errors

    def _show_view(self, reply: Reply, view: View, payload: Json, *, push: bool) -> None:
        payload = {name: value for name, value in payload.items() if value is not None}
        if needs_scope(payload, view.team):
            self._state.complain("view_submission answer", "a file_input needs the scope files:read")
        elif problems := check_view(payload, "modal"):
            self._state.complain("view_submission answer", f"invalid view: {[str(p) for p in problems]}")
        elif not push:
            self._state.world.change_view(view, payload)
        elif (pushed := push_view(self._state.world, view, payload)) is None:
            self._state.complain("view_submission answer", "no more than three modals can be stacked")
        else:
            reply.trigger.opened.append(pushed)

    async def close(self, user: User, view: View) -> Reply | None:
        """Close a modal; the app hears of it only when it asked (`notify_on_close`)."""
        if not view.open or view.type != "modal":
            raise CannotDo("this modal is not open")
        self._state.world.close_views(user, everything=bool(view.payload.get("clear_on_close")))
        if not view.payload.get("notify_on_close"):
            return None
        payload: Json = {
            **self._person(user, "view_closed"),
            "view": view_json(view, self._state.world, values_of(view, user)),
            "is_cleared": bool(view.payload.get("clear_on_close")),
        }
        return await self._tell(Envelope("interactive", payload), user, self._state.new_trigger(user), None)

    async def shortcut(self, user: User, callback_id: str) -> Reply:
        self._has_shortcuts(user, callback_id)
        payload: Json = {
            **self._person(user, "shortcut"),
            "callback_id": callback_id,
            "action_ts": self._state.world.new_ts(),
        }
        return await self._act(user, None, payload)

    async def message_shortcut(self, user: User, message: Message, callback_id: str) -> Reply:
        self._may_see(user, message)
        self._has_shortcuts(user, callback_id)
        channel = message.channel
        address = self._responses.issue(user, channel)
        trigger = self._state.new_trigger(user, viewing=channel)
        payload: Json = {
            **self._person(user, "message_action"),
            "callback_id": callback_id,
            "action_ts": self._state.world.new_ts(),
            "message_ts": message.ts,
            "channel": {"id": channel.id, "name": named(channel)},
            "message": message_json(message),
            "response_url": address.url,
            "trigger_id": trigger.id,
        }
        return await self._tell(Envelope("interactive", payload), user, trigger, address)

    def _has_shortcuts(self, user: User, callback_id: str) -> None:
        if "commands" not in user.team.scopes:
            raise CannotDo("an app without the scope `commands` has no shortcuts")
        if not 1 <= len(callback_id) <= LONGEST_CALLBACK_ID:
            raise CannotDo(f"Slack takes callback ids of 1 to {LONGEST_CALLBACK_ID} characters")

    async def _act(self, user: User, target: Target | None, payload: Json) -> Reply:
        view = target if isinstance(target, View) else None
        viewing = target.channel if isinstance(target, Message | Ephemeral) else None
        trigger = self._state.new_trigger(user, view, viewing)
        address: ResponseAddress | None = None
        whole = {**self._person(user, payload["type"]), **payload, "trigger_id": trigger.id}
        if target is not None:
            whole |= self._place(user, target) | {"state": {"values": values_of(target, user)}}
        if isinstance(target, Message | Ephemeral):
            address = self._responses.issue(user, target.channel, target)
            whole["response_url"] = address.url
        elif isinstance(target, View):
            whole.pop("state")
        return await self._tell(Envelope("interactive", whole), user, trigger, address)

    async def _tell(self, envelope: Envelope, user: User, trigger: Trigger, address: ResponseAddress | None) -> Reply:
        if not user.team.installed:
            raise CannotDo("the app is not installed in this team")
        earlier = len(self._state.world.ephemerals)
        outcome = await self._post.send(envelope)
        self._state.changes.notify()
        return Reply(user, outcome, trigger, address, self._state, earlier)

    def _person(self, user: User, kind: str) -> Json:
        team = user.team
        return {
            "type": kind,
            "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": team.id},
            "team": {"id": team.id, "domain": team.domain},
            "enterprise": None,
            "is_enterprise_install": False,
            "api_app_id": self._state.world.app_id,
            "token": "unused",
        }

    def _place(self, user: User, target: Target) -> Json:
        """Where an interaction happened. An ephemeral message is not repeated in the payload."""
        if isinstance(target, View):
            container: Json = {"type": "view", "view_id": target.id}
            shown = view_json(target, self._state.world, values_of(target, user))
            return {"container": container, "view": shown}
        channel = target.channel
        ephemeral = isinstance(target, Ephemeral)
        container = {
            "type": "message",
            "message_ts": target.ts,
            "channel_id": channel.id,
            "is_ephemeral": ephemeral,
        }
        if target.thread_ts:
            container["thread_ts"] = target.thread_ts
        place: Json = {"container": container, "channel": {"id": channel.id, "name": named(channel)}}
        return place if isinstance(target, Ephemeral) else {**place, "message": message_json(target)}

    def _may_see(self, user: User, target: Target) -> None:
        match target:
            case View():
                seen = target.user is user and target.open
            case Ephemeral():
                seen = target.user is user and not target.deleted
            case Message():
                inside = user in target.channel.members
                seen = inside and not target.deleted and not target.channel.deleted
        if not seen or user.deleted:
            raise CannotDo(f"{user.name} does not see this any more, or never did")

    def _may_write(self, user: User, channel: Channel) -> None:
        if user not in channel.members or user.deleted or channel.deleted or channel.archived:
            raise CannotDo(f"{user.name} cannot write in {channel.name}")
