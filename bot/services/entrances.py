"""Where the words, buttons, forms and menus of people lead: one table of each."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bot.domain.ids import ActId, DeliveryId, SpaceId
from bot.domain.message import Action, Reply
from bot.domain.places import Actor
from bot.domain.said import Said
from bot.domain.uploads import Upload
from bot.services.accounts import Accounts
from bot.services.browsing import Browsing
from bot.services.challenges import Challenges
from bot.services.changing import Changing
from bot.services.choosing import Choosing
from bot.services.commands import COMMANDS
from bot.services.comparing import Comparing
from bot.services.configuring import Configuring
from bot.services.curating import Curating
from bot.services.delivering import Deliverer
from bot.services.examining import Examining
from bot.services.explaining import Explaining
from bot.services.exporting import Exporting
from bot.services.guiding import Guiding
from bot.services.holidays import Holidays
from bot.services.leaving import Departing
from bot.services.linking import Linking
from bot.services.looking import Looking
from bot.services.manners import Manners
from bot.services.menus import Menus
from bot.services.moderating import Moderating
from bot.services.naming import Naming
from bot.services.opening import EVERYONE, Opening
from bot.services.overseeing import Overseeing
from bot.services.own_plans import OwnPlans
from bot.services.packing import Packing
from bot.services.picturing import Picturing
from bot.services.previewing import Previewing
from bot.services.reactions import Reactions
from bot.services.rights import Rights
from bot.services.ruling import Ruling
from bot.services.setting_up import Setup
from bot.services.sharing import Sharing
from bot.services.showing import Showing
from bot.services.skipping import Skipping
from bot.services.spaces import Spaces
from bot.services.suggesting import Suggesting
from bot.services.supporting import Supporting
from bot.services.taking_part import TakingPart
from bot.services.visiting import Visiting
from bot.services.voting import Voting
from bot.services.wall_cards import act_of

Words: TypeAlias = Mapping[str, str]
Files: TypeAlias = Mapping[str, Upload]
OnCommand: TypeAlias = Callable[[Actor, Words], Awaitable[Reply]]
OnPress: TypeAlias = Callable[[Actor, Action], Awaitable[Reply]]
OnForm: TypeAlias = Callable[[Actor, str, Words], Awaitable[Reply]]
OnFormWithFiles: TypeAlias = Callable[[Actor, str, Words, Files], Awaitable[Reply]]
OnOpen: TypeAlias = Callable[[Actor], Awaitable[Reply]]
OnAgain: TypeAlias = Callable[[Actor, str], Awaitable[Reply]]
OnMenu: TypeAlias = Callable[[Actor, Said], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases behind the door."""

    setup: Setup
    moderating: Moderating
    taking_part: TakingPart
    reactions: Reactions
    comparing: Comparing
    spaces: Spaces
    deliverer: Deliverer
    sharing: Sharing
    browsing: Browsing
    overseeing: Overseeing
    ruling: Ruling
    explaining: Explaining
    examining: Examining
    showing: Showing
    menus: Menus
    naming: Naming
    opening: Opening
    linking: Linking
    accounts: Accounts
    visiting: Visiting
    changing: Changing
    previewing: Previewing
    exporting: Exporting
    departing: Departing
    guiding: Guiding
    supporting: Supporting
    rights: Rights
    choosing: Choosing
    configuring: Configuring
    skipping: Skipping
    challenges: Challenges
    curating: Curating
    packing: Packing
    suggesting: Suggesting
    picturing: Picturing
    holidays: Holidays
    manners: Manners
    voting: Voting
    own_plans: OwnPlans
    looking: Looking


@dataclass(frozen=True, slots=True)
class Entrances:
    """What each name leads to. A form with a field for a file is in `forms_with_files`; `openers` are what the button
    *open* shows, by its subject. `again` opens a form once more, by its name and subject, for whoever was not quick
    enough: each form whose subject carries a mark is there."""

    commands: Mapping[str, OnCommand]
    buttons: Mapping[str, OnPress]
    forms: Mapping[str, OnForm]
    forms_with_files: Mapping[str, OnFormWithFiles]
    openers: Mapping[str, OnOpen]
    menus: Mapping[str, OnMenu]
    again: Mapping[str, OnAgain]


def entrances(services: Services) -> Entrances:
    """All of them."""
    buttons = (_of_cards, _of_acts, _of_links, _of_settings, _of_words, _of_pages)
    return Entrances(
        _commands(services),
        {name: press for some in buttons for name, press in some(services).items()},
        _forms(services),
        _forms_with_files(services),
        _openers(services),
        _menus(services),
        _again(services),
    )


def _commands(s: Services) -> Mapping[str, OnCommand]:
    return {
        "kind today": lambda actor, _: s.taking_part.today(actor),
        "kind another": lambda actor, _: s.taking_part.another(actor, "", ""),
        "kind share": lambda actor, _: s.sharing.form(actor),
        "kind wall": s.browsing.wall,
        "kind suggest": lambda actor, _: s.suggesting.form(actor),
        "kind me": lambda actor, _: s.sharing.mine(actor, ""),
        "kind link": s.accounts.link,
        "kind unlink": lambda actor, _: s.accounts.unlink(actor),
        "kind support": lambda actor, _: s.supporting.show(actor),
        "kind help": lambda _, __: s.taking_part.help([c for c in COMMANDS if not c.moderators_only]),
        "kindling setup": s.guiding.command,
        "kindling status": lambda actor, _: s.moderating.status(actor),
        "kindling preview": lambda actor, _: s.previewing.preview(actor),
        "kindling post": lambda actor, _: s.moderating.post(actor),
        "kindling pause": s.moderating.pause,
        "kindling challenge": lambda actor, _: s.challenges.show(actor),
        "kindling plans": lambda actor, _: s.own_plans.plans(actor),
        "kindling wall setup": s.ruling.rules,
        "kindling wall queue": lambda actor, _: s.overseeing.queue(actor),
        "kindling wall rebuild": lambda actor, _: s.ruling.rebuild(actor),
        "kindling prompts list": lambda actor, _: s.curating.overview(actor),
        "kindling prompts search": s.curating.search,
        "kindling prompts add": lambda actor, _: s.curating.new_form(actor),
        "kindling prompts packs": lambda actor, _: s.curating.packs_form(actor),
        "kindling prompts import": lambda actor, _: s.packing.form(actor),
        "kindling prompts export": lambda actor, _: s.packing.export(actor),
        "kindling prompts suggestions": lambda actor, _: s.suggesting.queue(actor, pressed=False),
        "kindling doctor": lambda actor, _: s.examining.doctor(actor),
        "kindling moderators": s.choosing.ask,
        "kindling audit": lambda actor, _: s.explaining.audit(actor),
        "kindling wall open": s.opening.ask,
        "kindling wall close": lambda actor, _: s.opening.close(actor, pressed=False),
        "kindling link": s.linking.link,
        "kindling web": lambda actor, _: s.visiting.ask(actor),
        "kindling unlink": lambda actor, _: s.linking.ask_to_unlink(actor),
        "kindling export": lambda actor, _: s.exporting.export(actor),
        "kindling leave": lambda actor, _: s.departing.ask(actor),
        "kindling support": lambda actor, _: s.supporting.ask(actor),
        "kindling settings": lambda actor, _: s.configuring.settings(actor),
        "kindling skip": s.skipping.skip,
        "kindling help": lambda _, __: s.taking_part.help([c for c in COMMANDS if c.moderators_only]),
    }


def _of_cards(s: Services) -> Mapping[str, OnPress]:
    """What is done on cards, and by moderators about cards."""
    return {
        "try": lambda actor, action: s.taking_part.try_one(actor, action.subject, present=True),
        "untry": lambda actor, action: s.taking_part.try_one(actor, action.subject, present=False),
        "another": lambda actor, action: s.taking_part.another(actor, action.subject, action.detail),
        "rest": lambda _, __: s.taking_part.rest(),
        "check": lambda actor, _: s.moderating.check(actor),
        "preview": lambda actor, _: s.previewing.preview(actor),
        "ahead_swap": lambda actor, action: s.previewing.swap(actor, action.subject),
        "ahead_words": lambda actor, action: s.previewing.words_form(actor, action.subject),
        "ahead_move": lambda actor, action: s.previewing.move_form(actor, action.subject),
        "ahead_skip": lambda actor, action: s.previewing.skip(actor, action.subject),
        "ahead_back": lambda actor, action: s.previewing.bring_back(actor, action.subject),
        "ahead_show": lambda actor, action: s.looking.show(actor, action.subject),
        "ahead_here": lambda actor, action: s.looking.here(actor, action.subject),
        "ahead_as": lambda actor, action: s.looking.elsewhere(actor, action.subject, action.detail),
        "ahead_web": lambda actor, action: s.looking.in_browser(actor, action.subject),
        "ahead_inert": lambda actor, _: s.looking.inert(actor),
        "post": lambda actor, _: s.moderating.post(actor),
        "post_anyway": lambda actor, action: s.moderating.post_anyway(actor, action.subject),
        "again": lambda actor, action: s.moderating.post_again(actor, DeliveryId(action.subject)),
        "resume": lambda actor, _: s.moderating.pause(actor, {"until": "off"}),
    }


def _of_acts(s: Services) -> Mapping[str, OnPress]:
    """Acts: sharing, reading, naming, looking after the wall."""
    return {
        "share": lambda actor, _: s.sharing.form(actor),
        "invited": lambda actor, action: s.menus.accept(actor, action.subject),
        "publish": lambda actor, action: s.sharing.publish(actor, act_of(action)),
        "edit": lambda actor, action: s.sharing.edit(actor, act_of(action)),
        "name": lambda actor, action: s.naming.form(actor, act_of(action)),
        "agree": lambda actor, action: s.naming.agree(actor, act_of(action), action.detail),
        "decline": lambda actor, action: s.naming.decline(actor, act_of(action)),
        "picture": lambda actor, action: s.picturing.form(actor, act_of(action)),
        "add": lambda actor, action: s.picturing.add(actor, act_of(action)),
        "discard": lambda actor, action: s.sharing.discard(actor, act_of(action)),
        "down": lambda actor, action: s.sharing.take_down(actor, act_of(action)),
        "remove": lambda actor, action: s.sharing.ask_to_remove(actor, act_of(action)),
        "erase": lambda actor, action: s.sharing.remove(actor, act_of(action)),
        "read_mine": lambda actor, _: s.sharing.mine(actor, ""),
        "mine": lambda actor, action: s.sharing.mine(actor, action.subject),
        "wall": lambda actor, action: s.browsing.another(actor, action.subject, action.detail),
        "read": lambda actor, _: s.browsing.wall(actor, {}),
        "warm": lambda actor, action: s.browsing.warm(actor, act_of(action), present=True),
        "cool": lambda actor, action: s.browsing.warm(actor, act_of(action), present=False),
        "more": lambda actor, action: s.browsing.more(actor, act_of(action)),
        "report": lambda actor, action: s.explaining.report(actor, act_of(action)),
        "why": lambda actor, action: s.explaining.why(actor, act_of(action)),
        "queue": lambda actor, action: s.overseeing.queue(actor, action.subject),
        "audit": lambda actor, action: s.explaining.audit(actor, action.subject),
        "rebuild": lambda actor, _: s.ruling.rebuild(actor),
        "approve": lambda actor, action: s.overseeing.approve(actor, act_of(action), action.detail),
        "hold": lambda actor, action: s.overseeing.hold(actor, act_of(action)),
        "keep": lambda actor, action: s.overseeing.keep_private(actor, act_of(action)),
        "return": lambda actor, action: s.overseeing.reason_form(actor, "return", act_of(action)),
        "hide": lambda actor, action: s.overseeing.reason_form(actor, "hide", act_of(action)),
        "restore": lambda actor, action: s.overseeing.restore(actor, act_of(action), action.detail),
        "leave": lambda actor, action: s.overseeing.leave(actor, act_of(action)),
        "block": lambda actor, action: s.overseeing.ask_to_block(actor, act_of(action), action.detail),
        "block!": lambda actor, action: s.overseeing.block(actor, act_of(action), action.detail),
        "unblock": lambda actor, action: s.overseeing.unblock(actor, act_of(action), action.detail),
    }


def _of_links(s: Services) -> Mapping[str, OnPress]:
    """Linked places and accounts."""
    return {
        "link": lambda actor, action: s.linking.agree(actor, action.subject),
        "link!": lambda actor, action: s.linking.confirm(actor, action.subject),
        "nolink": lambda actor, action: s.linking.decline(actor, action.subject),
        "unlink": lambda actor, action: s.linking.ask_to_unlink(actor, action.subject),
        "unlink!": lambda actor, action: s.linking.unlink(actor, SpaceId(action.subject)),
        "join": lambda actor, action: s.accounts.join(actor, action.subject),
        "part": lambda actor, _: s.accounts.unlink(actor),
    }


def _of_settings(s: Services) -> Mapping[str, OnPress]:
    """Setting up, settings, schedules."""
    return {
        "undo": lambda actor, action: s.changing.undo(actor, action.subject),
        "guide": lambda actor, _: s.guiding.show(actor),
        "guide_go": lambda actor, action: s.guiding.go(actor, action.subject),
        "guide_form": lambda actor, action: s.guiding.form(actor, action.subject),
        "guide_later": lambda actor, _: s.guiding.later(actor),
        "guide_try": lambda actor, _: s.guiding.try_out(actor),
        "guide_begin": lambda actor, action: s.guiding.begin(actor, action.subject),
        "support": lambda actor, _: s.supporting.ask(actor),
        "holidays": lambda actor, action: s.holidays.holidays(actor, action.subject),
        "holidays!": lambda actor, action: s.holidays.confirm(actor, action.subject),
        "settings": lambda actor, action: s.configuring.settings(actor, action.subject, pressed=True),
        "schedule": lambda actor, action: s.configuring.schedule(actor, action.subject),
        "schedule_change": lambda actor, action: s.configuring.change(actor, action.subject),
        "schedule_more": lambda actor, action: s.configuring.more(actor, action.subject),
        "schedule_manner": lambda actor, action: s.manners.form(actor, action.subject),
        "schedule_remove": lambda actor, action: s.configuring.ask_to_remove(actor, action.subject),
        "schedule_remove!": lambda actor, action: s.configuring.remove(actor, action.subject),
    }


def _of_words(s: Services) -> Mapping[str, OnPress]:
    """The calendar of weeks, prompts, packs and suggestions."""
    return {
        "weeks": lambda actor, _: s.challenges.show(actor, again=True),
        "weeks_plan": lambda actor, _: s.challenges.plan_form(actor),
        "weeks_add": lambda actor, _: s.challenges.add(actor),
        "weeks_from": lambda actor, action: s.challenges.insert_form(actor, action.subject),
        "weeks_place": lambda actor, action: s.challenges.place_form(actor, action.subject),
        "weeks_next": lambda actor, action: s.challenges.put_next(actor, action.subject),
        "weeks_write": lambda actor, action: s.challenges.write_form(actor, action.subject),
        "weeks_order": lambda actor, _: s.challenges.order_form(actor),
        "weeks_change": lambda actor, _: s.challenges.change_form(actor),
        "prompts": lambda actor, _: s.curating.overview(actor, pressed=True),
        "prompts_more": lambda actor, _: s.curating.more(actor),
        "prompts_page": lambda actor, action: s.curating.page(actor, action.subject, action.detail),
        "prompts_pick": lambda actor, action: s.curating.pick_form(actor, action.subject, action.detail),
        "prompts_twice": lambda actor, action: s.curating.look_twice(actor, twice=action.subject == "yes"),
        "prompts_export": lambda actor, _: s.packing.export(actor),
        "packs": lambda actor, action: s.curating.packs_form(actor, action.subject),
        "packs_page": lambda actor, action: s.curating.packs_page(actor, action.subject),
        "prompt_new": lambda actor, _: s.curating.new_form(actor),
        "prompt_edit": lambda actor, action: s.curating.edit_form(actor, action.subject),
        "prompt_out": lambda actor, action: s.curating.retire(actor, action.subject, out=True),
        "prompt_in": lambda actor, action: s.curating.retire(actor, action.subject, out=False),
        "prompt_next": lambda actor, action: s.curating.queue(actor, action.subject, coming=True),
        "prompt_later": lambda actor, action: s.curating.queue(actor, action.subject, coming=False),
        "prompt_drop": lambda actor, action: s.curating.drop(actor, action.subject),
        "import": lambda actor, action: s.packing.bring_in(actor, action.subject, action.detail),
        "suggestions": lambda actor, action: s.suggesting.queue(actor, action.subject),
        "suggestion_yes": lambda actor, action: s.suggesting.accept(actor, action.subject),
        "suggestion_edit": lambda actor, action: s.suggesting.edit_form(actor, action.subject),
        "suggestion_no": lambda actor, action: s.suggesting.deny_form(actor, action.subject),
        "plans": lambda actor, action: s.own_plans.plans(actor, action.subject, pressed=True),
        "plan": lambda actor, action: s.own_plans.show(actor, action.subject),
        "plan_themes": lambda actor, action: s.own_plans.themes(actor, action.subject),
        "plan_new": lambda actor, _: s.own_plans.new_form(actor),
        "plan_copy": lambda actor, action: s.own_plans.copy_form(actor, action.subject),
        "plan_change": lambda actor, action: s.own_plans.change_form(actor, action.subject),
        "plan_begin": lambda actor, action: s.own_plans.begin_form(actor, action.subject),
        "plan_remove": lambda actor, action: s.own_plans.ask_to_remove(actor, action.subject),
        "plan_remove!": lambda actor, action: s.own_plans.remove(actor, action.subject),
        "vote": lambda actor, action: s.voting.wish(actor, action.subject, action.detail),
        "vote_ask": lambda actor, action: s.voting.ask(actor, action.subject),
        "vote_close": lambda actor, _: s.voting.close(actor),
    }


def _of_pages(s: Services) -> Mapping[str, OnPress]:
    """Pages on the web, sessions, export and leaving."""
    return {
        "page": lambda actor, _: s.opening.ask(actor, {}),
        "page_open": lambda actor, action: s.opening.open(actor, listed=action.subject == EVERYONE),
        "page_new": lambda actor, _: s.opening.renew(actor),
        "page_close": lambda actor, _: s.opening.close(actor, pressed=True),
        "export": lambda actor, action: s.exporting.export(actor, action.subject, action.detail),
        "leave?": lambda actor, action: s.departing.ask_again(actor, SpaceId(action.subject)),
        "leave!": lambda actor, action: s.departing.begin(actor, SpaceId(action.subject), action.detail),
        "stay": lambda actor, action: s.departing.stay(actor, SpaceId(action.subject)),
        "desk": lambda actor, _: s.visiting.sessions(actor),
        "desk_out": lambda actor, _: s.visiting.sign_out_everywhere(actor),
    }


def _forms(s: Services) -> Mapping[str, OnForm]:
    return {
        "setup": s.setup.submitted,
        "settings": lambda actor, _, values: s.configuring.topic(actor, values),
        "moderators": s.choosing.submitted,
        "pause": lambda actor, _, values: s.moderating.pause(actor, values),
        "schedule": s.configuring.keep,
        "schedule_more": s.configuring.keep_more,
        "schedule_manner": s.manners.keep,
        "which": lambda actor, _, values: s.configuring.chosen(actor, values),
        "community": s.configuring.keep_whole,
        "holidays_gone": lambda actor, _, values: s.holidays.remove(actor, values),
        "skip": lambda actor, _, values: s.skipping.skip(actor, values),
        "share": s.sharing.write,
        "share_said": s.menus.begun,
        "vote": s.voting.open,
        "plan": s.own_plans.write,
        "plan_which": lambda actor, _, values: s.own_plans.chosen(actor, values),
        "weeks_plan": s.challenges.choose_plan,
        "weeks_insert": s.challenges.insert,
        "weeks_order": s.challenges.order,
        "weeks_change": s.challenges.change_week,
        "weeks_write": s.challenges.write,
        "name": lambda actor, subject, values: s.naming.name(actor, ActId(subject), values),
        "wall": s.ruling.submitted,
        "ahead": lambda actor, _, values: s.previewing.chosen(actor, values),
        "ahead_words": s.previewing.write,
        "ahead_move": s.previewing.move,
        "guide": s.guiding.submitted,
        "support": s.supporting.submitted,
        "prompt": s.curating.write,
        "prompt_pick": lambda actor, _, values: s.curating.show(actor, values.get("prompt", "")),
        "prompts_search": lambda actor, _, values: s.curating.search(actor, values),
        "prompts_next": s.curating.order,
        "packs": s.curating.choose_packs,
        "suggest": s.suggesting.suggest,
        "suggestion": s.suggesting.accept_edited,
        "suggestion_no": s.suggesting.deny,
        "return": lambda actor, subject, values: s.overseeing.send_back(actor, ActId(subject), values),
        "hide": lambda actor, subject, values: s.overseeing.hide(actor, ActId(subject), values),
    }


def _forms_with_files(s: Services) -> Mapping[str, OnFormWithFiles]:
    return {
        "prompts_import": lambda actor, _, values, files: s.packing.submitted(actor, values, files),
        "picture": lambda actor, subject, values, files: s.picturing.put(actor, ActId(subject), values, files),
        "holidays": s.holidays.read,
    }


def _openers(s: Services) -> Mapping[str, OnOpen]:
    return {
        "setup": s.setup.form,
        "settings": s.configuring.topics,
        "wall": lambda actor: s.ruling.rules(actor, {}),
        "moderators": s.choosing.form,
        "schedule": s.configuring.add,
        "which": s.configuring.which,
        "plan": s.own_plans.which,
        "community": s.configuring.whole,
        "holidays": s.holidays.form,
        "holidays_gone": s.holidays.which,
        "skip": lambda actor: s.skipping.skip(actor, {}),
        "pause": lambda actor: s.moderating.pause(actor, {}),
        "ahead": s.previewing.form,
        "packs": s.curating.packs_form,
        "prompts_next": s.curating.order_form,
        "prompts_search": s.curating.search_form,
        "prompts_import": s.packing.form,
    }


def _again(s: Services) -> Mapping[str, OnAgain]:
    return {
        "setup": lambda actor, _: s.setup.form(actor),
        "guide": lambda actor, subject: s.guiding.form(actor, subject.partition(".")[0]),
        "wall": lambda actor, _: s.ruling.rules(actor, {}),
        "moderators": lambda actor, _: s.choosing.form(actor),
        "support": lambda actor, _: s.supporting.ask(actor),
        "community": lambda actor, _: s.configuring.whole(actor),
        "schedule": lambda actor, subject: s.configuring.change(actor, subject.partition(".")[0]),
        "schedule_more": lambda actor, subject: s.configuring.more(actor, subject.partition(".")[0]),
        "schedule_manner": lambda actor, subject: s.manners.form(actor, subject.partition(".")[0]),
        "ahead_words": lambda actor, subject: s.previewing.words_form(actor, subject.rpartition("/")[0]),
        "ahead_move": lambda actor, subject: s.previewing.move_form(actor, subject.rpartition("/")[0]),
        "weeks_plan": lambda actor, _: s.challenges.plan_form(actor),
        "weeks_insert": lambda actor, subject: s.challenges.insert_form(actor, subject.partition("/")[2]),
        "weeks_order": lambda actor, _: s.challenges.order_form(actor),
        "weeks_change": lambda actor, _: s.challenges.change_form(actor),
        "prompt": lambda actor, subject: s.curating.edit_form(actor, subject.partition(" ")[0]),
        "prompts_next": lambda actor, _: s.curating.order_form(actor),
        "packs": lambda actor, subject: s.curating.packs_form(actor, subject.partition("/")[2]),
        "suggestion": s.suggesting.edit_form,
    }


def _menus(s: Services) -> Mapping[str, OnMenu]:
    return {
        "add": s.menus.add,
        "report": s.menus.report,
        "remove": s.menus.remove,
        "why": s.menus.why,
    }
