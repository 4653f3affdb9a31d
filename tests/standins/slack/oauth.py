"""Installing: Slack's page for it, codes and refresh tokens that are good once, tokens that expire."""

import base64
import secrets
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode

from aiohttp import web

from .shapes import Json
from .state import ApiError, State
from .webapi import Call, Handler
from .world import Team

CODE_SECONDS = 600
TOKEN_SECONDS = 43_200
ACTIVE = 2
"""So many access tokens of one workspace work at once; older ones are revoked."""


@dataclass(eq=False)
class Consent:
    """Slack's page where somebody installs the app, and what they do there."""

    state: State
    redirect_urls: list[str] = field(default_factory=list[str])
    answer: Team | Literal["cancel"] = "cancel"
    org_wide: bool = False
    """Whether a whole organisation was chosen."""

    async def serve(self, request: web.Request) -> web.Response:
        """Send the person back at once, as if they had answered."""
        query = request.query
        if query.get("client_id") != self.state.client_id:
            return web.Response(status=400, text="invalid_client_id")
        asked = query.get("redirect_uri", self.redirect_urls[0] if self.redirect_urls else "")
        if asked not in self.redirect_urls:
            return web.Response(status=400, text="bad_redirect_uri")
        if not query.get("scope"):
            return web.Response(status=400, text="no_scopes")
        told = {"state": query.get("state", "")}
        if self.answer == "cancel":
            told["error"] = "access_denied"
        else:
            self.answer.scopes = set(query["scope"].split(","))
            given = query.get("redirect_uri")
            told["code"] = new_code(self.state, self.answer, given, org_wide=self.org_wide)
        return web.Response(status=302, headers={"Location": f"{asked}?{urlencode(told)}"})


def new_code(state: State, team: Team, redirect_uri: str | None = None, *, org_wide: bool = False) -> str:
    code = secrets.token_hex(12)
    state.codes[code] = (team.id, redirect_uri, state.clock.now(), org_wide)
    return code


def access(call: Call) -> Json:
    """`oauth.v2.access`, for a code or for a refresh token."""
    _check_client(call)
    match call.args.string("grant_type"):
        case "refresh_token":
            return _refreshed(call)
        case "" | "authorization_code":
            return _installed(call)
        case _:
            raise ApiError("invalid_grant_type")


def _check_client(call: Call) -> None:
    given = (call.args.string("client_id"), call.args.string("client_secret"))
    if call.authorization.startswith("Basic "):
        told = base64.b64decode(call.authorization.removeprefix("Basic ")).decode().partition(":")
        given = (told[0], told[2])
    if given[0] != call.state.client_id:
        raise ApiError("invalid_client_id")
    if given[1] != call.state.client_secret:
        raise ApiError("bad_client_secret")


def _installed(call: Call) -> Json:
    state = call.state
    team_id, redirect_uri, at, org_wide = state.codes.pop(call.args.string("code"), ("", None, 0.0, False))
    team = next((team for team in state.world.teams if team.id == team_id), None)
    if team is None or state.clock.now() - at > CODE_SECONDS:
        raise ApiError("invalid_code")
    if redirect_uri is not None and call.args.string("redirect_uri") != redirect_uri:
        raise ApiError("bad_redirect_uri")
    if not team.installed:
        team.revoke_all()
        team.bot_token = f"xoxb-{secrets.token_hex(10)}"
    team.installed = True
    found = _answer(state, team, _tokens(state, team))
    if org_wide:
        found |= {"is_enterprise_install": True, "team": None, "enterprise": {"id": "E1", "name": "everybody"}}
    return found


def _refreshed(call: Call) -> Json:
    token = call.args.string("refresh_token")
    team = next((team for team in call.state.world.teams if token in team.refresh), None)
    if team is None or not team.installed:
        raise ApiError("invalid_refresh_token")
    found = _answer(call.state, team, _tokens(call.state, team))
    team.refresh[token] = found["access_token"]
    team.refreshes += 1
    return found


def _tokens(state: State, team: Team) -> Json:
    if not state.rotation:
        return {"access_token": team.bot_token}
    token, refresh = f"xoxe.xoxb-1-{secrets.token_hex(12)}", f"xoxe-1-{secrets.token_hex(12)}"
    team.access[token] = state.clock.now() + TOKEN_SECONDS
    team.refresh[refresh] = ""
    for old in list(team.access)[:-ACTIVE]:
        del team.access[old]
        team.revoked.add(old)
    return {"access_token": token, "refresh_token": refresh, "expires_in": TOKEN_SECONDS}


def _answer(state: State, team: Team, tokens: Json) -> Json:
    return {
        **tokens,
        "token_type": "bot",
        "scope": ",".join(sorted(team.scopes)),
        "bot_user_id": team.bot_user_id,
        "app_id": state.world.app_id,
        "team": {"id": team.id, "name": team.name},
        "enterprise": None,
        "is_enterprise_install": False,
        "authed_user": {"id": "U0INSTALLER"},
    }


def revoke(call: Call) -> Json:
    token = call.authorization.removeprefix("Bearer ")
    call.team.access.pop(token, None)
    call.team.revoked.add(token)
    return {"revoked": True}


OAUTH: dict[str, Handler] = {"oauth.v2.access": access, "auth.revoke": revoke}
