"""Who wrote the examples that taught and examined: people, or models with a person's approval."""

from collections import Counter
from typing import Any

from tutelage.provenance.run_folder import RunFolder

_NAMES = {"held_out": "held-out question", "seed": "seed example"}
_HOW = {
    "person": "written by people",
    "approved": "drafted by a model and approved",
    "edited": "drafted by a model and edited",
    "unread": "drafted by a model and approved unread",
}


def authorship(run: RunFolder) -> dict[str, Any]:
    """The `authorship` part of report.json; empty where people wrote everything themselves.

    `examples`: `kind`, `origin` (`person`, `approved`, `edited`, `unread`), `n`; `exam_by` and
    `lessons_by`: the models that wrote held-out questions, and what was trained on; `same`: models
    that wrote both; `words`: sentences that say it.
    """
    lines = (run.facts.get("taxonomy") or {}).get("authors") or []
    counts: Counter[tuple[str, str]] = Counter()
    for line in lines:
        counts[line["kind"], line["origin"]] += line["n"]
    if not any(origin != "person" for _, origin in counts):
        return {}
    exam = [line["written_by"] for line in lines if line["kind"] == "held_out"]
    exam_by, lessons_by = sorted({name for name in exam if name}), sorted(_lessons_by(run))
    known = {_plain(name) for name in lessons_by}
    same = [name for name in exam_by if _plain(name) in known]
    found = {
        "examples": [{"kind": k, "origin": o, "n": n} for (k, o), n in sorted(counts.items())],
        "exam_by": exam_by,
        "lessons_by": lessons_by,
        "same": same,
    }
    return found | {"words": _words(counts, exam_by, same)}


def same_author_note(found: dict[str, Any]) -> list[str]:
    """A note for the verdict, where a model that wrote the lessons wrote the exam too."""
    if not found.get("same"):
        return []
    return [
        f"{', '.join(found['same'])} wrote the lessons and drafted the exam: it may ask what it "
        "teaches. Draft the exam with another model: `tutelage exam TAXONOMY --teacher OTHER`."
    ]


def _words(counts: Counter[tuple[str, str]], exam_by: list[str], same: list[str]) -> list[str]:
    words = []
    for kind, name in _NAMES.items():
        total = sum(n for (of, _), n in counts.items() if of == kind)
        parts = [
            f"{counts[kind, origin] / total:.0%} {how}"
            for origin, how in _HOW.items()
            if counts[kind, origin]
        ]
        if parts:
            plural = "" if total == 1 else "s"
            words.append(f"{total} {name}{plural}: {', '.join(parts)}.")
    if exam_by:
        words.append(f"The exam was drafted by {', '.join(exam_by)}.")
    return [*words, *same_author_note({"same": same})]


def _lessons_by(run: RunFolder) -> set[str]:
    """The models that wrote questions or answers of rows, by their references."""
    refs = {name: model["ref"] for name, model in run.facts.get("models", {}).items()}
    found = set()
    for stage in run.of_kind("rows"):
        given = run.manifests[stage].get("inputs", {})
        for source in given.get("teacher", []):
            if source.get("model") in refs:
                found.add(refs[source["model"]])
    return found


def _plain(reference: str) -> str:
    """A reference without the way to it: a path is another one from another folder."""
    return reference.lstrip("./")
