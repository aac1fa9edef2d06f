"""What is asked of a key that is given, or changed: its scopes, spaces, limits, from a form, JSON or a command."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demeure.clock import iso
from demeure.errors import InputError
from demeure.gateway.applications import in_effect
from demeure.gateway.locale import whole
from demeure.gateway.visit import Visit, text_field
from demeure.identity import QUOTA_FIELDS, ApplicationKey, KeyLimits, Quotas
from demeure.policy import SCOPE_NAMES, in_force
from demeure.policy.scopes import ADD, METRICS, MODELS

GIVEN_TO_OTHERS = (ADD, MODELS, METRICS)
"""Scopes of the administrator's page: none of them reads what the house holds."""


@dataclass(frozen=True)
class KeyForm:
    """``days`` 0: not a number. ``limits``: a quota of -1 is not a number."""

    scopes: tuple[str, ...]
    spaces: tuple[str, ...]
    days: int
    limits: KeyLimits

    def shown(self) -> dict[str, Any]:
        """For the form to correct."""
        quotas = {name: value or "" for name, value in vars(self.limits.quotas).items()}
        told = {"scopes": self.scopes, "spaces": self.spaces, "days": self.days}
        return told | {"highest": self.limits.highest, "quotas": quotas}


def form_of(came: Visit, fields: Mapping[str, str], scopes: tuple[str, ...], days: int) -> KeyForm:
    """From the form that was read; ``scopes`` and ``days``: what one without them means."""
    given = fields.get("days", "")
    return KeyForm(
        scopes=tuple(came.every("scope", 10)) or scopes,
        spaces=tuple(came.every("space", 100)),
        days=_number(given) if given else days,
        limits=limits_of_form(fields),
    )


def limits_of_form(fields: Mapping[str, str]) -> KeyLimits:
    """Fields highest, and those of Quotas; empty ones limit nothing."""
    quotas = {name: _number(fields[name]) or -1 for name in QUOTA_FIELDS if fields.get(name, "").strip(" 0")}
    return KeyLimits(fields.get("highest", "")[:80], Quotas(**quotas))


def limits_of(body: Mapping[str, Any]) -> KeyLimits:
    """From JSON: ``class`` and ``quotas``. Raises InputError."""
    quotas = body.get("quotas") or {}
    if not isinstance(quotas, dict) or not set(quotas) <= set(QUOTA_FIELDS):
        raise InputError(detail="quotas")
    if not all(type(value) is int for value in quotas.values()):
        raise InputError(detail="quotas")
    return KeyLimits(text_field(dict(body), "class", 80), Quotas(**quotas))


def texts_of(body: Mapping[str, Any], name: str, usual: tuple[str, ...] = ()) -> tuple[str, ...]:
    """A list of texts of JSON. Raises InputError."""
    given = body.get(name)
    if given is None:
        return usual
    if not isinstance(given, list) or len(given) > 100:
        raise InputError(detail=name)
    return tuple(text_field({name: one}, name, 200) for one in given)


def whole_of(body: Mapping[str, Any], name: str, usual: int) -> int:
    """A whole number of JSON. Raises InputError."""
    value = body.get(name, usual)
    if type(value) is not int or not 0 <= value < 1 << 31:
        raise InputError(detail=name)
    return value


def named(word: str, names: Mapping[str, str]) -> str:
    """The id of a space said by id or by name; an unknown word stays."""
    return next((id_ for id_, name in names.items() if word == id_ or word.casefold() == name.casefold()), word)


def limits_said(came: Visit, key: ApplicationKey) -> list[str]:
    """« demandes par minute : 30 », « jusqu’à la classe Interne »."""
    held = in_effect(key.limits.quotas, personal=key.personal)
    quotas = {name: whole(came.language, most) for name, most in vars(held).items()}
    words = {
        "requests_minute": came.t("keys.limit_requests_minute", n=quotas["requests_minute"]),
        "requests_day": came.t("keys.limit_requests_day", n=quotas["requests_day"]),
        "tokens_minute": came.t("keys.limit_tokens_minute", n=quotas["tokens_minute"]),
        "tokens_day": came.t("keys.limit_tokens_day", n=quotas["tokens_day"]),
    }
    told = [words[name] for name in held.told()]
    if key.limits.highest:
        name = in_force().policy.sensitivity(key.limits.highest).name(came.language)
        told.append(came.t("keys.limit_class", name=name))
    return told


def choices(came: Visit, scopes: tuple[str, ...]) -> dict[str, Any]:
    """What a form offers: (scope, its words), (class, its name) from the lowest."""
    english = came.language == "en"
    return {
        "scopes": [(scope, SCOPE_NAMES[scope][english]) for scope in scopes],
        "classes": [(one.id, one.name(came.language)) for one in in_force().policy.classes],
    }


def key_data(key: ApplicationKey, names: Mapping[str, str], used: tuple[int, int] = (0, 0)) -> dict[str, Any]:
    """JSON-able; a space without a name is gone. ``used``: requests and tokens of this day."""
    return {
        "name": key.name,
        "owner": key.owner_name,
        "personal": key.personal,
        "scopes": list(key.scopes),
        "spaces": [{"id": space, "name": names.get(space, "")} for space in key.spaces],
        "state": key.state,
        "shut": [space for space in key.shut if space in names],
        "class": key.limits.highest,
        "quotas": in_effect(key.limits.quotas, personal=key.personal).told(),
        "today": {"requests": used[0], "tokens": used[1]},
        "created_at": iso(key.created_at),
        "expires_at": iso(key.expires_at),
        "used_at": iso(key.used_at) if key.used_at else None,
        "former_until": iso(key.former_until) if key.former_until else None,
    }


def _number(text: str) -> int:
    text = text.replace("\u202f", "").replace("\u00a0", "").replace(" ", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
