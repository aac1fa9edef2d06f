"""When the backup of the night is due (pure), and for which places."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from demeure.backup.standing import PlaceStanding, ahead


def last_moment(at: time, now: datetime) -> datetime:
    """The last time that it was ``at`` here, at ``now`` (aware). The hour that comes twice in October counts once:
    the first time."""
    today = now.astimezone().date()
    found = datetime.combine(today, at).astimezone()
    return found if found <= now else datetime.combine(today - timedelta(days=1), at).astimezone()


def older(place: PlaceStanding, moment: datetime, now: datetime) -> bool:
    """Was its last backup made before ``moment``, or never? One dated later than ``now`` (a clock was ahead) counts
    for nothing."""
    return place.last is None or place.last.at < moment or ahead(place.last.at, now)


def behind(places: Sequence[PlaceStanding], moment: datetime, now: datetime) -> list[PlaceStanding]:
    """Those that a backup is owed to since ``moment``. Disks that are plugged in turn are owed nothing while a
    place that stays is there; alone, one of them is enough: the others are in a drawer."""
    staying = [place for place in places if not place.removable]
    if staying:
        return [place for place in staying if older(place, moment, now)]
    return list(places) if all(older(place, moment, now) for place in places) else []
