"""The bill of materials of an installation from the sources: what their lock files list, as far as it is for this
machine. A library of another version, or that no lock names, differs from it; one that is missing too. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from demeure.release.sbom import PRODUCT, SCHEMA, SPEC

FROM = "demeure:from"
LOCKS = "locks"
_LINE = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)\s*(;?)", re.MULTILINE)


def plain(name: str) -> str:
    """As PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def bill(runtime: str, others: str, found: Mapping[str, str]) -> dict[str, Any]:
    """CycloneDX. ``runtime``: the lock that the product needs, ``others``: those that it can do without (tests);
    ``found``: plain name → version installed. A line with a marker counts where what it names is there: markers are
    not computed."""
    listed: dict[str, str] = {}
    for name, version, marked in _LINE.findall(runtime):
        key = plain(name)
        if not marked or key in found:
            listed[key] = _chosen(listed.get(key), version, found.get(key))
    for name, version, _ in _LINE.findall(others):
        key = plain(name)
        if key in found:
            listed[key] = _chosen(listed.get(key), version, found[key])
    product = {"type": "application", **_part(PRODUCT, found.get(PRODUCT, "0"))}
    return {
        "$schema": SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "version": 1,
        "metadata": {"component": product, "properties": [{"name": FROM, "value": LOCKS}]},
        "components": [{"type": "library", **_part(name, listed[name])} for name in sorted(listed)],
    }


def _chosen(before: str | None, version: str, there: str | None) -> str:
    """Several lines may name a library, each for its kind of machine: the one that is there, else the first."""
    return version if before is None or version == there else before


def _part(name: str, version: str) -> dict[str, str]:
    purl = f"pkg:pypi/{name}@{version}"
    return {"bom-ref": purl, "name": name, "version": version, "purl": purl}
