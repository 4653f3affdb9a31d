"""What Slack gives for the app's own credentials: tokens, for a code or for a refresh token."""

# The library leaves the parameters of its own types open.
# pyright: reportUnknownMemberType=false

import asyncio
import base64
from datetime import timedelta
from typing import Any

import aiohttp
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.errors import FAILURES, translate
from adapters.slack.installations import Installed
from adapters.slack.web import CALL_SECONDS, library_logger
from bot.ports import Clock


class AppClient(AsyncWebClient):
    """Slack's client, which puts the app's credentials into the header by itself.

    The library leaves that to a class of aiohttp's that is deprecated and gone in its version 4.
    """

    async def oauth_v2_access(  # pyright: ignore[reportIncompatibleMethodOverride] - only what is used here
        self, *, client_id: str, client_secret: str, **given: str | None
    ) -> AsyncSlackResponse:
        """Exchange a code or a refresh token."""
        credentials = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        return await self.api_call(
            "oauth.v2.access",
            data={name: value for name, value in given.items() if value is not None},
            headers={"Authorization": f"Basic {credentials}"},
        )


def app_client(session: aiohttp.ClientSession, api_url: str) -> AppClient:
    """Such a client over the shared session; nothing is sent twice."""
    return AppClient(base_url=api_url, session=session, retry_handlers=[], logger=library_logger())


class Exchange:
    """Asks Slack for new tokens in exchange for a refresh token."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str, client_id: str, client_secret: SecretStr) -> None:
        self._client = app_client(session, api_url)
        self._client_id = client_id
        self._client_secret = client_secret

    async def refreshed(self, installed: Installed, clock: Clock) -> Installed:
        """With new tokens. Slack takes the old refresh token again when its answer was lost."""
        asked_at = clock.now()
        try:
            async with asyncio.timeout(CALL_SECONDS):
                answer: Any = await self._client.oauth_v2_access(
                    client_id=self._client_id,
                    client_secret=self._client_secret.get_secret_value(),
                    grant_type="refresh_token",
                    refresh_token=installed.refresh_token,
                )
            lasts = timedelta(seconds=int(answer["expires_in"]))
            return installed.refreshed(str(answer["access_token"]), str(answer["refresh_token"]), asked_at + lasts)
        except FAILURES as error:
            raise translate(error, repeatable=True) from None
