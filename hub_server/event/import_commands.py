"""`hub-server import`: the retailer's files; each returns its exit code."""

import os
from argparse import Namespace
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from hub_server import settings, store
from hub_server.commands import EXIT_OK, now_ms, opened, say
from hub_server.event import imports
from hub_server.event.history import KEPT_S
from hub_server.event.imports import ImportRefused, Purchases
from hub_server.event.loyalty import digest_of
from hub_server.goods import products
from hub_server.goods.assortment import Assortment
from hub_server.goods.products import Product
from hub_server.records import salt_seal

UNLINKABLE: Final = (
    "note: {count} rows are under a number that no phone can link; expected 4 to 64 letters or "
    "digits beside spaces and dashes"
)
OTHER_SALT: Final = (
    "{name}: not the salt that the hub runs with, so nobody would find these receipts; expected "
    "the same; nothing was imported; ops runs this with the service's environment"
)


def import_purchases(options: Namespace) -> int:
    """Take in receipts of the past; the same file again changes nothing."""
    loaded = settings.load(options.config)
    parts = store.Parts(options.config, loaded)
    zone = parts.floor_map.timezone
    salt = settings.salt(loaded, os.environ)

    def digest(number: str) -> str:
        return digest_of("number", number, salt)

    found = Purchases(options.file, ZoneInfo(zone) if zone else None, digest, now_ms())
    with opened(loaded) as database:
        if not salt_seal.fits(database, salt):
            raise ImportRefused(OTHER_SALT.format(name=loaded.salt_env))
        done = imports.put(database, found)
        sold = Assortment(parts.products)
        told = imports.learn_gaps(database, sold)
        imports.note_lasting(database, sold)
        old_count = imports.count_before(database, now_ms() - round(KEPT_S * 1000))
    say(f"{done.rows_count} rows of {done.baskets_count} receipts, {done.new_count} of them new")
    say(f"how long one lasts is known of {told} categories")
    if found.unlinkable_count:
        say(UNLINKABLE.format(count=found.unlinkable_count))
    if old_count:
        say(f"note: {old_count} rows are over 3 years old; a running hub forgets them bit by bit")
    return EXIT_OK


def import_products(options: Namespace) -> int:
    """Check a products file and put it in place; a running hub takes it up within a minute."""
    loaded = settings.load(options.config)
    parts = store.Parts(options.config, loaded)
    found = products.read(options.file)
    target = store.products_path(loaded) or loaded.map.with_name(store.PRODUCTS)
    places = {zone.id for zone in parts.floor_map.zones}
    _put(options.file, target)
    say(f"{len(found)} products in {target}")
    for line in notes(found, places):
        say(line)
    return EXIT_OK


def notes(found: tuple[Product, ...], places: set[str]) -> list[str]:
    """What is worth a look: none of it keeps a file out."""
    items = {one.item for one in found}
    strays = sorted({one.zone for one in found if one.zone and one.zone not in places})
    orphans = sorted({one.variant_of for one in found if one.variant_of} - items)
    unplaced = sum(one.zone is None and one.x_m is None for one in found)
    lines = []
    if strays:
        lines.append(f"note: zones that the map has not: {', '.join(strays[:5])}")
    if orphans:
        lines.append(f"note: variants of what is not sold: {', '.join(orphans[:5])}")
    if unplaced:
        lines.append(f"note: {unplaced} products have no place: nobody is led to them")
    return lines


def _put(source: Path, target: Path) -> None:
    """Copy it beside the target first: whoever reads that meanwhile reads the old or the new."""
    fresh = target.with_name(f"{target.name}.new")
    try:
        if source.resolve() != target.resolve():
            fresh.write_bytes(source.read_bytes())
            fresh.replace(target)
    except OSError as error:
        msg = f"products {target}: {error.strerror}; expected a writable folder; ops mends rights"
        raise ImportRefused(msg) from None
