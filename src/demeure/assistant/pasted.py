"""An e-mail pasted as a question: what it asks is looked for, all of it is given to the model. Pure.

Its greeting, its story and its signature are words too, and a search of them all finds another thing.
"""

import re

from demeure.assistant.tasks.message import understood

LONGEST, FEWEST = 320, 20
"""Characters looked for: beyond, an embedding no longer tells what is asked. Words of a text that is an e-mail."""
_GREETS = re.compile(
    r"\A\s*(?:bonjour|bonsoir|madame|monsieur|mesdames|messieurs|chers?|chères?|hello|hi|dear)\b[^\n?]{0,60}\n",
    re.IGNORECASE,
)
_HEADED = re.compile(r"^(?:de|from|objet|sujet|subject|date|à|to|envoyé|sent)\s?:.+$", re.IGNORECASE | re.MULTILINE)


def asked_in_mail(text: str) -> str:
    """What an e-mail asks: its subject, then its questions and requests; empty when ``text`` is none, or asks
    nothing."""
    if text.count("\n") < 2 or len(text.split()) < FEWEST:
        return ""
    if not _GREETS.match(text) and len(_HEADED.findall(text)) < 2:
        return ""
    message = understood(text)
    told = [*([message.subject] if message.subject else []), *message.points]
    if not message.points:
        return ""
    kept = told[:1]
    for one in told[1:]:
        if len(" ".join([*kept, one])) <= LONGEST:
            kept.append(one)
    return " ".join(kept)[:LONGEST]
