"""Cards and forms as JSON: how the room keeps them, and what `show` prints."""

from base64 import b64decode, b64encode
from typing import Any

from bot.domain.forms import FILE_MOST, Field, FieldKind, Form, Rejected
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Picture, Quote, Style, Text

Json = dict[str, Any]
DIGITS = 15
"""No number of the room's has more, and SQLite takes them all."""
Content = Card | Form | Rejected


def number(text: str) -> int | None:
    """A number as a page sends it back; None when it is none of ours."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else None


def encode(content: Content) -> Json:
    """The content with its kind, so that `decode` knows it again."""
    match content:
        case Card():
            return {"kind": "card", **encode_card(content)}
        case Form():
            return {"kind": "form", **_form(content)}
        case Rejected(problems, form):
            return {"kind": "rejected", "problems": dict(problems), "form": _form(form)}


def decode(data: Json) -> Content:
    """What `encode` was given."""
    match data["kind"]:
        case "card":
            return decode_card(data)
        case "form":
            return _form_from(data)
        case "rejected":
            return Rejected(problems=dict(data["problems"]), form=_form_from(data["form"]))
        case other:
            raise ValueError(f"{other!r} is no kind of content")


def encode_card(card: Card) -> Json:
    """The card, its optional parts left out where they are empty. A drawing is kept as such, without its picture; what
    somebody handed over has no drawing, and is kept itself."""
    data: Json = {"heading": card.heading}
    if card.emoji:
        data["emoji"] = card.emoji
    if card.body:
        data["body"] = [_part(part) for part in card.body]
    if card.choices:
        data["choices"] = [_choice(choice) for choice in card.choices]
    if card.picture:
        data["picture"] = {"url": card.picture.url, "alt": card.picture.alt, "svg": card.picture.svg}
        if card.picture.mark:
            png = b64encode(card.picture.png).decode()
            data["picture"] |= {"mark": card.picture.mark, "png": png}
    if card.footnote:
        data["footnote"] = card.footnote
    if card.notify:
        data["notify"] = card.notify
    return data


def decode_card(data: Json) -> Card:
    """What `encode_card` was given."""
    picture = data.get("picture")
    return Card(
        heading=data["heading"],
        body=tuple(_part_from(part) for part in data.get("body", ())),
        choices=tuple(_choice_from(choice) for choice in data.get("choices", ())),
        picture=_picture_from(picture) if picture else None,
        footnote=data.get("footnote", ""),
        emoji=data.get("emoji", ""),
        notify=data.get("notify", ""),
    )


def _picture_from(data: Json) -> Picture:
    png = b64decode(data.get("png", ""))
    return Picture(data["url"], data["alt"], data.get("svg", ""), png, data.get("mark", ""))


def _part(part: Part) -> Json:
    match part:
        case Text(text, strong):
            return {"text": text, "strong": strong}
        case Quote(text, by):
            return {"quote": text, "by": by}
        case Items(items, title):
            return {
                "title": title,
                "items": [{"text": item.text, "label": item.label, "channel": item.channel} for item in items],
            }


def _part_from(data: Json) -> Part:
    if "items" in data:
        return Items(tuple(Item(**item) for item in data["items"]), data["title"])
    if "quote" in data:
        return Quote(data["quote"], data["by"])
    return Text(data["text"], strong=data["strong"])


def _choice(choice: Choice) -> Json:
    return {
        "label": choice.label,
        "action": choice.action.encode(),
        "style": choice.style.value,
        "emoji": choice.emoji,
    }


def _choice_from(data: Json) -> Choice:
    action = Action.decode(data["action"])
    if action is None:
        raise ValueError(f"{data['action']!r} is no action")
    return Choice(data["label"], action, Style(data["style"]), data["emoji"])


def _form(form: Form) -> Json:
    return {
        "name": form.name,
        "title": form.title,
        "fields": [_field(field) for field in form.fields],
        "submit": form.submit,
        "subject": form.subject,
        "intro": form.intro,
    }


def _form_from(data: Json) -> Form:
    return Form(
        name=data["name"],
        title=data["title"],
        fields=tuple(_field_from(field) for field in data["fields"]),
        submit=data["submit"],
        subject=data["subject"],
        intro=data["intro"],
    )


def _field(field: Field) -> Json:
    return {
        "name": field.name,
        "label": field.label,
        "kind": field.kind.value,
        "required": field.required,
        "value": field.value,
        "hint": field.hint,
        "options": [list(option) for option in field.options],
        "limit": field.limit,
        "endings": list(field.endings),
        "most": field.most,
    }


def _field_from(data: Json) -> Field:
    return Field(
        name=data["name"],
        label=data["label"],
        kind=FieldKind(data["kind"]),
        required=data["required"],
        value=data["value"],
        hint=data["hint"],
        options=tuple((value, label) for value, label in data["options"]),
        limit=data["limit"],
        endings=tuple(data.get("endings", ())),
        most=data.get("most", FILE_MOST),
    )
