"""An index of some rows only says which ones, on both databases."""

import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex

from bot.storage.tables import deliveries, tell_postgresql

WAITING = "WHERE state IN ('planned', 'sending')"


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()], ids=lambda dialect: dialect.name)
def test_an_index_is_made_for_the_rows_it_is_meant_for(dialect: Dialect) -> None:
    [index] = [index for index in deliveries.indexes if index.name == "ix_deliveries_waiting"]

    tell_postgresql()

    assert WAITING in str(CreateIndex(index).compile(dialect=dialect))
