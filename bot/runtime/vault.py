"""Sealing what has to be stored and must not be read: Fernet, with the operator's own keys."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.domain.errors import SecretKeyProblem
from bot.ports.tools import Vault

if TYPE_CHECKING:
    from cryptography.fernet import Fernet, MultiFernet

MARK = "fernet:"
"""Before what is sealed, so that it is told from what was kept before there was a key."""

_NO_KEY = (
    "Something in the database was sealed with a secret key, and there is none now. Put the key that was used into "
    "KINDLING_SECRET_KEY again. Nothing was changed."
)
_WRONG_KEY = (
    "Something in the database was sealed with another secret key than those in KINDLING_SECRET_KEY. Put that key "
    "there too, behind the new one and a comma. Nothing was changed."
)


class OpenVault:
    """`bot.ports.tools.Vault` without a key: everything is kept as it is."""

    keyed = False

    def seal(self, secret: str) -> str:
        """The secret itself."""
        return secret

    def unseal(self, kept: str) -> str:
        """What was kept, if it was not sealed."""
        if kept.startswith(MARK):
            raise SecretKeyProblem(_NO_KEY)
        return kept

    def current(self, kept: str) -> bool:
        """Whether it is not sealed."""
        return not kept.startswith(MARK)


class KeyedVault:
    """`bot.ports.tools.Vault` with keys: the first one seals, all of them open."""

    keyed = True

    def __init__(self, first: "Fernet", every: "MultiFernet") -> None:
        self._first = first
        self._every = every

    def seal(self, secret: str) -> str:
        """The secret under the first key."""
        return MARK + self._first.encrypt(secret.encode()).decode()

    def unseal(self, kept: str) -> str:
        """What was kept, opened with whichever key fits."""
        return _opened(self._every, kept) if kept.startswith(MARK) else kept

    def current(self, kept: str) -> bool:
        """Whether it is under the first key."""
        try:
            return kept.startswith(MARK) and bool(_opened(self._first, kept))
        except SecretKeyProblem:
            return False


def vault(keys: Sequence[str]) -> Vault:
    """The vault of these keys. The library takes a while to import, so it is not where there are none."""
    if not keys:
        return OpenVault()
    from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 -- only where a key is set

    fernets = [Fernet(key) for key in keys]
    return KeyedVault(fernets[0], MultiFernet(fernets))


def new_key() -> str:
    """A fresh key."""
    from cryptography.fernet import Fernet  # noqa: PLC0415 -- the same

    return Fernet.generate_key().decode()


def _opened(opener: "Fernet | MultiFernet", kept: str) -> str:
    from cryptography.fernet import InvalidToken  # noqa: PLC0415 -- the same

    try:
        return opener.decrypt(kept.removeprefix(MARK)).decode()
    except InvalidToken as error:
        raise SecretKeyProblem(_WRONG_KEY) from error
