"""The command `kindling`."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from textwrap import indent
from typing import Annotated

import typer

from bot.cli import data, errands, sharing
from bot.cli.console import BAD_CONFIGURATION, FAULTS_FOUND, ConfigFile, carry_out, err, in_words, out, settings_of
from bot.domain.places import Finding
from bot.domain.words import spelled_out
from bot.runtime import discovery, logs, vault
from bot.runtime.clock import LedClock, SystemClock
from bot.runtime.library import built_in, check_packs, load, must_be_there
from bot.runtime.packs.register import register
from bot.services import wording
from bot.settings import BadSettings, Role, Settings
from bot.storage.migrate import newest_step

app = typer.Typer(
    name="kindling",
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["--help", "-h"]},
    pretty_exceptions_enable=False,
)
packs = typer.Typer(name="packs", help="Look at and check the packs of prompts.", no_args_is_help=True)
app.add_typer(packs)
secret = typer.Typer(name="secret", help="Make keys that seal what is stored.", no_args_is_help=True)
app.add_typer(secret)

NOTHING_YET = "Nothing is set up yet. A moderator does that with /kindling setup on the platform."


def _say_version(asked: bool) -> None:  # noqa: FBT001 -- as Typer calls it
    if asked:
        out.print(f"Kindling {version('kindling-bot')} (database step {newest_step()}, Python {python_version()})")
        raise typer.Exit


@app.callback()
def kindling(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which Kindling this is.")
    ] = False,
) -> None:
    """Kindness as a small daily habit of a group, on Discord and Slack."""


@app.command()
def run(
    config: ConfigFile = None,
    *,
    role: Annotated[Role | None, typer.Option(help="What this process does; [run] role decides unless given.")] = None,
    shards: Annotated[str, typer.Option(help="The shards this listener takes, such as 0,1; all unless given.")] = "",
    shard_count: Annotated[int, typer.Option(min=0, help="How many shards there are in all.")] = 0,
    ahead: Annotated[int, typer.Option(hidden=True, help="Seconds to go ahead of the clock, for rehearsals.")] = 0,
    led_by: Annotated[Path | None, typer.Option(hidden=True, help="The file that says how far to go ahead.")] = None,
) -> None:
    """Run the bot: every adapter that has a table in the configuration, until it is stopped."""
    settings = settings_of(config, needs_adapters=True)
    try:
        settings, share = sharing.shared(settings, role, shards, shard_count)
    except BadSettings as error:
        err.print(str(error), style="red")
        raise typer.Exit(BAD_CONFIGURATION) from error
    _log(settings)
    clock = LedClock(led_by) if led_by else SystemClock(timedelta(seconds=ahead))
    carry_out(lambda: _until_stopped(lambda: errands.run_all(settings, discovery.plugins(), clock, share)))


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="The port of the page; a free one is taken if it is in use.")] = 8321,
    data: Annotated[Path | None, typer.Option(help="The folder in which the playground keeps its state.")] = None,
    *,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start anew, with some weeks that have happened.")] = False,
) -> None:
    """Open the playground: a community in the browser, with no account and no token."""
    folder = (data or errands.playground_folder()).absolute()
    logs.configure("warning", "text")
    carry_out(
        lambda: _until_stopped(
            lambda: errands.run_playground(folder, port, discovery.plugins(), fresh=fresh, say=out.print)
        )
    )


@app.command()
def check(config: ConfigFile = None) -> None:
    """Check the configuration and all packs, offline."""
    settings = settings_of(config, needs_adapters=False)
    faults = check_packs([built_in(), *settings.prompts.folders])
    for fault in faults:
        err.print(str(fault), style="red")
    if faults:
        raise typer.Exit(FAULTS_FOUND)
    adapters = ", ".join(settings.adapters) or "none yet (add a table such as [adapters.discord])"
    out.print(errands.told_source(settings))
    out.print(f"It is fine. Adapters: {adapters}.")
    out.print("The packs are fine.")
    if lacking := errands.lacking_language(settings, load([built_in(), *settings.prompts.folders])):
        err.print(lacking, style="red")
        raise typer.Exit(FAULTS_FOUND)


@app.command()
def doctor(config: ConfigFile = None) -> None:
    """Test tokens, scopes, rights, packs and database, and say how to mend each fault."""
    settings = settings_of(config, needs_adapters=False)
    logs.configure("error", "text", (secret.get_secret_value() for secret in settings.secrets))
    findings = carry_out(lambda: errands.examine(settings, discovery.plugins(), SystemClock()))
    for finding in findings:
        _show(finding)
    bad = sum(not finding.good for finding in findings)
    need = "needs" if bad == 1 else "need"
    out.print(f"\n{bad} of {len(findings)} {need} a hand." if bad else "\nAll is well.")
    if bad:
        raise typer.Exit(FAULTS_FOUND)


@app.command("migrate")
def migrate_database(config: ConfigFile = None) -> None:
    """Bring the database up to date. `kindling run` does this by itself."""
    settings = settings_of(config, needs_adapters=False, with_adapters=False)
    changed = carry_out(lambda: errands.migrate_only(settings))
    out.print("The database is up to date now." if changed else "The database was up to date already.")


@app.command()
def preview(
    config: ConfigFile = None,
    days: Annotated[int, typer.Option(min=1, max=31, help="How many days ahead.")] = 7,
    space: Annotated[str, typer.Option(help="Only this space, as platform:id, such as discord:1234.")] = "",
    platform: Annotated[str, typer.Option("--as", help="Show each card as this adapter sends it (JSON).")] = "",
    html: Annotated[
        Path | None, typer.Option(help="Write a page instead, with each card as every platform shows it, or as --as.")
    ] = None,
) -> None:
    """Print the cards that are coming, as they will be posted if nothing changes."""
    settings = settings_of(config, needs_adapters=False, with_adapters=bool(platform) and html is None)
    if html:
        page = carry_out(
            lambda: errands.draw(
                settings, discovery.plugins(), SystemClock(), days=days, space=space, platform=platform
            )
        )
        if not page:
            out.print(NOTHING_YET)
            return
        with in_words():
            html.write_bytes(page)
        out.print(f"They are in {html}; any browser opens it.")
        return
    shown = carry_out(
        lambda: errands.foresee(settings, discovery.plugins(), SystemClock(), days=days, space=space, platform=platform)
    )
    for title, cards in shown:
        out.print(title, style="bold")
        for coming, text in cards:
            when = wording.moment(coming.due_at, coming.zone)
            out.print(f"\n{when} · {coming.ritual.words}", style="yellow")
            out.print(indent(text, "  "))
        if not cards:
            out.print("\n  (no card in these days)")
    if not shown:
        out.print(NOTHING_YET)
    if len(shown) == errands.COMMUNITIES_SHOWN:
        out.print(f"\nNo more than {errands.COMMUNITIES_SHOWN} places are shown at once; --space names another.")


app.command()(data.backup)
app.command()(data.restore)
app.command("migrate-data")(data.migrate_data)


@packs.command("check")
def check_folders(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Folders of packs; the built-in ones unless given.")
    ] = None,
) -> None:
    """Check packs: schema, ids, lengths, tone, sources. Each fault comes with its line."""
    chosen = [built_in(), *(folders or [])]
    faults = check_packs(chosen)
    for fault in faults:
        err.print(str(fault), style="red")
    if faults:
        raise typer.Exit(FAULTS_FOUND)
    for pack in load(chosen).packs:
        out.print(f"{pack.id} {pack.version} ({pack.language}): {pack.title}")
    out.print("All is well.")


@packs.command("register")
def register_ids(folder: Annotated[Path, typer.Argument(help="A folder of packs.")]) -> None:
    """Write the ids of new prompts into the folder's register, from which none may vanish."""
    with in_words():
        must_be_there([folder])
        number = register(folder)
    out.print("1 new id was written down." if number == 1 else f"{number} new ids were written down.")


@secret.command("new")
def new_secret() -> None:
    """Print a fresh key for KINDLING_SECRET_KEY. Keep it safe: without it, what it sealed cannot be read."""
    out.print(vault.new_key())


def main() -> None:
    """Run the command."""
    logs.configure("warning", "auto")  # until the configuration says otherwise
    app()


def _log(settings: Settings) -> None:
    logs.configure(settings.log.level, settings.log.format, (secret.get_secret_value() for secret in settings.secrets))


class Unawaited(ThreadPoolExecutor):
    """Threads whose end nobody waits for, as asyncio does: what they were asked for is asked for no more."""

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = True) -> None:  # noqa: FBT001, FBT002 -- as it is
        """Begin nothing more."""
        del wait, cancel_futures
        super().shutdown(wait=False, cancel_futures=True)


async def _until_stopped(work: Callable[[], Coroutine[None, None, None]]) -> None:
    """Work until SIGINT or SIGTERM, then end cleanly."""
    loop = asyncio.get_running_loop()
    loop.set_default_executor(Unawaited(thread_name_prefix="asyncio"))
    task = asyncio.ensure_future(work())
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)


def _show(finding: Finding) -> None:
    from rich.text import Text  # noqa: PLC0415 -- large, and `kindling run` has no need of it

    mark, style = ("ok  ", "green") if finding.good else ("mend", "red")
    out.print(Text.assemble((mark, style), f"  {spelled_out(finding.sentence)}"))
    if finding.cure and not finding.good:
        out.print(indent(finding.cure, " " * 6))
