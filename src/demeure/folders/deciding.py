"""What a folder may do in its space, asked of policy as it is at that moment (pure)."""

from demeure.folders.values import Folder
from demeure.library import Document, about
from demeure.policy import Action, Actor, Decision, Resource, Right, decide


def actor_of(folder: Folder) -> Actor:
    """As whom a folder feeds its space."""
    return Actor("folder", folder.actor, folder.name)


def decided(
    folder: Folder, action: Action, space: str, document: str = "", row: Document | None = None
) -> Decision:
    """A folder may add to its own space, and delete there what it brought. ``row``: the document, when it is there:
    its own class and what holds it count."""
    right = Right.CONTRIBUTE if space == folder.space else Right.NONE
    resource = Resource("document", document, space=space, owner=folder.actor, right=right)
    return decide(actor_of(folder), action, about(row, right, owner=folder.actor) if row else resource)
