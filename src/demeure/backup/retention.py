"""Which backups are kept (pure): the last ones, one a week, one a month; and taking the others away."""

from collections.abc import Iterable
from datetime import datetime

from demeure.backup import manifest
from demeure.backup.creating import numbers_at, standing
from demeure.backup.manifest import Manifest
from demeure.backup.target import Target

LAST, WEEKS, MONTHS = 7, 5, 12


def kept(pages: Iterable[Manifest], last: int = LAST, weeks: int = WEEKS, months: int = MONTHS) -> set[int]:
    """Numbers of those to keep: the ``last`` ones, the newest of each of the last ``weeks`` weeks and of the last
    ``months`` months that have any."""
    newest = sorted(pages, key=lambda page: page.number, reverse=True)
    found = {page.number for page in newest[:last]}
    for count, label in ((weeks, "%G-%V"), (months, "%Y-%m")):
        seen: dict[str, int] = {}
        for page in newest:
            seen.setdefault(datetime.fromisoformat(page.at).strftime(label), page.number)
        found |= set(list(seen.values())[:count])
    return found


def remove_old(target: Target, vkey: str, last: int = LAST, weeks: int = WEEKS, months: int = MONTHS) -> list[int]:
    """Take away the backups that are not kept, then the packs that no page names; their numbers. A page that
    cannot be read keeps everything: its packs are not known. Killed anywhere, the kept ones are whole."""
    pages = standing(target, vkey)
    if set(numbers_at(target)) != set(pages):
        return []
    keep = kept(pages.values(), last, weeks, months)
    gone = sorted(set(pages) - keep)
    for number in gone:
        name = manifest.name_of(number)
        target.remove(f"manifests/{name}")
        target.remove(f"manifests/{name}.sig")
    if gone:
        needed = {pack.name for number in keep for pack in pages[number].packs}
        for name in target.names("packs"):
            if name.removesuffix(".idx") not in needed:
                target.remove(f"packs/{name}")
    return gone
