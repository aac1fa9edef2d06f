"""A dry run of a policy on what the journal says was done: which of these decisions would change. Pure.

The journal says who did what, in which space, and by which rule; not what right they had there. What was allowed is
asked of the policy again, and what the policy refused; what the house refused stays refused whatever it says.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demeure.journal import Entry
from demeure.policy import (
    ALLOWING,
    LEAVE,
    LIMITS,
    RULE_PREFIX,
    Action,
    Actor,
    Force,
    Resource,
    Right,
    RouteTerms,
    judged,
    leaving,
)
from demeure.policy.routes import LEAVING

DAYS = 30
SHOWN = 100
"""Changed decisions that are shown one by one; all are counted."""

ACTIONS: Mapping[str, Action] = {
    "question-asked": Action.ASK,
    "question-refused": Action.ASK,
    "document-add": Action.DOCUMENT_ADD,
    "document-open": Action.DOCUMENT_OPEN,
    "document-delete": Action.DOCUMENT_DELETE,
    "document-read": Action.DOCUMENT_READ,
    "document-viewed": Action.DOCUMENT_READ,
    "documents-tag": Action.DOCUMENT_TAG,
    "documents-care": Action.DOCUMENT_TEND,
    "document-pin": Action.DOCUMENT_PIN,
    "snapshot-make": Action.SNAPSHOT_KEEP,
    "snapshot-prepare": Action.SNAPSHOT_KEEP,
    "file-exported": Action.CONVERSATION_EXPORT,
    "space-create": Action.SPACE_CREATE,
    "space-delete": Action.SPACE_DELETE,
    "space-renamed": Action.SPACE_RENAME,
    "space-shared": Action.SPACE_SHARE,
    "space-appointed": Action.SPACE_APPOINT,
    "space-class": Action.SPACE_CLASS,
    "document-class": Action.DOCUMENT_CLASS,
    "conversation-renamed": Action.CONVERSATION_WRITE,
    "conversation-deleted": Action.CONVERSATION_WRITE,
    "task-asked": Action.TASK_USE,
    "task-refused": Action.TASK_USE,
    "work-shared": Action.WORK_SHARE,
    "model-chosen": Action.MODEL_CHANGE,
    "engines-reloaded": Action.MODEL_CHANGE,
    "walls-proved": Action.HOUSE_PROVE,
    "link-created": Action.LINK_CREATE,
    "journal-exported": Action.JOURNAL_READ,
    "person-erased": Action.PERSON_ERASE,
    **dict.fromkeys(
        ("person-added", "person-link", "person-closed", "person-reopened", "person-role", "person-renamed"),
        Action.PEOPLE_ADMINISTER,
    ),
    **dict.fromkeys(
        ("group-added", "group-renamed", "group-removed", "group-joined", "group-left"), Action.GROUP_ADMINISTER
    ),
    **dict.fromkeys(("key-given", "key-revoked"), Action.KEY_ADMINISTER),
    **dict.fromkeys(("task-added", "task-withdrawn"), Action.TASK_ADMINISTER),
}
"""Names of entries that were decided upon → what was decided. Others cannot be replayed, and are not counted."""

_OF_SPACES = frozenset({Action.SPACE_DELETE, Action.SPACE_RENAME, Action.SPACE_SHARE, Action.SPACE_CLASS})
"""Entries of a space that is their object, not the place they happened in: it may be gone since."""
_LEAVINGS = frozenset(("route-request", "route-refused"))
_LEFT = frozenset(("leaves", "leaves-pseudonymised"))
_BY_ROUTE = re.compile(r"route (?P<route>[^;]+); .*?class (?P<class>[^;]+?)(?:;|$)")
"""What the airlock writes of a request (airlock/leaving.py)."""
_SPACE, _MODEL = re.compile(r"(?<!\S)space=(\S+)"), re.compile(r"(?<!\S)model=(\S+)")
"""What the assistant writes of a question over several spaces, or of one by a route (assistant/work.py)."""
_POLICY = frozenset(limit.name for limit in LIMITS)


@dataclass(frozen=True)
class Changed:
    """``action``: of policy.Action, or LEAVE. ``before`` and ``after``: was it, and would it be, allowed? ``rule``:
    what refuses it, before or after; ``why``: in both languages."""

    entry: Entry
    action: str
    before: bool
    after: bool
    rule: str
    why: Mapping[str, str]


@dataclass(frozen=True)
class _Turned:
    """What one question becomes: asked once, however many entries put it. ``turned``: by this change of policy."""

    turned: bool
    after: bool
    rule: str
    why: Mapping[str, str]


@dataclass(frozen=True)
class Replayed:
    """``looked``: entries that could be replayed; ``counts``: (action, allowed after) → how many change; ``since``:
    the first moment looked at; ``names``: of those whose decisions are shown, by actor id."""

    looked: int
    changed: tuple[Changed, ...]
    counts: Mapping[tuple[str, bool], int]
    since: str
    names: Mapping[str, str]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


class Replay:
    """Takes entries in any order. ``who``: actor id → who they are now, None for nobody any more; ``own``: class of
    a document of its own, by id; ``routes``: those declared."""

    def __init__(
        self,
        present: Force,
        future: Force,
        who: Callable[[str], Actor | None],
        own: Mapping[str, str],
        routes: Mapping[str, RouteTerms] | None = None,
    ) -> None:
        self._present, self._future, self._who, self._own, self._routes = present, future, who, own, routes or {}
        self._counts: Counter[tuple[str, bool]] = Counter()
        self._changed: list[Changed] = []
        self._names: dict[str, str] = {}
        self._judged: dict[tuple[Any, ...], _Turned] = {}
        self._looked = 0

    def take(self, entries: Iterable[Entry]) -> None:
        """Some more of the journal."""
        for entry in entries:
            if entry.name in _LEAVINGS:
                self._leaves(entry)
                continue
            action = ACTIONS.get(entry.name)
            before = _before(entry)
            actor = self._who(entry.actor) if action is not None and before is not None else None
            if action is None or before is None or actor is None:
                continue
            self._looked += 1
            if (changed := self._compared(entry, action, actor, before)) is not None:
                self._keep(changed, actor.name)

    def _keep(self, changed: Changed, name: str) -> None:
        self._counts[str(changed.action), changed.after] += 1
        if len(self._changed) < SHOWN:
            self._changed.append(changed)
            self._names[changed.entry.actor] = name

    def _leaves(self, entry: Entry) -> None:
        """What left by a route, or was refused to, by the class that it had and at the hour that it was."""
        found = _BY_ROUTE.match(entry.object)
        route = self._routes.get(found["route"]) if found is not None else None
        if found is None or route is None or entry.phase == "closing" or entry.decision not in LEAVING:
            return
        self._looked += 1
        when = datetime.fromisoformat(entry.time).astimezone()
        named = () if found["class"] == "-" else (found["class"],)
        both = (one.policy.terms(*named) for one in (self._present, self._future))
        now, then = (leaving(terms, route, when) for terms in both)
        before = entry.decision in _LEFT
        if now.allowed == then.allowed or before == then.allowed:
            return
        why = now if then.allowed else then
        told = {language: why.sentence(language) for language in ("fr", "en")}
        who = self._who(entry.actor)
        self._keep(Changed(entry, LEAVE, before, then.allowed, why.rule, told), who.name if who else entry.actor)

    def result(self, since: str) -> Replayed:
        """What was found so far."""
        return Replayed(self._looked, tuple(self._changed), dict(self._counts), since, dict(self._names))

    def _compared(self, entry: Entry, action: Action, actor: Actor, before: bool) -> Changed | None:
        form = entry.object if action is Action.CONVERSATION_EXPORT else ""
        space = entry.space or (entry.object.partition(" ")[0] if action in _OF_SPACES else "")
        asked = entry.object if action is Action.ASK else ""
        places = _SPACE.findall(asked) or [space]
        model = found[1] if (found := _MODEL.search(asked)) else ""
        own = self._own.get(entry.object, "")
        judged_so = [self._once(actor, action, place, own, form, model) for place in places]
        turned = [one for one in judged_so if one.turned and one.after != before]
        if not turned or not (before or all(one.after for one in judged_so)):  # allowed once every space allows it
            return None
        return Changed(entry, action, before, turned[0].after, turned[0].rule, turned[0].why)

    def _once(self, *asked: Any) -> "_Turned":
        if asked not in self._judged:
            self._judged[asked] = self._judge(*asked)
        return self._judged[asked]

    def _judge(self, actor: Actor, action: Action, space: str, own: str, form: str, model: str) -> _Turned:
        kind = "spaces" if action is Action.ASK else "entry"
        # the right that they had is not written: what was allowed needed enough of it
        may: dict[str, Any] = {"owner": actor.id, "right": Right.MANAGE, "sensitivity": own, "format": form}
        about = Resource(kind, space, space=space, model=model, **may)
        now, then = (judged(actor, action, one.bound(action, about)) for one in (self._present, self._future))
        refusal = now if then.allowed else then
        why = {language: refusal.sentence(language) for language in ("fr", "en")}
        return _Turned(now.allowed != then.allowed, then.allowed, refusal.rule, why)


def _before(entry: Entry) -> bool | None:
    """Was it allowed? None: refused by the house itself, or nothing was decided there."""
    if entry.phase == "closing" or not entry.decision:
        return None
    if entry.decision.startswith(RULE_PREFIX) or entry.decision in _POLICY:
        return False
    return True if entry.decision in ALLOWING else None
