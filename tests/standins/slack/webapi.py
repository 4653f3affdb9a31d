"""The Web API's front desk: authentication, scopes, arguments, limits, faults and the log, then the method itself."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from aiohttp import web

from .arguments import Arguments, BadBody, read_arguments
from .faults import Fault
from .shapes import Json
from .spec import Method, find_method
from .state import ApiError, Request, State
from .world import Team

_PREFIX_OF_KIND = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}
_PREFIX_OF_ID = {"C": "channels", "G": "groups", "D": "im", "U": "im", "W": "im"}
_ANONYMOUS = {"api.test", "oauth.v2.access", "blocks.validate"}
_APP_TOKEN_ONLY = {"apps.connections.open"}


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request on its way to a method. `team` is the bot token's."""

    state: State
    method: str
    args: Arguments
    caller: Team | None
    authorization: str = ""

    @property
    def team(self) -> Team:
        if self.caller is None:
            raise ApiError("not_authed")
        return self.caller


Handler: TypeAlias = Callable[[Call], Json]


class Dropped(Exception):
    """The connection is to be closed without an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    body: Json
    status: int = 200
    retry_after: int | None = None


class WebApi:
    """Serves `/api/<method>`. A method that Slack has and the stand-in has not is a violation."""

    def __init__(self, state: State, handlers: dict[str, Handler]) -> None:
        self._state = state
        self._handlers = handlers

    async def serve(self, request: web.Request) -> web.Response:
        await self._state.distance.cross()
        response = await self._arrived(request)
        await self._state.distance.cross()
        return response

    async def _arrived(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        team = self._team_of(request.headers.get("Authorization", ""))
        try:
            args = await read_arguments(request)
        except BadBody as problem:
            return self._log(name, Arguments(), Answer({"ok": False, "error": problem.code}), team)
        fault = next((f for f in self._state.faults if f.takes(name, args.values)), None)
        try:
            answer = await self._meet_fault(fault)
            if answer is None:
                answer = self._answer(request, name, args, team)
        except Dropped:
            return self._drop(request, name, args, team)
        if fault is not None and fault.answer_after is not None:
            self._state.changes.notify()
            await fault.answer_after.wait()
        if fault is not None and fault.drop_after:
            return self._drop(request, name, args, team)
        return self._log(name, args, answer, team)

    def _drop(self, request: web.Request, name: str, args: Arguments, team: Team | None) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return self._log(name, args, None, team)

    async def _meet_fault(self, fault: Fault | None) -> Answer | None:
        if fault is None:
            return None
        self._state.changes.notify()
        await fault.wait()
        if fault.drop_before:
            raise Dropped
        if fault.retry_after is not None:
            return Answer({"ok": False, "error": "ratelimited"}, 429, fault.retry_after)
        if fault.status is not None:
            return Answer({"ok": False, "error": "internal_error"}, fault.status)
        return None if fault.error is None else Answer({"ok": False, "error": fault.error})

    def _answer(self, request: web.Request, name: str, args: Arguments, team: Team | None) -> Answer:
        method = find_method(name)
        if method is None:
            self._state.complain(name, "no such method")
            return Answer({"ok": False, "error": "unknown_method", "req_method": name})
        try:
            return self._carry_out(request, method, args, team)
        except ApiError as error:
            if not method.may_answer(error.code):
                message = f"the stand-in may not answer {name} with {error.code}"
                raise AssertionError(message) from error
            return Answer({"ok": False, "error": error.code, **error.more})

    def _carry_out(self, request: web.Request, method: Method, args: Arguments, team: Team | None) -> Answer:
        authorization = request.headers.get("Authorization", "")
        if args.token_in_body:
            self._state.complain(method.name, "the token belongs in the Authorization header")
        self._authenticate(method.name, authorization, team)
        if team is not None:
            self._check_scopes(method, args, team)
        channel = args.string("channel")
        wait = self._state.limits.wait_for(
            method.name, method.tier, team.id if team else "", channel, self._state.clock.now()
        )
        if wait is not None:
            return Answer({"ok": False, "error": "ratelimited"}, 429, wait)
        self._check_arguments(method, args)
        handler = self._handlers.get(method.name)
        if handler is None:
            self._state.complain(method.name, "not modelled by the stand-in")
            raise ApiError("fatal_error")
        return Answer({"ok": True, **handler(Call(self._state, method.name, args, team, authorization))})

    def _team_of(self, authorization: str) -> Team | None:
        token = authorization.removeprefix("Bearer ")
        return next((team for team in self._state.world.teams if token and team.has(token)), None)

    def _authenticate(self, name: str, authorization: str, team: Team | None) -> None:
        if name in _ANONYMOUS:
            return
        if not authorization.removeprefix("Bearer "):
            raise ApiError("not_authed")
        is_app_token = authorization == f"Bearer {self._state.app_token}"
        if team is None and not is_app_token:
            raise ApiError("invalid_auth")
        if is_app_token != (name in _APP_TOKEN_ONLY):
            raise ApiError("not_allowed_token_type")
        if is_app_token and "connections:write" not in self._state.app_token_scopes:
            provided = ",".join(sorted(self._state.app_token_scopes))
            raise ApiError("missing_scope", needed="connections:write", provided=provided)
        if team is not None and not team.installed:
            raise ApiError(team.token_error)
        if team is not None:
            self._check_token(team, authorization.removeprefix("Bearer "))

    def _check_token(self, team: Team, token: str) -> None:
        if token in team.revoked:
            raise ApiError("token_revoked")
        if token in team.access and team.access[token] <= self._state.clock.now():
            raise ApiError("token_expired")
        team.used(token)

    def _check_scopes(self, method: Method, args: Arguments, team: Team) -> None:
        needed = self._needed_scopes(method, args)
        if needed and not needed & team.scopes:
            provided = ",".join(sorted(team.scopes))
            raise ApiError("missing_scope", needed=",".join(sorted(needed)), provided=provided)

    def _needed_scopes(self, method: Method, args: Arguments) -> frozenset[str]:
        """Of a conversation method's scopes only the one for this kind of conversation counts."""
        if not method.name.startswith("conversations.") or len(method.scopes) <= 1:
            return method.scopes
        channel = self._state.world.channels.get(args.string("channel"))
        if method.name == "conversations.open" and args.has("users"):
            prefix = "mpim" if "," in args.string("users") else "im"
        elif channel is not None:
            prefix = _PREFIX_OF_KIND[channel.kind]
        else:
            prefix = _PREFIX_OF_ID.get(args.string("channel")[:1], "channels")
        return frozenset(scope for scope in method.scopes if scope.startswith(f"{prefix}:"))

    def _check_arguments(self, method: Method, args: Arguments) -> None:
        if args.from_json and not method.takes_json:
            self._state.complain(method.name, "Slack does not read a JSON body for this method")
            args.values.clear()
        refused, dropped = args.problems(method)
        for problem in [*refused, *dropped]:
            self._state.complain(method.name, problem)
        if refused:
            raise ApiError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {p}" for p in refused]})

    def _log(self, name: str, args: Arguments, answer: Answer | None, team: Team | None) -> web.Response:
        body = None if answer is None else answer.body
        status = 0 if answer is None else answer.status
        logged = _blanked(args.values, self._state)
        team_id = team.id if team else ""
        self._state.requests.append(
            Request(name, logged, self._state.clock.now(), status, _blanked(body, self._state), team_id)
        )
        self._state.changes.notify()
        if answer is None:
            return web.Response(status=500)
        headers = {"X-OAuth-Scopes": ",".join(sorted(team.scopes))} if team else {}
        if answer.retry_after is not None:
            headers["Retry-After"] = str(answer.retry_after)
        return web.json_response(answer.body, status=answer.status, headers=headers)


def _blanked(value: Json | None, state: State) -> Json:
    """A copy for the log without any token or secret."""
    text = json.dumps(value)
    tokens = [token for team in state.world.teams for token in (team.bot_token, *team.access, *team.refresh)]
    for secret in [state.app_token, state.client_secret, *tokens]:
        text = text.replace(secret, "(blanked)")
    return json.loads(text)
