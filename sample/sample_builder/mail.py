"""Mail output: one .eml file whose text quotes the messages it answers."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from .source import Source
from .typography import french


def _address(text: str) -> Address:
    """``Name <user@host>`` as an address object, accents encoded when written."""
    name, _, spec = text.rstrip(">").partition(" <")
    return Address(display_name=name, addr_spec=spec)


def _as_html(body: str) -> str:
    """The HTML twin of the text: quoted lines keep their marks, as many tools do."""
    lines = "<br>\n".join(escape(line, quote=False) for line in body.splitlines())
    return f'<html lang="fr"><body>\n<div>{lines}</div>\n</body></html>\n'


def build_mail(source: Source) -> bytes:
    """Build a multipart message with fixed identifiers, date and boundary."""
    body = french(source.body)
    message = EmailMessage(policy=SMTP)
    head = source.extra
    message["From"] = _address(head["from"])
    message["To"] = [_address(entry) for entry in head["to"]]
    message["Cc"] = [_address(entry) for entry in head["cc"]]
    message["Subject"] = french(source.title)
    message["Date"] = format_datetime(head["sent"])
    message["Message-ID"] = head["ids"][-1]
    message["In-Reply-To"] = head["ids"][-2]
    message["References"] = " ".join(head["ids"][:-1])
    message.set_content(body, cte="quoted-printable")
    message.add_alternative(_as_html(body), subtype="html", cte="quoted-printable")
    message.set_boundary("=_montfaucel_0001")
    return message.as_bytes()
