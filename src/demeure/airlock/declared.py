"""The routes of an instance: one file each in ``routes/``, that commands of the house's owner write and no role
may; their credentials in ``keys/routes/``, sealed, which the airlock alone may read.
"""

from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from demeure.airlock.errors import RouteInvalid, RouteUnknown
from demeure.airlock.route import ID, Route, read, unsafe, written
from demeure.store.declared import write_file
from demeure.store.keys import derive, seal, unseal

PLACE, CREDENTIALS = "routes", "keys/routes"
_LARGEST = 1 << 18
LONGEST_SECRET = 4096


def all_routes(instance: Path) -> list[Route]:
    """Every route, by name. Raises RouteInvalid: one file that cannot be read is not passed over in silence."""
    found, wrong = looked_at(instance)
    for problem in wrong.values():
        raise problem
    return found


def looked_at(instance: Path) -> tuple[list[Route], dict[str, RouteInvalid]]:
    """Every route that can be read, by name; name of each file that cannot → why. Those serve nothing."""
    found, wrong = list[Route](), dict[str, RouteInvalid]()
    for path in sorted((instance / PLACE).glob("*.toml")):
        try:
            found.append(load(path))
        except RouteInvalid as problem:
            wrong[path.stem] = problem
    return found, wrong


def serving(instance: Path, today: date) -> list[Route]:
    """Those that are open today. A file that cannot be read is no open route."""
    return [route for route in looked_at(instance)[0] if route.serves(today)]


def load(path: Path) -> Route:
    """Read again only when the file is another, or was written since: it is asked at every request. Raises
    RouteInvalid."""
    try:
        facts = path.stat()
    except OSError as problem:
        raise RouteInvalid(route=path.stem, detail=f"{path.name}.") from problem
    stamp = (facts.st_ino, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size)
    known = _READ.get(path)
    if known is None or known[0] != stamp:
        _READ[path] = known = (stamp, _loaded(path))
    return known[1]


_READ: dict[Path, tuple[tuple[int, ...], Route]] = {}


def _loaded(path: Path) -> Route:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST + 1).decode()
    except (OSError, UnicodeDecodeError) as problem:
        raise RouteInvalid(route=path.stem, detail=f"{path.name}.") from problem
    if len(text) > _LARGEST:
        raise RouteInvalid(route=path.stem, detail=f"{path.name}.")
    try:
        route = read(text)
    except RouteInvalid as problem:  # what cannot be read does not say its name, or another's
        raise RouteInvalid(**{**problem.params, "route": path.stem}) from problem
    if route.id != path.stem:
        raise RouteInvalid(route=path.stem, detail=f"{path.name} ≠ {route.id}.")
    return route


def find(instance: Path, name: str) -> Route:
    """Raises RouteUnknown, RouteInvalid."""
    return load(there(instance, name))


def there(instance: Path, name: str) -> Path:
    """The file of a route, which need not be one that can be read. Raises RouteUnknown."""
    path = _file(instance, name)
    if not path.exists():
        raise RouteUnknown(route=name)
    return path


def keep(instance: Path, route: Route) -> None:
    """Write its file; durable on return. Raises RouteInvalid for one that may not be open, and is."""
    problem = unsafe(route) if route.open else None
    if problem is not None:
        raise problem
    text = written(route)
    read(text)  # what is written can be read again
    write_file(_file(instance, route.id), text.encode())


def remove(instance: Path, name: str) -> None:
    """Forget it, its credential first, whether or not it can be read. Raises RouteUnknown."""
    path = there(instance, name)
    credential_file(instance, name).unlink(missing_ok=True)
    path.unlink()


def credentials_key(house_key: bytes) -> bytes:
    """32 bytes that open credentials of routes and nothing else of the house."""
    return derive(house_key, "routes")


def keep_credential(instance: Path, name: str, house_key: bytes, secret: str) -> None:
    """Sealed for this route: another's file is not taken for it."""
    cipher = AESGCM(credentials_key(house_key))
    write_file(credential_file(instance, name), seal(cipher, secret.encode(), _use(name)))


def has_credential(instance: Path, name: str) -> bool:
    return credential_file(instance, name).exists()


def credential(instance: Path, name: str, key: bytes) -> str:
    """Of the route ``name``; empty: it has none. ``key``: of ``credentials_key``. Raises the store's SealBroken."""
    try:
        sealed = credential_file(instance, name).read_bytes()
    except FileNotFoundError:
        return ""
    return unseal(AESGCM(key), sealed, _use(name)).decode()


def _use(name: str) -> str:
    return f"credential of the route {name}"


def _file(instance: Path, name: str) -> Path:
    if not ID.fullmatch(name):
        raise RouteUnknown(route=name[:40])
    return instance / PLACE / f"{name}.toml"


def credential_file(instance: Path, name: str) -> Path:
    """Where it is, if it has one."""
    if not ID.fullmatch(name):
        raise RouteUnknown(route=name[:40])
    return instance / CREDENTIALS / f"{name}.sealed"
