"""How a workspace installs Kindling: Bolt's flow with our pages, and Slack's answer kept."""

# The library leaves the parameters of its own types open.
# pyright: reportUnknownMemberType=false

from collections.abc import Awaitable, Callable
from urllib.parse import urljoin

import aiohttp
import structlog
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation
from sqlalchemy.exc import SQLAlchemyError

from adapters.slack import pages
from adapters.slack.doctor import SCOPES
from adapters.slack.errors import FAILURES, translate
from adapters.slack.exchange import app_client
from adapters.slack.installations import Installations, States
from adapters.slack.settings import SlackSettings
from adapters.slack.web import Web, library_logger
from bot.domain.errors import AdapterError

log = structlog.get_logger(__name__)

INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"


class _OrgWide(Exception):
    """An organisation was chosen instead of a workspace."""


class Installing(AsyncOAuthFlow):
    """One installation after the other. `installed` is told each team whose tokens were kept."""

    def __init__(
        self,
        settings: SlackSettings,
        session: aiohttp.ClientSession,
        store: Installations,
        states: States,
        installed: Callable[[str], Awaitable[None]],
    ) -> None:
        self._session = session
        self._api_url = settings.api_url
        self._installed = installed
        self._again = f"{settings.public_url}{INSTALL_PATH}"
        secret = settings.client_secret
        super().__init__(
            client=app_client(session, settings.api_url),
            logger=library_logger(),
            settings=AsyncOAuthSettings(
                client_id=settings.client_id,
                client_secret=secret.get_secret_value() if secret else "",
                scopes=sorted({*SCOPES, *settings.more_scopes}),
                user_scopes=[],
                redirect_uri=f"{settings.public_url}{REDIRECT_PATH}" if settings.public_url else None,
                authorization_url=urljoin(settings.api_url, "/oauth/v2/authorize"),
                installation_store=store,
                installation_store_bot_only=True,
                state_store=states,
                callback_options=AsyncCallbackOptions(success=self._succeeded, failure=self._failed),
                logger=library_logger(),
            ),
        )

    async def begin(self, request: AsyncBoltRequest) -> BoltResponse:
        """The page where it begins."""
        try:
            return _with_headers(await self.handle_installation(request))
        except SQLAlchemyError as error:
            log.warning("slack.install_failed", reason="not_kept", error=type(error).__name__)
            return self._page("not_kept", 503)

    async def finish(self, request: AsyncBoltRequest) -> BoltResponse:
        """Where Slack sends people back to."""
        try:
            return _with_headers(await self.handle_callback(request))
        except _OrgWide:
            return self._page("org_wide", 403)
        except SQLAlchemyError as error:
            log.error("slack.install_failed", reason="not_kept", error=type(error).__name__)  # noqa: TRY400 - quotes values
            return self._page("not_kept", 503)
        except AdapterError as error:
            log.warning("slack.install_failed", reason="no_answer", code=str(error))
            return self._page("no_answer", 503)

    async def build_install_page_html(self, url: str, request: AsyncBoltRequest) -> str:
        """Our page instead of the library's."""
        del request
        return pages.install(url)

    async def run_installation(self, code: str) -> Installation | None:
        """Exchange a code for tokens; None when Slack refuses it."""
        try:
            found = await super().run_installation(code)
        except FAILURES as error:
            raise translate(error) from None
        if found is not None and (found.is_enterprise_install or not found.team_id or not found.bot_token):
            await self._give_back(str(found.bot_token or ""))
            raise _OrgWide
        return found

    async def store_installation(self, request: AsyncBoltRequest, installation: Installation) -> None:
        """Keep it, and tell."""
        await super().store_installation(request, installation)
        team = str(installation.team_id)
        log.info("slack.installed", team=team)
        await self._installed(team)

    async def _give_back(self, token: str) -> None:
        """Revoke a token that is not going to be used."""
        try:
            await Web(self._session, self._api_url, token).get("auth.revoke")
        except AdapterError as error:
            log.warning("slack.token_not_given_back", code=str(error))

    async def _succeeded(self, args: AsyncSuccessArgs) -> BoltResponse:
        del args
        return self._answer(pages.done(), 200)

    async def _failed(self, args: AsyncFailureArgs) -> BoltResponse:
        known = args.reason if args.reason.isidentifier() else "other"
        log.info("slack.install_refused", reason=known[:40])
        return self._page(known, args.suggested_status_code)

    def _page(self, reason: str, status: int) -> BoltResponse:
        return self._answer(pages.failed(reason, self._again), status)

    def _answer(self, page: str, status: int) -> BoltResponse:
        over = self.settings.state_utils.build_set_cookie_for_deletion()
        return _with_headers(BoltResponse(status=status, body=page, headers={"Set-Cookie": [over]}))


def _with_headers(answer: BoltResponse) -> BoltResponse:
    for name, value in pages.HEADERS.items():
        answer.headers[name.lower()] = [value]
    return answer
