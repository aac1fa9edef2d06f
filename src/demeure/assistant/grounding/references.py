"""Articles, case numbers, telephone numbers, postal codes, identifiers, e-mail and web addresses. Pure."""

import re
from collections.abc import Iterator

from demeure.assistant.grounding.claims import Claim, Sheet

_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_WEB = re.compile(
    r"(?:https?://|www\.)[^\s<>()\[\]|«»\"']+"
    r"|(?<![\w@.-])(?:[\w-]+\.)+(?:fr|com|org|net|eu|info|example|uk|be|ch|ca)"
    r"(?:/[^\s<>()\[\]|«»\"']*)?(?![\w.-]*@)(?!\w)",
    re.IGNORECASE,
)
_FILE = re.compile(
    r"(?<![\w/.-])[\w.-]+\.(?:pdf|docx?|odt|ods|xlsx?|pptx?|eml|msg|txt|md|html?|csv|zip)\b", re.IGNORECASE
)
_PHONE = re.compile(
    r"(?<![\d+])(?:(?:\+|00)33[ .-]?(?:\(0\)[ .-]?)?|0)[1-9](?:[ .-]?\d\d){4}(?!\d)"
    r"|(?<![\d+])\+\d{1,3}(?:[ .-]?\d{2,4}){3,5}(?!\d)"
)
_CODE = r"(?:(?:LO|[LRDAC])\.?\s?\*?\s?)?\d+(?:[-–.]\d+)*(?:-[A-Z]\b)?(?:er\b)?"
_ARTICLES = re.compile(
    rf"(?:articles?|art\.?)\s+(?:n[°o]\s?)?(?P<first>{_CODE})"
    rf"(?:(?:\s*,\s*|\s+(?:et|à|ou|and|to)\s+){_CODE}(?!\s?[€%h]))*",
    re.IGNORECASE,
)
_ONE = re.compile(_CODE, re.IGNORECASE)
_BARE = re.compile(r"(?<!\w)(?:(?:LO|[LRDA])\.?\s?\*?\s?\d+(?:-\d+)+|[LRDA]\.\s?\d{2,}(?:-\d+)*)")
_CASE = re.compile(
    r"(?:n[°ᵒº]s?|no\.|numéros?|number)\s*(?P<number>[A-Z]{0,4}[-/ ]?\d[\w]*(?:[-/.*]\w*\d\w*)*)", re.IGNORECASE
)
_DOSSIER = re.compile(
    r"(?<![\w/-])(?:[A-Z]{1,5}[-/])?(?:19|20)\d\d[-/](?:[A-Z]{1,4}[-/]?)?\d{2,5}(?:[-/]\d{1,4})?(?![\w/-])"
    r"|(?<![\w-])[A-Z]{1,5}[-/]?\d{2,}(?:[-/]\w*\d+)+(?![\w-])"
)
_YEARS = re.compile(r"(?:19|20)\d\d[-/](?:(?:19|20)\d\d|\d\d)")
_LONG = re.compile(
    r"(?<![\w,.])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?(?!\w)"
    r"|(?<![\d,.])\d{3} ?\d{3} ?\d{3}(?: ?\d{5})?(?![\d,]| ?\d{3}\b|\s?(?:€|euros|habitants|%))"
    r"|(?<!\d)\d{9,20}(?!\d)"
)
_POSTCODE = re.compile(r"(?<![\d,.])(?<!\d )\d{5}(?=\s+[A-ZÉÈÀÎ])")
_ARTICLE_WORDS, _CASE_WORDS = (
    frozenset({"article", "articles", "art"}),
    frozenset({"n", "no", "numéro", "numéros", "number"}),
)
_CODES = frozenset({"l", "r", "d", "a", "lo"})
_ENDINGS = frozenset(
    {"http", "https", "www", "fr", "com", "org", "net", "eu", "info", "example", "uk", "be", "ch", "ca"}
)
_FILES = frozenset(
    {
        "pdf",
        "doc",
        "docx",
        "odt",
        "ods",
        "xls",
        "xlsx",
        "ppt",
        "pptx",
        "eml",
        "msg",
        "txt",
        "md",
        "html",
        "csv",
        "zip",
    }
)
_EDGE = ".,;:!?)…"


def references(sheet: Sheet) -> Iterator[Claim]:
    """Every reference of the sheet; what is taken here is no number."""
    yield from _addresses(sheet)
    for found in sheet.each(_ARTICLES, sheet.at(_ARTICLE_WORDS)):
        yield from _articles(sheet, found)
    lettered = sheet.lettered()
    for found in sheet.each(_BARE, [*sheet.at(_CODES), *lettered]):
        yield sheet.take("article", found.start(), found.end(), article(found[0]))
    plus = [at - 1 for at in sheet.digits if sheet.text[at - 1 : at] == "+"]
    for found in sheet.each(_PHONE, [*plus, *sheet.digits]):
        yield sheet.take("phone", found.start(), found.end(), phone(found[0]))
    for found in sheet.each(_CASE, sheet.at(_CASE_WORDS)):
        yield sheet.take("reference", found.start(), found.end("number"), case_number(found["number"]))
    for found in sheet.each(_DOSSIER, sheet.joined()):
        if not _YEARS.fullmatch(found[0]):
            yield sheet.take("reference", found.start(), found.end(), case_number(found[0]))
    for found in sheet.each(_LONG, [*sheet.digits, *lettered]):
        yield sheet.take("identifier", found.start(), found.end(), re.sub(r"\W", "", found[0]).lower())
    for found in sheet.each(_POSTCODE, sheet.digits):
        yield sheet.take("postcode", found.start(), found.end(), found[0])


def _addresses(sheet: Sheet) -> Iterator[Claim]:
    """E-mail and web addresses, names of files."""
    patterns = [
        *([_MAIL] if "@" in sheet.text else ()),
        *([_WEB] if not sheet.known.isdisjoint(_ENDINGS) else ()),
        *([_FILE] if not sheet.known.isdisjoint(_FILES) else ()),
    ]
    for pattern in patterns:
        for found in pattern.finditer(sheet.text):
            end = found.start() + len(found[0].rstrip(_EDGE))
            if end > found.start() and sheet.free(found.start(), end):
                yield sheet.take("address", found.start(), end, address(sheet.text[found.start() : end]))


def _articles(sheet: Sheet, found: re.Match[str]) -> Iterator[Claim]:
    """« articles L. 2121-29 et L. 2121-30 »: two claims, the first with its word."""
    start = found.start()
    for one in _ONE.finditer(sheet.text, found.start("first"), found.end()):
        yield sheet.take("article", start, one.end(), article(one[0]))
        start = one.end() + 1
        while start < found.end() and not sheet.text[start].isalnum():
            start += 1


def article(text: str) -> str:
    """« art. L2121-29 » → ``l2121-29``."""
    return re.sub(r"[\s.*]|er\b", "", text.lower().replace("–", "-"))


def case_number(text: str) -> str:
    """« 2026-045 », « 2026/45 » → ``2026-45``."""
    parts = [p.lstrip("0") or "0" for p in re.split(r"[-/. *]+", text.lower()) if p]
    return "-".join(parts)


def phone(text: str) -> str:
    """« +33 (0)5 55 00 12 34 » → ``0555001234``."""
    digits = re.sub(r"\(0\)|\D", "", text)
    if text.startswith("+33") or digits.startswith("0033"):
        digits = "0" + digits.removeprefix("00").removeprefix("33")
    return digits


def address(text: str) -> str:
    """Without scheme, « www. » nor final slash, in lower case."""
    return re.sub(r"^(?:mailto:|https?://)?(?:www\.)?", "", text.lower()).rstrip("/" + _EDGE)
