"""Whether the student got better: scores by leaf, and paired comparisons of the models."""

from collections import Counter
from typing import Any

from tutelage.core.artifacts import Scores
from tutelage.evaluation.cases import PREFIX
from tutelage.evaluation.statistics.paired import Comparison, compare
from tutelage.provenance.run_folder import RunFolder, Table

Known = dict[tuple[str, str], float]
"""A model's scores by leaf and example."""


def outcome(run: RunFolder) -> Table:
    """One line per model and leaf, the base first.

    `cut` counts answers that were too long, `unanswered` requests that failed or were refused,
    `recited` answers that name the accepted text among several other statements. `partial` is of
    the `n` answers that are held against demands: the share that meets `all`, and the `mean` over
    single demands; None where no question has any.
    """
    _, scores = run.scores()
    counts = {
        "cut": _wrong(scores, "cut"),
        "unanswered": _wrong(scores, "failed", "withheld"),
        "recited": _wrong(scores, "recital", "cut: recital", "cut by length: recital"),
    }
    partial = _partial(scores)
    return [
        dict(line)
        | {name: count[line["model"], line["leaf"]] for name, count in counts.items()}
        | {"partial": partial.get((line["model"], line["leaf"]))}
        for line in scores.table
    ]


def compared_models(run: RunFolder) -> list[tuple[str, str]]:
    """(before, after): the base and each other model, then each trained model and its parents.

    The base is the first model; where that was trained here, the scored one it descends from.
    """
    given = run.scores()[0]["inputs"].get("models", [])
    names = [str(source.get("stage") or source.get("model")) for source in given]
    if not names:
        return []
    trained = [name for name in names if name in run.trained()]
    origins = run.lineage(names[0]) if names[0] in trained else []
    base = next((name for name in reversed(origins) if name in names), names[0])
    steps = [(a, b) for b in trained for a in trained if a in run.lineage(b) and a != base]
    return [(base, name) for name in names if name != base] + steps


def comparisons(run: RunFolder) -> Table:
    """Paired comparisons on the same examples, per leaf and over all held-out ones (`*`)."""
    _, scores = run.scores()
    table = []
    for before, after in compared_models(run):
        names = {"before": before, "after": after, "trained": after in run.trained()}
        lines = paired(answers_of(scores, before), answers_of(scores, after))
        table += [names | line for line in lines]
    return table


def answers_of(scores: Scores, model: str) -> Known:
    """The scores of a model's answers, by leaf and example."""
    return {
        (row["leaf"], row["example"]): float(row["score"])
        for row in scores.answers
        if row["model"] == model and row["score"] is not None
    }


def paired(old: Known, new: Known) -> Table:
    """Comparisons on the examples that both answered: by leaf, then all held-out ones (`*`)."""
    leaves: dict[str, tuple[list[float], list[float]]] = {}
    for leaf, example in (key for key in old if key in new):
        before, after = leaves.setdefault(leaf, ([], []))
        before.append(old[leaf, example])
        after.append(new[leaf, example])
    groups = {leaf: [pair] for leaf, pair in leaves.items()}
    if held := [pair for leaf, pair in leaves.items() if not leaf.startswith(PREFIX)]:
        groups["*"] = held
    return [
        {"leaf": leaf} | result(compare(*zip(*group, strict=True)))
        for leaf, group in groups.items()
    ]


def regressed(table: Table) -> Table:
    """Comparisons by leaf where the later model did worse, those beyond noise first."""
    worse = [line for line in table if line["difference"] < 0 and line["leaf"] != "*"]
    return sorted(worse, key=lambda line: (not line["beyond_noise"], line["difference"]))


def result(found: Comparison) -> dict[str, Any]:
    """A paired comparison as a line of a table, its verdict in words."""
    direction = "better" if found.difference > 0 else "worse"
    return {
        "n": found.n,
        "difference": found.difference,
        "low": found.low,
        "high": found.high,
        "better": found.better,
        "worse": found.worse,
        "p": found.p,
        "p_exact": found.p_exact,
        "beyond_noise": found.beyond_noise,
        "words": f"{direction} beyond noise" if found.beyond_noise else "within noise",
        "needed": None if found.beyond_noise else found.needed,
    }


def _partial(scores: Scores) -> dict[tuple[str, str], dict[str, float]]:
    """How far demands are met, by model and leaf."""
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in scores.answers:
        if row.get("partial") is not None:
            for leaf in [row["leaf"]] + ["*"] * (not row["leaf"].startswith(PREFIX)):
                found.setdefault((row["model"], leaf), []).append((row["score"], row["partial"]))
    return {key: _shares(pairs) for key, pairs in found.items()}


def _shares(pairs: list[tuple[float, float]]) -> dict[str, float]:
    met, partial = zip(*pairs, strict=True)
    return {"n": len(pairs), "all": sum(met) / len(met), "mean": sum(partial) / len(partial)}


def _wrong(scores: Scores, *whys: str) -> Counter[tuple[str, str]]:
    """Answers wrong for such a reason, by model and leaf; `*` counts the held-out ones."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in scores.answers:
        if str(row["why"] or "").startswith(whys):
            counts[row["model"], row["leaf"]] += 1
            counts[row["model"], "*"] += not row["leaf"].startswith(PREFIX)
    return counts
