"""People to talk to: named by moderators, shown to whoever asks, and nothing is kept about who asked."""

from collections.abc import Mapping, Sequence
from typing import cast

from bot.domain.changes import State, mark_of
from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.ids import CommunityId
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Reply, Text
from bot.domain.places import Actor
from bot.domain.support import CONTACTS_LIMIT, ELSEWHERE, Contact, Region, Support
from bot.domain.words import tidied
from bot.ports import Storage, UnitOfWork
from bot.ports.guide import Directory
from bot.services.cards import note
from bot.services.changing import Changing, undoing
from bot.services.reading import Unread
from bot.services.setup import must_moderate
from bot.services.spaces import Spaces

SUPPORT = "support"
PART_LIMIT = 120
LINES_LIMIT = 2000
_PARTS = 3
NAME_THEM = Choice("Name people to talk to", Action("support"), emoji="🤝")


def as_state(support: Support) -> State:
    """As a setting that moderators change."""
    return {"region": support.region, "contacts": [[one.name, one.how, one.when] for one in support.contacts]}


class Contacts:
    """Whom a community has named, as a setting that moderators change."""

    kind = SUPPORT

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:  # noqa: ARG002 -- there is one list
        """The region and the contacts; None while nobody has chosen any."""
        support = await work.supports.get(community)
        return as_state(support) if support else None

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:  # noqa: ARG002 -- there is one list
        """Show these from now on."""
        if state is None:
            await work.supports.remove(community)
            return
        contacts = cast("Sequence[Sequence[str]]", state["contacts"])
        await work.supports.save(community, Support(str(state["region"]), tuple(Contact(*one) for one in contacts)))

    def told(self, before: State | None, after: State | None) -> str:  # noqa: ARG002 -- the audit log has no place for lists
        """That they were changed."""
        return "the people to talk to were changed"


class Supporting:
    """Talking to a person is always offered, also where nobody has set anything up."""

    def __init__(self, storage: Storage, spaces: Spaces, directory: Directory, *, changing: Changing) -> None:
        self._storage = storage
        self._spaces = spaces
        self._directory = directory
        self._changing = changing

    async def show(self, actor: Actor) -> Reply:
        """Whom one can turn to. Only reads, so that nothing can be kept about who asked."""
        async with self._storage.reading() as work:
            space = await work.communities.space_of(actor.person.platform, actor.person.space)
            support = await work.supports.get(space.community) if space else None
        return Reply(self._card(support or Support()))

    def _card(self, support: Support) -> Card:
        regions = self._directory.regions()
        region = regions.known.get(support.region)
        number = region.emergency.text if region else "your local emergency number"
        body: list[Part] = [Text(f"If you or somebody else is in danger right now, please call {number}.", strong=True)]
        if support.contacts:
            items = tuple(Item(_reached(one), label=one.name) for one in support.contacts)
            body.append(Items(items, title="People who listen:"))
        named = " and ".join(f"{name} ({fact.text})" for name, fact in regions.directories)
        body.append(Text(f"Somebody to listen, wherever you are: {named}."))
        footnote = "Only you see this, and nothing is kept about who asks."
        return Card("Talk to a person", tuple(body), footnote=footnote, emoji="🤝")

    async def ask(self, actor: Actor) -> Reply:
        """The form for moderators, with what is set."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            space = await self._spaces.of(work, actor.person)
            support = await work.supports.get(space.community)
            await work.commit()
        fields = self.fields(support or self.suggested(actor.zone))
        mark = mark_of(as_state(support) if support else None)
        return Reply(Form("support", "Somebody to talk to", fields, subject=mark))

    async def submitted(self, actor: Actor, seen: str, values: Mapping[str, str]) -> Reply:
        """Keep what the form says; it was opened when what was set had the mark `seen`."""
        must_moderate(actor)
        try:
            support = self.read(values)
        except Unread as error:
            form = Form("support", "Somebody to talk to", self.fields(values=values), subject=seen)
            return Reply(Rejected({"contacts": str(error)}, form))
        async with self._storage.unit_of_work() as work:
            change = await self._changing.change(work, actor, SUPPORT, "", as_state(support), seen=seen)
            await work.commit()
        choices = (undoing(change),) if change else ()
        lines = ("This is what /kind support shows from now on.", *(contact.line for contact in support.contacts))
        return Reply(note("People to talk to", *lines, choices=choices, emoji="🤝"))

    def suggested(self, zone: str) -> Support:
        """What is suggested where clocks go by `zone`."""
        region = self._directory.regions().known.get(territory_of(zone))
        return Support(region.code, region.contacts) if region else Support()

    def fields(self, support: Support | None = None, values: Mapping[str, str] | None = None) -> tuple[Field, ...]:
        """The fields, with what is set, or as somebody filled them in."""
        values = values or self.as_values(support or Support())
        known = sorted(self._directory.regions().known.values(), key=lambda region: region.name)
        options = (*((region.code, region.name) for region in known), (ELSEWHERE, "Somewhere else"))
        return (
            Field(
                "region", "Whose emergency number?", FieldKind.CHOICE, value=values.get("region", ""), options=options
            ),
            Field(
                "contacts",
                "Who can be talked to?",
                FieldKind.PARAGRAPH,
                required=False,
                value=values.get("contacts", ""),
                hint="Up to five lines: name | how to reach | when, for whom. Empty: as suggested",
                limit=LINES_LIMIT,
            ),
        )

    @staticmethod
    def as_values(support: Support) -> dict[str, str]:
        """As the form has it."""
        return {"region": support.region, "contacts": "\n".join(contact.line for contact in support.contacts)}

    def read(self, values: Mapping[str, str]) -> Support:
        """What the form says. Raises `Unread`.

        Where nothing is written, or what is suggested for some other region, what is suggested for the chosen one.
        """
        known = self._directory.regions().known
        region = known.get(values.get("region", ""))
        lines = [line for line in tidied(values.get("contacts", "")).splitlines() if line.strip()]
        contacts = tuple(_contact(line) for line in lines)
        if len(contacts) > CONTACTS_LIMIT:
            raise Unread(f"These are {len(contacts)}. Please keep at most {CONTACTS_LIMIT}: nobody should look long.")
        if region and (not contacts or _suggested_elsewhere(contacts, region, known)):
            contacts = region.contacts
        return Support(region.code if region else ELSEWHERE, contacts)


def _reached(contact: Contact) -> str:
    return ", ".join(filter(None, [contact.how, contact.when]))


def territory_of(zone: str) -> str:
    """The code of the country that a zone lies in, such as `DE`; empty where it lies in none."""
    from babel.core import get_global  # noqa: PLC0415 -- a large file, seldom needed

    return str(get_global("zone_territories").get(zone, ""))


def _suggested_elsewhere(contacts: tuple[Contact, ...], region: Region, known: Mapping[str, Region]) -> bool:
    return any(contacts == other.contacts for other in known.values() if other is not region)


def _contact(line: str) -> Contact:
    parts = [" ".join(part.split()) for part in line.split("|")]
    if not 1 < len(parts) <= _PARTS or not parts[0] or not parts[1]:
        raise Unread(
            f"I could not read “{line.strip()[:60]}”. Please write each line as name | how to reach them | when or for "
            "whom; the last part may be left out."
        )
    if any(len(part) > PART_LIMIT for part in parts):
        raise Unread(f"“{line.strip()[:60]}…” is long. Please keep each part under {PART_LIMIT} characters.")
    return Contact(*parts)
