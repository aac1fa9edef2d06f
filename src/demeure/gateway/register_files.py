"""A register as a file: ODT, DOCX, PDF/A or Markdown, by the workshop's exporter; journalled as every file."""

from demeure.accountability import titles
from demeure.gateway.errors import NoRegisters
from demeure.gateway.house import House
from demeure.gateway.register_facts import gather
from demeure.gateway.register_room import RegisterRoom
from demeure.gateway.sending import Sent, ToSend
from demeure.policy import Action, Actor, Resource

FORMATS = ("pdf", "odt", "docx", "md")


def registers_of(house: House) -> RegisterRoom:
    """Raises NoRegisters (of a test's house)."""
    if house.registers is None:
        raise NoRegisters()
    return house.registers


async def names_for(house: House, actor: Actor) -> dict[str, str]:
    """Id → who wrote and signed, for those who may read everybody's journal; empty to the others."""
    if not house.decide(actor, Action.JOURNAL_READ, Resource("journal")).allowed:
        return {}
    return await house.directory.people_named(actor)


async def file_of(house: House, actor: Actor, name: str, kind: str, number: int | None = None) -> Sent:
    """The document as it stands, or the version that was signed. Raises the room's errors and the exporter's."""
    room = registers_of(house)
    if number is None:
        text = (await room.sheet(actor, name, await gather(house))).text
        title = f"{titles()[name]} (projet)"
    else:
        version = await room.version(actor, name, number)
        title = f"{titles()[name]}, version {number}"
        text = version.body.partition("\n\n")[2]
    told = ToSend(title, text, asked=(Action.REGISTER_READ, Resource("register")), spoken="fr")
    return await house.sending.file(actor, "fr", told, kind)
