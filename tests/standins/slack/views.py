"""The `views` methods: modals and home tabs."""

from .blocks import Surface, check_view, too_large_for_a_view
from .files import needs_scope
from .shapes import Json, as_object
from .state import ApiError
from .webapi import Call, Handler
from .world import View, World

DEEPEST_STACK = 3


def view_json(view: View, world: World, values: Json | None = None) -> Json:
    """A view with the fields Slack adds; `values` is its state."""
    team = view.user.team
    return {
        "callback_id": "",
        "private_metadata": "",
        "external_id": "",
        "title": None,
        "submit": None,
        "close": None,
        "clear_on_close": False,
        "notify_on_close": False,
        **view.payload,
        "id": view.id,
        "team_id": team.id,
        "app_id": world.app_id,
        "bot_id": view.team.bot_id,
        "app_installed_team_id": view.team.id,
        "hash": view.hash,
        "root_view_id": view.root_view_id,
        "previous_view_id": view.previous_view_id,
        "state": {"values": values or {}},
    }


def read_view(call: Call, surface: Surface) -> Json:
    """The `view` argument, refused as Slack refuses: `invalid_arguments` with the problems."""
    try:
        value = as_object(call.args.decoded("view"))
    except ValueError:
        value = None
    if value is None:
        raise ApiError("invalid_arguments", response_metadata={"messages": ["[ERROR] view must be an object"]})
    view: Json = {name: field for name, field in value.items() if field is not None}
    if too_large_for_a_view(view):
        raise ApiError("view_too_large")
    if needs_scope(view, call.team):
        raise ApiError("invalid_arguments", response_metadata={"messages": ["[ERROR] files:read is needed"]})
    if problems := check_view(view, surface):
        told = [str(problem) for problem in problems]
        raise ApiError("invalid_arguments", response_metadata={"messages": told})
    return view


def open_view(call: Call) -> Json:
    payload = read_view(call, "modal")
    _refuse_same_external_id(call, payload)
    trigger = call.state.exchange(call.args.string("trigger_id") or call.args.string("interactivity_pointer"))
    world = call.state.world
    if trigger.team is not call.team:
        raise ApiError("invalid_trigger_id")
    world.close_views(trigger.user, everything=True)
    view = world.new_view(trigger.user, payload)
    view.viewing = trigger.viewing
    world.views(trigger.user).append(view)
    trigger.opened.append(view)
    return {"view": view_json(view, world)}


def push(call: Call) -> Json:
    payload = read_view(call, "modal")
    _refuse_same_external_id(call, payload)
    trigger = call.state.exchange(call.args.string("trigger_id") or call.args.string("interactivity_pointer"))
    if trigger.view is None or not trigger.view.open:
        raise ApiError("not_found")
    view = push_view(call.state.world, trigger.view, payload)
    if view is None:
        raise ApiError("push_limit_reached")
    trigger.opened.append(view)
    return {"view": view_json(view, call.state.world)}


def push_view(world: World, below: View, payload: Json) -> View | None:
    """Put a modal on top of the stack, or None when three lie there already."""
    stack = world.views(below.user)
    if len(stack) >= DEEPEST_STACK:
        return None
    view = world.new_view(below.user, payload, below)
    stack.append(view)
    return view


def update(call: Call) -> Json:
    view = _wanted_view(call)
    payload = read_view(call, "home" if view.type == "home" else "modal")
    if payload.get("external_id", "") != view.external_id:
        _refuse_same_external_id(call, payload)
    _refuse_other_hash(call, view)
    call.state.world.change_view(view, payload)
    return {"view": view_json(view, call.state.world)}


def publish(call: Call) -> Json:
    payload = read_view(call, "home")
    world = call.state.world
    user = world.users.get(call.args.string("user_id"))
    if user is None or user.team is not call.team:
        raise ApiError("invalid_arguments", response_metadata={"messages": ["invalid `user_id`"]})
    home = world.homes.get(user.id)
    if home is None:
        home = world.homes[user.id] = world.new_view(user, payload)
    else:
        _refuse_other_hash(call, home)
        world.change_view(home, payload)
    return {"view": view_json(home, world)}


def _wanted_view(call: Call) -> View:
    view_id, external_id = call.args.string("view_id"), call.args.string("external_id")
    for view in call.state.world.open_views():
        ours = view.team is call.team
        if ours and (view.id == view_id or (external_id and view.external_id == external_id)):
            return view
    raise ApiError("not_found")


def _refuse_other_hash(call: Call, view: View) -> None:
    if call.args.has("hash") and call.args.string("hash") != view.hash:
        raise ApiError("hash_conflict")


def _refuse_same_external_id(call: Call, payload: Json) -> None:
    wanted = payload.get("external_id")
    for view in call.state.world.open_views():
        if wanted and view.external_id == wanted and view.team is call.team:
            raise ApiError("duplicate_external_id")


VIEWS: dict[str, Handler] = {
    "views.open": open_view,
    "views.push": push,
    "views.update": update,
    "views.publish": publish,
}
