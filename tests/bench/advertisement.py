"""Advertisement decode, microseconds each: `python tests/bench/advertisement.py`.

Prints one line a kind. Aim: about 1 µs for what a store mostly hears.
"""

import timeit
from collections.abc import Mapping
from typing import Final

from edge_agent.advertisement import APPLE_COMPANY, EDDYSTONE_SERVICE, parse

CALLS: Final = 100_000
# The best of five: the others measure the machine's other work.
REPEATS: Final = 5

Packet = tuple[Mapping[int, bytes], Mapping[str, bytes]]

PACKETS: Final[dict[str, Packet]] = {
    "iBeacon": ({APPLE_COMPANY: b"\x02\x15" + bytes(range(20)) + b"\xc5"}, {}),
    "AltBeacon": ({0x0118: b"\xbe\xac" + bytes(range(20)) + b"\xc5\x00"}, {}),
    "Eddystone-UID": ({}, {EDDYSTONE_SERVICE: b"\x00\xe7" + bytes(range(18))}),
    "Eddystone-EID": ({}, {EDDYSTONE_SERVICE: b"\x30\xe7" + bytes(range(8))}),
    "Eddystone-TLM": ({}, {EDDYSTONE_SERVICE: b"\x20\x00" + bytes(range(12))}),
    "stranger: a phone": ({APPLE_COMPANY: bytes.fromhex("1005031c8a2f41")}, {}),
    "stranger: bytes only": ({}, {}),
}


def decode_us(packet: Packet) -> float:
    """Microseconds that one decode of `packet` takes."""
    manufacturer, service = packet
    times_s = timeit.repeat(lambda: parse(manufacturer, service), number=CALLS, repeat=REPEATS)
    return min(times_s) / CALLS * 1e6


def main() -> None:
    """Print a line for each kind."""
    for name, packet in PACKETS.items():
        print(f"advertisement decode  {name:<22} {decode_us(packet):6.2f} µs")


if __name__ == "__main__":
    main()
