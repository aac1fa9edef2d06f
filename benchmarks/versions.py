"""Which pairs of documents are linked as versions by themselves, which are proposed: precision and recall.

    python benchmarks/versions.py [--cases tests/data/versions.jsonl] [--json]

A case is a text, what changes in it (or another text), two file names, and whether the second is a new version of
the first. ``set``: ``a`` was looked at while the rules were written; ``b`` was written before they were first run,
and never used to change them. ``linked``: by themselves; ``proposed``: a person is asked.
"""

import json
from pathlib import Path
from typing import Any

from demeure.library.versions.kinship import Told, Verdict, kin, likeness, verdict
from demeure.library.versions.marks import marks, told_day
from measure import finish, parser, say

CASES = Path(__file__).parents[1] / "tests" / "data" / "versions.jsonl"


def judged(case: dict[str, Any]) -> Verdict:
    """What the rules say of a case; a link in the wrong direction counts as none."""
    text = str(case["text"])
    changed = str(case.get("other") or text)
    for former, new in case["changes"]:
        changed = changed.replace(former, new)
    older, newer = (Told(marks(case[side]), told_day(said)) for side, said in (("older", text), ("newer", changed)))
    found = kin(older, newer)
    given = verdict(found, newer.marks.key, likeness(text, changed))
    if found.order < 0 and given:
        raise SystemExit(f"the wrong way round: {case['older']} / {case['newer']}")
    return given


def measured(cases: list[dict[str, Any]], told: Any) -> dict[str, Any]:
    """Counts and shares over some cases."""
    given = [(case, judged(case)) for case in cases]
    true = [case for case in cases if case["versions"]]
    linked = [case for case, said in given if said is Verdict.LINK]
    proposed = [case for case, said in given if said is Verdict.PROPOSE]
    for case, said in given:
        wrong = (said is Verdict.LINK) != case["versions"]
        if wrong and (case["versions"] or said):
            what = "missed" if case["versions"] else "WRONG"
            told(f"  {what} ({said or 'nothing'}): {case['older']} → {case['newer']}")
    right, asked = (sum(case["versions"] for case in some) for some in (linked, proposed))
    return {
        "pairs": len(cases),
        "versions": len(true),
        "linked": len(linked),
        "linked_precision": round(right / len(linked), 3) if linked else None,
        "linked_recall": round(right / len(true), 3) if true else None,
        "proposed": len(proposed),
        "proposed_right": asked,
        "recall_with_proposals": round((right + asked) / len(true), 3) if true else None,
    }


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--cases", type=Path, default=CASES)
    asked = options.parse_args()
    cases = [json.loads(line) for line in asked.cases.read_text(encoding="utf-8").splitlines() if line.strip()]
    result: dict[str, Any] = {}
    for part in sorted({case["set"] for case in cases}):
        say(asked, f"set {part}")
        result[f"set_{part}"] = measured([c for c in cases if c["set"] == part], lambda line: say(asked, line))
    result["all"] = measured(cases, lambda _line: None)
    finish("versions", result)


if __name__ == "__main__":
    main()
