"""Whom people are told to turn to: every entry says where it comes from, and since when that is known."""

from datetime import date
from urllib.parse import urlsplit

from bot.domain.forms import OPTIONS_LIMIT
from bot.domain.support import CONTACTS_LIMIT, Fact, Regions
from bot.runtime.directory import SupportFile
from bot.services.supporting import PART_LIMIT, territory_of


def regions() -> Regions:
    return SupportFile().regions()


def facts() -> list[Fact]:
    known = regions()
    of_regions = [[region.emergency, *(fact for _, fact in region.suggestions)] for region in known.known.values()]
    return [*(fact for _, fact in known.directories), *(fact for found in of_regions for fact in found)]


def test_every_entry_says_where_it_was_read_and_when() -> None:
    for fact in facts():
        address = urlsplit(fact.source)

        assert address.scheme in {"http", "https"}, fact
        assert "." in address.netloc, fact
        assert date(2026, 1, 1) <= fact.looked_up <= date(2100, 1, 1), fact


def test_at_least_twenty_countries_are_known_and_fit_a_pick_list() -> None:
    assert 20 <= len(regions().known) <= OPTIONS_LIMIT - 1


def test_every_country_has_an_emergency_number_and_there_is_a_directory_for_all_others() -> None:
    assert [region.code for region in regions().known.values() if not region.emergency.text.isdigit()] == []
    assert [fact.text for _, fact in regions().directories] == ["https://findahelpline.com"]


def test_suggestions_are_as_short_as_what_moderators_may_write() -> None:
    for region in regions().known.values():
        assert len(region.contacts) <= CONTACTS_LIMIT
        for contact in region.contacts:
            assert all(
                len(part) <= PART_LIMIT and "|" not in part for part in (contact.name, contact.how, contact.when)
            )


def test_a_time_zone_tells_the_country() -> None:
    assert [territory_of(zone) for zone in ("Europe/Berlin", "America/Los_Angeles", "UTC", "")] == [
        "DE",
        "US",
        "",
        "",
    ]
