"""The bill of materials of a bundle, in CycloneDX 1.6 JSON (pure)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from demeure.release.wheels import Wheel

SPEC, SCHEMA = "1.6", "http://cyclonedx.org/schema/bom-1.6.schema.json"
_SPACE = uuid.UUID("9d0c2f0e-6c0f-5f36-9f47-7d4f3e0b4c11")
PRODUCT = "demeure"


@dataclass(frozen=True)
class ModelPart:
    """A model that the bundle carries; ``licence``: as the catalogue says it, or empty."""

    id: str
    title: str
    file: str
    sha256: str
    licence: str


@dataclass(frozen=True)
class DebianPart:
    """A Debian package that the bundle carries."""

    name: str
    version: str
    architecture: str
    file: str
    sha256: str

    @property
    def purl(self) -> str:
        version = self.version.replace(":", "%3A").replace("+", "%2B").replace("~", "%7E")
        return f"pkg:deb/debian/{self.name}@{version}?arch={self.architecture}"


def written(
    wheels: Sequence[Wheel], models: Sequence[ModelPart], packages: Sequence[DebianPart], at: str
) -> dict[str, Any]:
    """The whole document. ``at``: UTC ISO 8601; one of ``wheels`` is the product."""
    (product,) = (wheel for wheel in wheels if wheel.name == PRODUCT)
    others = sorted((wheel for wheel in wheels if wheel is not product), key=lambda wheel: wheel.name)
    refs = {wheel.name: wheel.purl for wheel in wheels}
    components = [_library(wheel) for wheel in others]
    components += [_model(one) for one in models] + [_package(one) for one in packages]
    serial = uuid.uuid5(_SPACE, " ".join([at, *(wheel.sha256 for wheel in wheels)]))
    depends = [
        {
            "ref": wheel.purl,
            "dependsOn": sorted({refs[name] for name in wheel.needs if name in refs} - {wheel.purl}),
        }
        for wheel in (product, *others)
    ]
    return {
        "$schema": SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "timestamp": at,
            "tools": {
                "components": [{"type": "application", "name": "demeure bundle", "version": product.version}]
            },
            "component": {**_library(product), "type": "application"},
        },
        "components": components,
        "dependencies": depends,
    }


def _library(wheel: Wheel) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": wheel.purl,
        "name": wheel.name,
        "version": wheel.version,
        "purl": wheel.purl,
        "hashes": [{"alg": "SHA-256", "content": wheel.sha256}],
    }
    if wheel.summary:
        found["description"] = wheel.summary
    if wheel.licence:
        named = {"expression": wheel.licence} if wheel.expression else {"license": {"name": wheel.licence}}
        found["licenses"] = [named]
    return found


def _model(one: ModelPart) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": f"model/{one.id}",
        "name": one.id,
        "description": one.title,
        "hashes": [{"alg": "SHA-256", "content": one.sha256}],
    }
    if one.licence:
        found["licenses"] = [{"license": {"name": one.licence}}]
    return found


def _package(one: DebianPart) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": one.purl,
        "name": one.name,
        "version": one.version,
        "purl": one.purl,
        "hashes": [{"alg": "SHA-256", "content": one.sha256}],
    }
