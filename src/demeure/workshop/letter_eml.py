"""A letter as a draft that a mail program opens, to be read and sent by a person: text alone, nothing attached.

``X-Unsent: 1`` is how Outlook and Thunderbird know a draft; the sender is whoever opens it.
"""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from demeure.workshop.blocks import Block, Run, blocks
from demeure.workshop.letter import Letter
from demeure.workshop.notes import Notes, numbered, told_in

_WIDE = 998


def write_eml(letter: Letter) -> bytes:
    """A message in UTF-8: To, Subject, In-Reply-To, References, its text, then its mentions."""
    made, answering = EmailMessage(policy=SMTP), letter.answering
    made["X-Unsent"] = "1"
    made["Date"] = format_datetime(datetime.fromtimestamp(letter.issued, UTC))
    if answering is not None and answering.to:
        made["To"] = [_address(name, address) for name, address in answering.to]
    made["Subject"] = (answering.answer if answering else "") or letter.title
    if answering is not None and answering.name:
        made["In-Reply-To"] = answering.name
    if answering is not None and answering.references:
        made["References"] = " ".join(answering.references)
    for name, value in letter.facts:
        made[f"X-Demeure-{name}"] = value[:_WIDE]
    made.set_content(_text(letter), charset="utf-8", cte="quoted-printable")
    made["Content-Language"] = letter.language
    return made.as_bytes()


def _address(name: str, address: str) -> Address:
    return Address(display_name=name, addr_spec=address)


def _text(letter: Letter) -> str:
    notes = Notes(letter)
    body = blocks(letter.text, notes.known)
    numbered(body, notes)
    pen = _Pen()
    parts = pen.blocks(body)
    parts += ["\n".join(lines) for lines in (letter.closing, letter.signature) if lines]
    parts += ["\n".join(pen.notes)] if pen.notes else []
    unread = dict(letter.facts).get("HumanReview") == "none"  # said to machines; whoever opens the draft reads it
    told = [line for line in (letter.mention, "" if unread else letter.review) if line]
    return "\n\n".join([*parts, *(["\n".join(told)] if told else [])]) + "\n"


class _Pen:
    """Says blocks without a mark of their own."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def blocks(self, found: list[Block]) -> list[str]:
        return [text for text in map(self._block, found) if text]

    def _block(self, block: Block) -> str:
        match block["kind"]:
            case "list":
                return "\n".join(self._items(block))
            case "table":
                rows = [block["header"], *block["rows"]]
                return "\n".join(" | ".join(self._runs(cell).replace("\n", " ") for cell in row) for row in rows)
            case "code":
                return str(block["text"])
            case "quote":
                return "> " + "\n\n".join(self.blocks(block["blocks"])).replace("\n", "\n> ")
            case "rule":
                return ""
        return self._runs(block["runs"])

    def _items(self, block: Block) -> list[str]:
        made = []
        for number, item in enumerate(block["items"], block["start"]):
            mark = f"{number}. " if block["ordered"] else "- "
            made.append(mark + "\n".join(self.blocks(item)).replace("\n", "\n" + " " * len(mark)))
        return made

    def _runs(self, runs: list[Run]) -> str:
        return "".join(map(self._run, runs))

    def _run(self, run: Run) -> str:
        if run["kind"] == "break":
            return "\n"
        if run["kind"] == "note":
            self.notes.append(f"[{run['note']}] {told_in(run)}")
            return f" [{run['note']}]"
        return str(run["text"])
