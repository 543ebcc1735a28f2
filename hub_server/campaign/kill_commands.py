"""`hub-server kill`: stop all messages, or speak again, whether or not the hub runs."""

from argparse import Namespace

from hub_server import commands, settings
from hub_server.campaign.states import ALL, OPS, State, switched_off, switched_on


def kill(options: Namespace) -> int:
    """Stop every message of the store at once (`on`), or let it speak again (`off`)."""
    loaded = settings.load(options.config)
    state = State(commands.now_ms(), "Everything is switched off.", OPS)
    with commands.opened(loaded) as database:
        if options.switch == "on":
            database.write(*switched_off(loaded.store, ALL, state))
        else:
            database.write(switched_on(loaded.store, ALL))
    said = "off: nothing is said" if options.switch == "on" else "on: campaigns speak again"
    commands.say(f"messages of {loaded.store} are {said}, from the hub's next second")
    return 0
