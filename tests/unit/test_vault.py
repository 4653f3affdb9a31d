"""What is sealed, with which key, and what is said when none fits."""

import subprocess
import sys

import pytest

from bot.domain.errors import SecretKeyProblem
from bot.runtime.vault import new_key, vault

OLD, NEW, STRANGE = new_key(), new_key(), new_key()
TOKEN = "xoxb-a-token"


def test_without_a_key_a_secret_is_kept_as_it_is() -> None:
    assert (vault([]).keyed, vault([]).seal(TOKEN), vault([]).unseal(TOKEN)) == (False, TOKEN, TOKEN)


def test_with_a_key_nothing_of_a_secret_can_be_read() -> None:
    kept = vault([NEW]).seal(TOKEN)

    assert TOKEN not in kept
    assert vault([NEW]).unseal(kept) == TOKEN


def test_the_same_secret_looks_different_each_time() -> None:
    assert vault([NEW]).seal(TOKEN) != vault([NEW]).seal(TOKEN)


def test_what_was_kept_before_there_was_a_key_is_read_and_due_for_sealing() -> None:
    keyed = vault([NEW])

    assert (keyed.unseal(TOKEN), keyed.current(TOKEN)) == (TOKEN, False)


def test_what_an_older_key_sealed_is_read_and_due_for_sealing() -> None:
    kept, both = vault([OLD]).seal(TOKEN), vault([NEW, OLD])

    assert (both.unseal(kept), both.current(kept)) == (TOKEN, False)


def test_the_first_key_seals() -> None:
    kept = vault([NEW, OLD]).seal(TOKEN)

    assert vault([NEW]).unseal(kept) == TOKEN
    assert vault([NEW, OLD]).current(kept)


def test_a_key_that_is_missing_is_asked_for() -> None:
    kept = vault([OLD]).seal(TOKEN)

    with pytest.raises(SecretKeyProblem, match="Put the key that was used into KINDLING_SECRET_KEY again"):
        vault([]).unseal(kept)

    assert not vault([]).current(kept)


def test_a_key_that_does_not_fit_is_told_with_the_cure() -> None:
    kept = vault([OLD]).seal(TOKEN)

    with pytest.raises(SecretKeyProblem, match="Put that key there too, behind the new one and a comma"):
        vault([NEW, STRANGE]).unseal(kept)


def test_what_was_tampered_with_is_not_read() -> None:
    kept = vault([NEW]).seal(TOKEN)

    with pytest.raises(SecretKeyProblem):
        vault([NEW]).unseal(kept[:-6] + "AAAA==")


def test_the_library_is_not_imported_where_there_is_no_key() -> None:
    probe = "import sys; from bot.runtime.vault import vault; vault([]); sys.exit('cryptography' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0  # noqa: S603 -- our own words
