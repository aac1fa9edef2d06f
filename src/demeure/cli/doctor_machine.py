"""What the doctor asks of the machine and of what runs on it: kernel, clock, port of the pages, version."""

import math
import os
from pathlib import Path

Row = tuple[str, bool | None, str, str]


def examine_machine(instance: Path) -> list[Row]:
    """(name, ok, French, English) of each check. Raises the settings' errors."""
    from demeure.install.machine import clock, engine_library, kernel_features, port
    from demeure.settings import load
    from demeure.supervisor.health import running_state

    settings = load(instance / "demeure.toml")
    address = (running_state(instance) or {}).get("address")
    return [
        *kernel_features(),
        engine_library(),
        clock(instance),
        port(settings.host, settings.port, served=(str(address[0]), int(address[1])) if address else None),
        *_destroying(instance),
        *_version(instance),
        *cut(instance, Path("/")),
    ]


def _destroying(instance: Path) -> list[Row]:
    """Nothing while the house destroys, at its time, what its policy keeps no longer."""
    from demeure.cli.terminal import date
    from demeure.clock import SystemClock
    from demeure.supervision import resting

    hours = math.ceil(resting(instance) / 3600)
    if not hours:
        return []
    today = SystemClock().now()
    fr = (
        f"La maison ne s’était pas ouverte depuis plus de 7 jours, ou l’horloge a sauté\u00a0: on serait le "
        f"{date(today, 'fr')}. Si la date est fausse, corrigez-la\u00a0: ce que la politique ne garde plus est "
        f"détruit après encore {hours} h d’ouverture."
    )
    en = (
        f"The house had not opened for more than 7 days, or the clock has jumped: today would be "
        f"{date(today, 'en')}. If the date is wrong, put it right: what the policy keeps no longer is destroyed "
        f"after {hours} more hours open."
    )
    return [("destroying", False, fr, en)]


def _version(instance: Path) -> list[Row]:
    """Its age, told and never judged: nothing here knows whether something newer exists."""
    from datetime import datetime

    from demeure.clock import SystemClock
    from demeure.release.standing import read

    found = read(instance)
    if found is None:
        return []
    made = found.created or found.installed
    days = (SystemClock().now() - datetime.fromisoformat(made)).days
    fr, en = f"{days} jour{'s' * (days > 1)}", f"{days} day{'s' * (days > 1)}"
    if days < 1:  # 0, or a clock that was ahead
        fr, en = "moins d’un jour", "less than a day"
    if found.created:
        fr, en = f"son lot a {fr}", f"its bundle is {en} old"
    else:
        fr, en = f"installée il y a {fr}", f"{en} here"
    fr, en = f"Version {found.version} : {fr}", f"Version {found.version}: {en}"
    if found.former:
        fr, en = f"{fr} ; la {found.former} est gardée", f"{en}; {found.former} is kept"
    rows: list[Row] = [("version", True, f"{fr}.", f"{en}.")]
    if found.aside:
        paths = ", ".join(found.aside)
        fr = f"Des données sont restées de côté quand la version d’avant a repris\u00a0: {paths}."
        en = f"Data were left aside when the version before took over: {paths}."
        rows.append(("version-aside", None, fr, en))
    return rows


def cut(instance: Path, root: Path) -> list[Row]:
    """A change of version that was cut and waits; units of this installation that would not settle it. Of the
    installation whose data are ``instance``, on the machine whose root is ``root``."""
    from demeure.install import Layout
    from demeure.install.layout import COMING, PROGRAM, UNITS

    layout = Layout(root)
    try:
        ours = layout.current.joinpath("data").resolve().samefile(instance)
    except OSError:
        return []
    if not ours:
        return []
    if (layout.at(PROGRAM) / COMING).exists():
        fr = "Un changement de version est en cours, ou a été interrompu : demeure update --resume, en root."
        en = "A change of version is under way, or was cut: demeure update --resume, as root."
        return [("update-cut", False, fr, en)]
    units = layout.at(UNITS)
    settling = ("demeure-resume.timer", "multi-user.target.wants/demeure-resume.service")
    if (units / "demeure.service").exists() and not all(os.path.lexists(units / name) for name in settling):
        fr = "Une mise à jour interrompue laisserait la maison fermée : demeure install, de nouveau, y pourvoit."
        en = "An update that is cut would leave the house closed: demeure install, again, sees to it."
        return [("update-units", False, fr, en)]
    return []
