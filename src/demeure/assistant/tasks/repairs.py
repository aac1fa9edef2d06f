"""What a small model does wrong each time, put right without asking it again. Pure.

A small model announces what it does, fences its text, repeats itself, leaves brackets to fill: words, not facts,
are
touched here; facts are the business of grounding.
"""

import re

_FENCE = re.compile(r"^\s*```[a-z]*\s*$", re.MULTILINE)
_ANNOUNCE = re.compile(
    r"\A\s*(?:(?:bien sûr|d.accord|voici|voilà|certainement|here is|sure|of course)\b[^\n]{0,160}?[:!.]\s*\n+|"
    r"(?:texte|version|réponse|courriel|correction|résumé)[^\n.:]{0,60}:\s*\n+)",
    re.IGNORECASE,
)
_AFTERWORD = re.compile(
    r"\n+\s*(?:n[’']hésitez pas à me (?:dire|demander)|j[’']espère que (?:cela|ce texte)|note\s*:|remarque\s*:|"
    r"ce (?:texte|courriel|résumé) (?:a été|est) |(?:i hope|let me know)\b)[^\n]*\Z",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"\s*\[(?:votre|vos|nom|prénom|signature|fonction|date|coordonnées|téléphone|your|name)[^\]\n]{0,60}\]",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"\A\s*(?:\*\*)?(?:objet|subject)\s*(?:\*\*)?\s*:\s*(?:\*\*)?\s*(?P<what>[^\n]*?)(?:\*\*)?\s*(?:\n|\Z)",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"\A\s*(?:bonjour|bonsoir|(?:chers?|chères?)\b|madame|monsieur|mesdames|messieurs|m\.|mme|dear|hello|hi)\b[^\n.?!]{0,70}[,:!]?\s*\n+",
    re.IGNORECASE,
)
_OPENED = re.compile(
    r"\A\s*(?:bonjour|bonsoir|madame,? monsieur|mesdames,? messieurs|madame|monsieur|hello)"
    r"(?:\s+(?:madame|monsieur|m\.|mme)?\s*[A-ZÀ-Þ][\w’-]+)?\s*,\s*",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"\n\s*(?:(?:bien|très)?\s*(?:cordialement|amicalement|sincèrement|respectueusement)|"
    r"(?:avec|recevez|veuillez|je vous prie|nous vous prions|dans l[’']attente)"
    r"[^\n]{0,160}(?:salutations|sentiments|considération|réponse|cordialement|respects?)[^\n]*|"
    r"(?:bonne (?:journée|soirée|réception|fin de journée))[^\n]{0,20}|"
    r"(?:best|kind|warm)? ?regards|yours (?:sincerely|faithfully)|sincerely)\s*[,.!]?\s*(?:\n[\s\S]*)?\Z",
    re.IGNORECASE,
)
_UNELIDED = re.compile(
    r"\b([LlDdJjNn]|[Qq]u)[ea] (?=(?!onz|oui|un\b|une\b|uns\b)[aàâeéèêiîïoôuùûœ][a-zà-ÿ]{2}"
    r"|h(?:umid|eure|abit|ôpit|ôtel|oraire|omme|istoire|ygi[èe]n|uile|uissier|iver|onneur|onoraire|ectare|érit|éberg"
    r"|umain|armoni))"
)
"""« La autonomie », « de eau », « la humidité »: before a vowel, or a « h » that is known to be mute."""
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")


def plain(said: str) -> str:
    """Without fences, announcements, afterwords and brackets to fill."""
    text = _FENCE.sub("", said.replace("\r\n", "\n")).strip()
    text = _ANNOUNCE.sub("", text)
    text = _AFTERWORD.sub("", text)
    text = _PLACEHOLDER.sub("", text)
    text = re.sub(r"(?<=\bde) (?=une? (?!à\b))", "\0", text).replace("de\0", "d’")
    text = _UNELIDED.sub(r"\1’", text)
    text = re.sub(r"[ \t]+\n", "\n", re.sub(r"\n{3,}", "\n\n", text))
    return text.strip().strip('"').strip()


def unrepeated(text: str) -> str:
    """Without a sentence said before, word for word; a list keeps its lines."""
    seen: set[str] = set()
    paragraphs = []
    for paragraph in text.split("\n"):
        kept = []
        for sentence in _SENTENCE.split(paragraph):
            key = re.sub(r"\W+", " ", sentence.casefold()).strip()
            if len(key) > 20 and key in seen:
                continue
            seen.add(key)
            kept.append(sentence)
        line = " ".join(kept)
        if line or not paragraph.strip():
            paragraphs.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(paragraphs)).strip()


def whole(text: str, *, cut: bool) -> str:
    """Up to its last whole sentence, when the engine stopped for lack of room (``cut``)."""
    if not cut:
        return text
    ends = [found.end() for found in re.finditer(r"[.!?…][»”\"]?(?=\s|$)", text)]
    return text[: ends[-1]] if ends and ends[-1] > len(text) // 3 else text


def mail_parts(said: str) -> tuple[str, str]:
    """(subject, body) of an e-mail that a model wrote: its greeting, closing and signature are the server's."""
    text = _GREETING.sub("", plain(said))
    subject = ""
    if found := _SUBJECT.match(text):
        subject, text = found["what"].strip(' .«»"'), text[found.end() :].strip()
    for _ in range(2):
        text = _GREETING.sub("", text)
    if opened := _OPENED.match(text):
        text = text[opened.end() :]
        text = text[:1].upper() + text[1:]
    text = _CLOSING.sub("", f"\n{text}").strip()
    return subject, unrepeated(text)
