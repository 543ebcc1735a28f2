"""Which internet addresses a push service can have: public ones and no other.

`ipaddress.is_global` alone lets NAT64, 6to4, multicast and more pass, by which a name could lead
into the store's own network. Source: IANA's special-purpose address registries.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

# Beside what `is_global` refuses.
REFUSED_4: Final = tuple(
    ip_network(one)
    for one in (
        "0.0.0.0/8",  # this network
        "100.64.0.0/10",  # carriers' own
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",  # benchmarks
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved and broadcast
    )
)
# All that is given out to anyone lies here. Outside of it are ::/96, ::ffff:0:0/96 (v4 in v6),
# 64:ff9b::/96 (NAT64), fc00::/7, fe80::/10, fec0::/10 (once site-local) and ff00::/8 (multicast).
GIVEN_OUT_6: Final = ip_network("2000::/3")
REFUSED_6: Final = tuple(
    ip_network(one)
    for one in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries any v4 address
        "3fff::/20",  # documentation
    )
)


def is_public(text: str) -> bool:
    """Whether `text` is an address that anyone on the internet may reach."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if not address.is_global:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in one for one in REFUSED_4)
    return _is_public_6(address)


def _is_public_6(address: IPv6Address) -> bool:
    if address.scope_id is not None or address not in GIVEN_OUT_6:
        return False
    return not any(address in one for one in REFUSED_6)
