"""Whom members can turn to: a community's own contacts, and what is known of each region."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

CONTACTS_LIMIT = 5
ELSEWHERE = "elsewhere"
"""The region of a community whose own is not listed."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to talk to: who, how to reach them, and when or for whom they are there (may be empty)."""

    name: str
    how: str
    when: str = ""

    @property
    def line(self) -> str:
        """As it is written in a form: `Samaritans | call 116 123 | day and night`."""
        return " | ".join(filter(None, [self.name, self.how, self.when]))


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that was looked up: the text, where it was read, and on which day."""

    text: str
    source: str
    looked_up: date


@dataclass(frozen=True, slots=True)
class Region:
    """A country, with its emergency number and people to talk to."""

    code: str
    name: str
    emergency: Fact
    suggestions: tuple[tuple[Contact, Fact], ...] = ()

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """What is suggested here."""
        return tuple(contact for contact, _ in self.suggestions)


@dataclass(frozen=True, slots=True)
class Regions:
    """All that is known, by code, and the directory for everywhere else."""

    known: Mapping[str, Region]
    directories: tuple[tuple[str, Fact], ...]


@dataclass(frozen=True, slots=True)
class Support:
    """A community's choice: the region whose emergency number is shown, and its contacts, at most five."""

    region: str = ELSEWHERE
    contacts: tuple[Contact, ...] = ()
