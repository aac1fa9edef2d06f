"""Does the assistant see what its sources do not say? Written cases, and alterations made by seed from real sheets.

    python benchmarks/grounding.py --cases FILE [--sheets docs.jsonl] [--seed N] [--count N] [--json]

A case is one JSON object a line: ``answer`` (Markdown, as the assistant shows it), ``sources`` (texts numbered
from 1, or objects {"title", "text"}), ``unsupported`` (or ``marked``: the spans that must be marked, each a text of
the answer, {"text", "kind"} or [start, end]), and maybe ``id``, ``question``, ``titles`` (names of documents) and
``computed`` (spans that must be marked as a sum). Whatever else is marked is a false mark.

``--sheets``: sentences of the sheets become answers, their own passages the sources. As written, or written
another way (1 250 € as 1250 euros…), nothing may be marked; each altered copy must be: a digit, a date, a unit, a
name, a word inside a quotation, an article. What an alteration gives may happen to be elsewhere in the passages:
those are reported apart (« number, elsewhere »), and no target counts them. Also measured: milliseconds of
processor for an answer of 300 words over 5 passages.

Always measured too (table_rows.py): figures of the sample base's tables told under another row of their table.

Exit code 1 when a target is missed: 95 % of altered numbers and dates flagged, 5 % of false marks.
"""

import argparse
import json
import random
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from pathlib import Path
from typing import Any

from demeure.assistant.grounding import Finding, check
from measure import absent, field, finish, parser, read_cases, spread
from table_rows import measured

CASES = Path(__file__).parents[1] / "tests" / "data" / "grounding.jsonl"
FLAGGED, FALSE = 0.95, 0.05
COUNTED = ("number", "date")
"""Kinds of alteration that the first target counts."""
NUMERIC = frozenset({"number", "amount", "percent", "duration", "time", "date"})


@dataclass
class Tally:
    """What was wanted and what was marked, of one kind."""

    wanted: int = 0
    flagged: int = 0
    missed: list[dict[str, Any]] = made(default_factory=list)

    def shown(self) -> dict[str, Any]:
        share = round(self.flagged / self.wanted, 4) if self.wanted else None
        return {"wanted": self.wanted, "flagged": self.flagged, "share": share}


def main() -> int:
    options = parser(__doc__ or "")
    options.add_argument("--cases", type=Path, default=CASES)
    options.add_argument("--sheets", type=Path)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--count", type=int, default=600, help="sentences taken from the sheets")
    options.add_argument("--examples", type=int, default=8, help="misses and false marks listed of each kind")
    chosen = options.parse_args()
    if chosen.sheets and not chosen.sheets.exists():
        absent(f"no sheets at {chosen.sheets}")
    result: dict[str, Any] = {"seed": chosen.seed}
    result["cases"] = written(chosen.cases, chosen.examples)
    if chosen.sheets:
        result["sheets"] = sheets(chosen)
    result["tables"] = measured(chosen.seed, chosen.examples)
    result["milliseconds"] = cost(CASES)
    result["kept"] = verdict(result)
    if not chosen.json:
        told(result)
    finish("grounding", result)
    return 0 if result["kept"] else 1


def verdict(result: dict[str, Any]) -> bool:
    """Whether every target that was measured is kept."""
    parts = [result[part] for part in ("cases", "sheets") if part in result]
    kept = all((p["flagged"] is None or p["flagged"] >= FLAGGED) and p["false_marks"] <= FALSE for p in parts)
    return kept and result["tables"]["false_marks"] <= FALSE


def told(result: dict[str, Any]) -> None:
    """For people."""
    what = {"tables": "figures of another row"}
    for part in ("cases", "sheets", "tables"):
        if part not in result:
            continue
        found = result[part]
        wanted = what.get(part, "numbers and dates")
        print(f"{part}: {wanted} flagged {found['flagged']}, false marks {found['false_marks']}")
        for kind, tally in found["kinds"].items():
            print(f"  {kind:12} {tally['flagged']:>5} / {tally['wanted']:<5} {tally['share']}")
        for title in ("misses", "false"):
            for example in found["examples"][title]:
                print(f"  {title}: {json.dumps(example, ensure_ascii=False)}")
    print(f"milliseconds for 300 words over 5 passages: {result['milliseconds']}\n")


# -- written cases -----------------------------------------------------------------------------------------------


def written(path: Path, examples: int) -> dict[str, Any]:
    """Every case of ``path``. ``false_marks``: marks that no case asks for, of all marks."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    false: list[dict[str, Any]] = []
    marks = sound = cases = 0
    for case in read_cases(path):
        cases += 1
        texts, titles = material(path, case)
        found = check(case["answer"], texts, case.get("question") or "", titles)
        wrong = judged(case, found, tallies)
        marks += len(found)
        false += wrong
        sound += not wrong
    numeric = [t for kind, t in tallies.items() if kind in NUMERIC]
    wanted = sum(t.wanted for t in numeric)
    return {
        "cases": cases,
        "flagged": round(sum(t.flagged for t in numeric) / wanted, 4) if wanted else None,
        "false_marks": round(len(false) / max(1, marks), 4),
        "cases_without_false_mark": sound,
        "kinds": {kind: tally.shown() for kind, tally in sorted(tallies.items())},
        "examples": {
            "misses": [m for t in tallies.values() for m in t.missed][: 4 * examples],
            "false": false[: 4 * examples],
        },
    }


def material(path: Path, case: Any) -> tuple[list[str], list[str]]:
    """Texts of the sources and names of the documents. Raises SystemExit with what was expected."""
    if not isinstance(case, dict) or not isinstance(case.get("answer"), str):
        raise SystemExit(f"{path}: a case is an object with a text under 'answer', found {str(case)[:80]}")
    given, titles = case.get("sources"), list(case.get("titles") or ())
    if not isinstance(given, list) or not given:
        raise SystemExit(f"{path}: a case needs a list under 'sources': « {case['answer'][:60]} »")
    titles += [str(source["title"]) for source in given if isinstance(source, dict) and source.get("title")]
    return [s if isinstance(s, str) else field(path, s, "text", "quote") for s in given], titles


def judged(case: dict[str, Any], found: Sequence[Finding], tallies: dict[str, Tally]) -> list[dict[str, Any]]:
    """Count what the case wants; return its false marks."""
    wanted = [(*span, False) for span in spans(case["answer"], case.get("unsupported") or case.get("marked") or ())]
    wanted += [(*span, True) for span in spans(case["answer"], case.get("computed") or ())]
    for start, end, kind, computed in wanted:
        tally = tallies["computed" if computed else kind]
        tally.wanted += 1
        if any(f.start < end and start < f.end and bool(f.sum) == computed for f in found):
            tally.flagged += 1
        else:
            tally.missed.append({"case": case.get("id"), "kind": kind, "span": case["answer"][start:end]})
    return [
        {"case": case.get("id"), "kind": f.kind, "span": case["answer"][f.start : f.end]}
        for f in found
        if not any(f.start < end and start < f.end for start, end, *_ in wanted)
    ]


def spans(answer: str, wanted: Sequence[Any]) -> Iterator[tuple[int, int, str]]:
    """Where each wanted span is in the answer, one after the other for equal ones, with its kind."""
    after: dict[str, int] = {}
    for each in wanted:
        text, kind = (each["text"], each.get("kind", "")) if isinstance(each, dict) else (each, "")
        if isinstance(text, list):
            yield text[0], text[1], guessed(answer[text[0] : text[1]])
            continue
        at = answer.find(text, after.get(text, 0))
        if at < 0:
            raise SystemExit(f"« {text} » is not in the answer « {answer[:80]} »")
        after[text] = at + len(text)
        yield at, at + len(text), kind or guessed(text)


def guessed(text: str) -> str:
    """Number or other, where the case does not say its kind."""
    return "number" if re.search(r"\d", text) else "other"


# -- alterations of real sentences -------------------------------------------------------------------------------

MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre"),
    *("novembre", "décembre"),
)
UNITS = {
    "€": ("jours", "%", "mois"), "euros": ("jours", "%", "mois"), "jours": ("mois", "€", "semaines"),
    "jour": ("mois", "€"), "mois": ("jours", "semaines", "ans"), "ans": ("mois", "jours", "%"),
    "semaines": ("mois", "jours"), "heures": ("jours", "semaines"), "%": ("€", "jours"), "km": ("m²", "€"),
    "m²": ("ha", "€"), "kg": ("€", "litres"),
}  # fmt: skip
FAMILY = ("Vasselin", "Kermorgant", "Delaunoy", "Brigoulet", "Tassencourt", "Ploumeur", "Wattremez", "Zellinger")
WORDS = ("gratuitement", "immédiatement", "trimestriel", "facultatif", "oralement", "solidaire", "provisoire")
_SENTENCE = re.compile(r"[^.!?\n]{30,300}(?:\.(?!\d)|(?=\n))")
_FIGURE = re.compile(
    r"(?<![\w.,/°-])(?<!\d )\d{1,3}(?: \d{3})+(?:,\d+)?(?![\w,-]|\.\d)"
    r"|(?<![\w.,/°-])\d+(?:,\d+)?(?![\w/-]|[.,]\d| \d{3})"
)
_DATE = re.compile(rf"\b(\d{{1,2}})(?:er)? ({'|'.join(MONTHS)})(?: ((?:19|20)\d\d))?\b")
_ANY_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_UNIT = re.compile(rf"(?<![\w.,])(\d+(?: \d{{3}})*(?:,\d+)?) ({_ANY_UNIT})(?!\w)")
_NAME = re.compile(r"(?<=[a-zé,] )(?:(?:M\.|Mme) )?[A-ZÉ][a-zéèêçï]{4,}(?= |,|\.)")
_ARTICLE = re.compile(r"\b[LRD]\.? ?\d{3,4}-\d{1,2}\b|\bn° ?\d{4}-\d{3,4}\b")


def sheets(chosen: argparse.Namespace) -> dict[str, Any]:
    """Sound and altered sentences. ``false_marks``: sound answers that have a mark, of all sound answers."""
    rng = random.Random(chosen.seed)
    tallies: dict[str, Tally] = defaultdict(Tally)
    sound: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    false: list[dict[str, Any]] = []
    for sentence, passages in sentences(chosen.sheets, rng, chosen.count):
        for kind, text in [("as written", sentence), *rewritten(sentence, rng)]:
            found = check(text, passages)
            sound[kind][0] += 1
            sound[kind][1] += bool(found)
            false += [{"how": kind, "kind": f.kind, "span": text[f.start : f.end], "in": text} for f in found]
        for kind, text, start, end in altered(sentence, passages, rng):
            tally = tallies[kind]
            tally.wanted += 1
            if any(f.start < end and start < f.end and not f.sum for f in check(text, passages)):
                tally.flagged += 1
            else:
                tally.missed.append({"kind": kind, "span": text[start:end], "in": text})
    counted = [tallies[kind] for kind in COUNTED]
    return {
        "flagged": round(sum(t.flagged for t in counted) / max(1, sum(t.wanted for t in counted)), 4),
        "false_marks": round(sum(n for _, n in sound.values()) / max(1, sum(n for n, _ in sound.values())), 4),
        "kinds": {kind: tally.shown() for kind, tally in sorted(tallies.items())},
        "sound": {kind: {"answers": n, "marked": marked} for kind, (n, marked) in sound.items()},
        "examples": {
            "misses": [m for t in tallies.values() for m in t.missed[: chosen.examples]],
            "false": rng.sample(false, min(len(false), 4 * chosen.examples)),
        },
    }


def sentences(path: Path, rng: random.Random, count: int) -> Iterator[tuple[str, list[str]]]:
    """``count`` sentences that say something to check, each with 5 passages of its sheet, its own among them."""
    bodies = [sheet["body"] for sheet in read_cases(path)]
    rng.shuffle(bodies)
    given = 0
    for body in bodies:
        found = [m for m in _SENTENCE.finditer(body) if re.search(r"\d|«", m[0]) or _NAME.search(m[0])]
        for sentence in rng.sample(found, min(2, len(found))):
            passages = pieces(body, sentence.start(), sentence.end(), rng)
            rng.shuffle(passages)
            yield re.sub(r"^[\s:;,)-]+", "", sentence[0]).strip(), passages
            given += 1
            if given == count:
                return


def pieces(body: str, start: int, end: int, rng: random.Random) -> list[str]:
    """The passage around ``body[start:end]`` and up to four others, cut at ends of lines."""
    before = body.rfind("\n", 0, max(0, start - 500)) + 1
    after = body.find("\n", min(len(body), end + 500))
    others, at = [], 0
    while at < len(body):
        cut = body.find("\n", at + 1000)
        others.append(body[at : cut if cut > 0 else len(body)])
        at += len(others[-1]) + 1
    rng.shuffle(others)
    return [body[before : after if after > 0 else len(body)], *others[:4]]


def rewritten(sentence: str, rng: random.Random) -> Iterator[tuple[str, str]]:
    """The same thing written another way: still sound."""
    typed = re.sub(r"(?<![\d ])(\d{1,3}) (\d{3})(?! ?\d)", r"\1\2", sentence)
    if (units := re.sub(r"(\d) €", r"\1 euros", typed)) != sentence:
        yield "units in words", units
    if (
        close := re.sub(r"(\d) (€|%)", "\\1\u202f\\2", re.sub(r"(\d) (\d{3})(?!\d)", "\\1\u202f\\2", sentence))
    ) != sentence:
        yield "thin spaces", close
    if (bold := re.sub(r"(\d+(?:,\d+)?) (€|jours|mois|ans|%)", r"**\1** \2", sentence)) != sentence:
        yield "bold", f"- {bold} [1]"
    numbers = {"2": "deux", "3": "trois", "6": "six", "10": "dix", "15": "quinze", "30": "trente"}
    spoken = re.sub(
        r"(?<![\w.,/°-])(2|3|6|10|15|30) (mois|jours|ans|semaines|fois)\b",
        lambda m: f"{numbers[m[1]]} {m[2]}",
        sentence,
    )
    if spoken != sentence:
        yield "numbers in words", spoken
    dated = _DATE.sub(lambda m: f"{int(m[1]):02}/{MONTHS.index(m[2]) + 1:02}/{m[3]}" if m[3] else m[0], sentence)
    if dated != sentence:
        yield "dates in figures", dated
    words = sentence.split()
    if len(words) > 8 and "«" not in sentence:
        first = rng.randrange(len(words) - 6)
        yield "quoted", f"Le document précise : « {' '.join(words[first : first + 6])} » [1]."


Altered = tuple[str, str, int, int]


def altered(sentence: str, passages: Sequence[str], rng: random.Random) -> Iterator[Altered]:
    """One altered copy of each kind that the sentence allows: kind, text, where it was altered."""
    there = squeezed(" ".join(passages))
    ways: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
        ("number", _FIGURE, lambda m: other_digit(m[0], rng)),
        ("date", _DATE, lambda m: other_date(m, rng)),
        ("unit", _UNIT, lambda m: f"{m[1]} {rng.choice(UNITS[m[2]])}"),
        ("name", _NAME, lambda _: rng.choice(FAMILY)),
        ("article", _ARTICLE, lambda m: other_digit(m[0], rng)),
    )
    plain = _DATE.sub(lambda m: "#" * len(m[0]), sentence)
    for kind, pattern, change in ways:
        found = [m for m in pattern.finditer(plain if kind == "number" else sentence) if m[0] not in ("1", "0")]
        if not found:
            continue
        one = rng.choice(found)
        new = change(one)
        beside = re.match(r"\s?\w*", sentence[one.end() :])
        held = squeezed(new + (beside[0] if beside and kind == "number" else "")).removesuffix("s")
        if one[0] != new:
            named = f"{kind}, elsewhere" if held in there else kind
            yield named, sentence[: one.start()] + new + sentence[one.end() :], one.start(), one.start() + len(new)
    words = sentence.rstrip(".").split()
    if len(words) > 9 and "«" not in sentence:
        first = rng.randrange(len(words) - 8)
        taken = words[first : first + 8]
        taken[rng.randrange(1, 7)] = rng.choice(WORDS)
        text = f"Le document précise : « {' '.join(taken)} » [1]."
        yield "quotation", text, text.index("«"), text.index("»") + 1


def squeezed(text: str) -> str:
    """Lower case, no space."""
    return re.sub(r"\s+", "", text.lower())


def other_digit(figure: str, rng: random.Random) -> str:
    """Another digit at one place, never a zero in front."""
    places = [n for n, c in enumerate(figure) if c.isdigit()]
    at = rng.choice(places)
    digits = [d for d in "123456789" if d != figure[at]]
    return figure[:at] + rng.choice(digits) + figure[at + 1 :]


def other_date(found: re.Match[str], rng: random.Random) -> str:
    """Shifted by some days, a month or a year."""
    day, month, year = int(found[1]), MONTHS.index(found[2]), found[3]
    how = rng.choice(("day", "month", "year") if year else ("day", "month"))
    if how == "day":
        day = rng.choice([d for d in range(2, 29) if d != day])
    elif how == "month":
        month = (month + rng.randrange(1, 12)) % 12
        day = min(day, 28)
    else:
        year = str(int(year) + rng.choice((-2, -1, 1, 2)))
    return " ".join(filter(None, ("1er" if day == 1 else str(day), MONTHS[month], year)))


# -- cost --------------------------------------------------------------------------------------------------------


def cost(path: Path) -> dict[str, float]:
    """Milliseconds of one check: the answers of ``path`` up to 300 words, wrong ones among them, over their sources
    made into 5 passages of 1,200 characters."""
    cases = read_cases(path)
    answer = " ".join("\n".join(case["answer"] for case in cases).split(" ")[:300])
    told = "\n".join(dict.fromkeys(source for case in cases for source in case["sources"]))
    passages = [told[at : at + 1200] for at in range(0, 6000, 1200)]
    spent = []
    for _ in range(40):
        begin = time.process_time()
        check(answer, passages)
        spent.append((time.process_time() - begin) * 1e3)
    return spread(spent)


if __name__ == "__main__":
    sys.exit(main())
