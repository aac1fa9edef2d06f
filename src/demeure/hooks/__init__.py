"""Webhooks: entries of the journal told to somebody outside, by a declared route. Nothing here sends anything."""

from demeure.hooks.declared import Hook, all_hooks, find, keep, known, put_back, read, remove, text_of, unusable
from demeure.hooks.errors import HookInvalid, HookTaken, HookUnknown
from demeure.hooks.places import WAITS, Place, Places

__all__ = [
    "WAITS",
    "Hook",
    "HookInvalid",
    "HookTaken",
    "HookUnknown",
    "Place",
    "Places",
    "all_hooks",
    "find",
    "keep",
    "known",
    "put_back",
    "read",
    "remove",
    "text_of",
    "unusable",
]
