"""Which push hosts fail one after another, in words for whoever runs the store."""

from typing import Final

import msgspec

from hub_server.push.verdict import Verdict

# One phone's fault is no host's; so many in a row, of whatever phones, are.
FAILURES_MIN: Final = 5
# A host that nothing was sent to since is not known to fail still.
FORGOTTEN_S: Final = 600.0
# What a phone, a shopper or our own gates decided says nothing of the host.
FAULTS: Final = {
    "timeout": "does not answer within 5 s; ops looks at the network, else it is theirs to mend",
    "connection": "cannot be reached; ops looks at the network and lets port 443 through",
    "endpoint": "has no public address; ops looks at the hub's DNS",
    "http_401": "refuses the hub's signature; ops looks at the hub's clock and push.subject",
    "http_403": "refuses the hub's signature; ops looks at the hub's clock and push.subject",
    "http_429": "takes no more for now; the hub waits as long as it asks",
}


class Failing(msgspec.Struct):
    """A host and its failures since its last success."""

    count: int = 0
    code: str = ""
    at_s: float = 0.0


class HostWatch:
    """Every host that was posted to lately."""

    def __init__(self) -> None:
        self._hosts: dict[str, Failing] = {}

    def note(self, host: str, verdict: Verdict, now_s: float) -> None:
        """One try."""
        if verdict.state == "accepted":
            self._hosts.pop(host, None)
        elif verdict.code in FAULTS or verdict.code.startswith("http_5"):
            failing = self._hosts.setdefault(host, Failing())
            failing.count += 1
            failing.code = verdict.code
            failing.at_s = now_s

    def sentences(self, now_s: float) -> list[str]:
        """A line for each host that fails."""
        old_s = now_s - FORGOTTEN_S
        self._hosts = {host: one for host, one in self._hosts.items() if one.at_s > old_s}
        return [
            f"push: {host} {FAULTS.get(one.code, f'answers {one.code}; theirs to mend')}"
            for host, one in self._hosts.items()
            if one.count >= FAILURES_MIN
        ]
