"""An e-mail pasted as a question: what it asks is looked for, all of it is given to the model. Pure.

Its greeting, its story and its signature are words too, and a search of them all finds another thing.
"""

import re

from demeure.assistant.tasks.message import understood

LONGEST, FEWEST, MOST = 320, 20, 3
"""Characters looked for: beyond, an embedding no longer tells what is asked. Words of a text that is an e-mail.
Questions that are looked for."""
_QUESTIONS = re.compile(r"(?<=\?)\s+")
_GREETS = re.compile(
    r"\A\s*(?:bonjour|bonsoir|madame|monsieur|mesdames|messieurs|chers?|chères?|hello|hi|dear)\b[^\n?]{0,60}\n",
    re.IGNORECASE,
)
_HEADED = re.compile(r"^(?:de|from|objet|sujet|subject|date|à|to|envoyé|sent)\s?:.+$", re.IGNORECASE | re.MULTILINE)


def asked_in_mail(text: str) -> tuple[str, ...]:
    """The questions and requests of an e-mail, the first under its subject; none when ``text`` is no e-mail, or
    asks nothing."""
    if text.count("\n") < 2 or len(text.split()) < FEWEST:
        return ()
    if not _GREETS.match(text) and len(_HEADED.findall(text)) < 2:
        return ()
    message = understood(text)
    points = [question for point in message.points for question in _QUESTIONS.split(point) if question.strip()]
    kept: list[str] = []
    for one in points:
        told = one if kept or not message.subject else f"{message.subject} {one}"
        if len(kept) < MOST and len(" ".join([*kept, told])) <= LONGEST:
            kept.append(told)
    return tuple(kept or (one[:LONGEST] for one in points[:1]))
