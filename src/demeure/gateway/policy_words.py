"""The policy in plain sentences: what each class allows, what each rule refuses (pure)."""

from collections.abc import Callable

from demeure.policy import ROLE_NAMES, Denial, Policy, Role, SensitivityClass, action_said

Say = Callable[..., str]
"""(key, parameters) → the sentence in the reader's language."""


def class_said(say: Say, one: SensitivityClass, language: str) -> list[str]:
    """What a class allows, one sentence an entry."""
    return [
        _leaves(say, one),
        say("policy.models_any")
        if one.models is None
        else _among(say, "policy.models_some", "policy.models_none", sorted(one.models)),
        _exports(say, one),
        say("policy.snapshots_yes" if one.snapshots else "policy.snapshots_no"),
        *([say("policy.disk_encrypted")] if one.disk == "encrypted" else []),
        *_kept(say, one),
        *([say("policy.journal_acts")] if one.journal == "acts" else []),
        *([say("policy.rekey", n=one.rekey)] if one.rekey is not None else []),
        *([say("policy.approves", roles=roles_said(one.approves, language))] if one.rank else []),
    ]


def _leaves(say: Say, one: SensitivityClass) -> str:
    if one.leaves == "never":
        return say("policy.leaves_never")
    return say(f"policy.leaves_{one.leaves}", routes=", ".join(sorted(one.routes)))


def _among(say: Say, some: str, none: str, names: list[str]) -> str:
    return say(some, names=", ".join(names)) if names else say(none)


def _exports(say: Say, one: SensitivityClass) -> str:
    if one.exports is None:
        return say("policy.exports_any")
    names = [name.upper() for name in sorted(one.exports)]
    return _among(say, "policy.exports_some", "policy.exports_none", names)


def _kept(say: Say, one: SensitivityClass) -> list[str]:
    keep, told = one.keep, []
    for name in ("conversations", "documents", "journal"):
        days = getattr(keep, name)
        if days is not None:
            told.append(say(f"policy.keep_{name}", n=days))
    return told or [say("policy.keep_unlimited")]


def roles_said(roles: frozenset[str], language: str) -> str:
    """Their names, commas between."""
    return ", ".join(ROLE_NAMES[role][language != "fr"] for role in Role if role in roles)


def rule_said(say: Say, policy: Policy, one: Denial, language: str) -> str:
    """Who may not do what, and on which classes."""
    told = {"actions": ", ".join(action_said(action, language) for action in sorted(one.actions))}
    if one.classes is not None:
        held = [each.name(language) for each in policy.classes if each.id in one.classes]
        told["classes"] = ", ".join(held)
    if one.roles is None:
        return say("policy.rule_none_all" if one.classes is None else "policy.rule_none_some", **told)
    who = roles_said(one.roles, language)
    told["who"] = who[:1].upper() + who[1:]
    return say("policy.rule_all" if one.classes is None else "policy.rule_some", **told)
