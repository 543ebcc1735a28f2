"""What one advertisement costs, microseconds: `python tests/bench/advertisement.py`.

Prints one line a kind for the decoder (aim: about 1 µs for what a store mostly hears), and one each
for the scanner's whole callback with a stranger and with a tag of the list.
"""

import timeit
from collections.abc import Mapping
from typing import Final

from bleak.backends.scanner import AdvertisementData

from edge_agent.advertisement import APPLE_COMPANY, EDDYSTONE_SERVICE, parse
from edge_agent.scanner import BleakSource, Fixed

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


def callback_us(handle: str | None) -> float:
    """Microseconds that the scanner takes for an iBeacon whose handle is `handle`."""
    source = BleakSource(Fixed("a1"), lambda _: handle)
    data = AdvertisementData(None, dict(PACKETS["iBeacon"][0]), {}, [], None, -60, ())
    times_s = timeit.repeat(lambda: source.hear(data), number=CALLS, repeat=REPEATS)
    return min(times_s) / CALLS * 1e6


def main() -> None:
    """Print a line for each kind."""
    for name, packet in PACKETS.items():
        print(f"advertisement decode  {name:<22} {decode_us(packet):6.2f} µs")
    print(f"scanner callback      {'a stranger, dropped':<22} {callback_us(None):6.2f} µs")
    print(f"scanner callback      {'a tag of the list':<22} {callback_us('h-1'):6.2f} µs")


if __name__ == "__main__":
    main()
