"""`hub-server push …`: the key that browsers subscribe with."""

import time
from argparse import Namespace

from hub_server import settings
from hub_server.commands import EXIT_OK, say
from hub_server.settings import Settings, SettingsError


def keys(options: Namespace) -> int:
    """Print the public key of this hub's pushes; made beside the database if there is none."""
    say(public_key(settings.load(options.config)))
    return EXIT_OK


def public_key(loaded: Settings) -> str:
    """The public key.

    Raises:
        SettingsError: push is off, or the key cannot be used.
    """
    # Cryptography costs 0.1 s, which no other command needs.
    from hub_server.push.keys import PushKey  # noqa: PLC0415

    if loaded.push_subject is None:
        msg = (
            f"push.subject is absent and public_url is {loaded.public_url!r}, expected mailto: or "
            "https: in one of them; ops sets push.subject"
        )
        raise SettingsError(msg)
    return PushKey.beside(loaded.database, time.time).public
