"""What people decided of a run's rows: how good each filter and judge is, and what people cost."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tutelage.core.artifacts import Row
from tutelage.core.labels import LABELS, Label, content_digest, read_labels
from tutelage.evaluation.statistics.intervals import score_interval
from tutelage.judging.agreement import kappa
from tutelage.provenance.row_finder import RowFinder
from tutelage.provenance.run_folder import RunFolder, Table

DECIDED = ("accept", "reject", "edit")
_PEOPLE = "labelled"


def labels_section(run: RunFolder) -> dict[str, Any]:
    """The `labels` part of report.json; empty where nobody decided anything.

    `decisions` by verdict, `raters`, `blind` (drawn at random and decided on without verdicts in
    sight), `filters` (`measured`), `pairs` (how often people prefer what the run chose).
    """
    labels = read_labels(run.path / LABELS)
    if not labels:
        return {}
    blind = [label for label in labels if label.blind and label.verdict in DECIDED]
    words, pairs = _words_on(run, {label.row: label for label in labels})
    return {
        "decisions": dict(Counter(label.verdict for label in labels)),
        "raters": len({label.rater for label in labels}),
        "blind": len(blind),
        "filters": measured(blind, words),
        "pairs": _preferences(labels, pairs),
    }


def measured(labels: Iterable[Label], words: Mapping[str, Table]) -> Table:
    """By filter or judge, how well it finds the rows that people do not accept.

    `words` are the verdicts on each row. `n` rows that it looked at, `dropped` and `bad` among
    them, `caught` in both; `precision` = caught / dropped and `recall` = caught / bad with 95%
    intervals (Wilson), `kappa` of its word and people's. An edited answer counts as a bad one. As
    a filter sees what those before it in its stage let through, so does this.
    """
    both: dict[str, list[tuple[bool, bool]]] = {}
    for label in labels:
        latest = {word["by"]: word for word in words.get(label.row, []) if word["by"] != _PEOPLE}
        for name, word in latest.items():
            both.setdefault(name, []).append((not word["keep"], label.verdict != "accept"))
    return [_line(name, seen) for name, seen in both.items()]


def _line(name: str, seen: list[tuple[bool, bool]]) -> dict[str, Any]:
    dropped = [bad for drop, bad in seen if drop]
    bad = [drop for drop, is_bad in seen if is_bad]
    counts = {"n": len(seen), "dropped": len(dropped), "bad": len(bad), "caught": sum(dropped)}
    agreed = kappa([int(drop) for drop, _ in seen], [int(is_bad) for _, is_bad in seen])
    shares = {"precision": share(dropped), "recall": share(bad)}
    return {"by": name} | counts | shares | {"kappa": agreed}


def share(hits: list[bool]) -> dict[str, float] | None:
    """A share with its 95% interval: {share, low, high}; None of nothing."""
    if not hits:
        return None
    low, high = score_interval([[float(hit) for hit in hits]])
    return {"share": sum(hits) / len(hits), "low": low, "high": high}


def _words_on(run: RunFolder, wanted: Mapping[str, Label]) -> tuple[dict[str, Table], list[Row]]:
    """The verdicts on the rows that labels are of, and those of the rows that are pairs.

    Those that the stage of the decision gave: rows that an earlier one dropped could not be drawn
    there, so its filters cannot be measured on what was.
    """
    words: dict[str, Table] = {}
    pairs: dict[str, Row] = {}
    finder = RowFinder(run)
    finder.find(wanted)
    for name, label in wanted.items():
        forms = finder.forms(name)
        for number, form in enumerate(forms):
            elsewhere = label.stage is not None and form.stage != label.stage
            if elsewhere or content_digest(form.row) != label.content:
                continue
            earlier = forms[number - 1].row.get("verdicts") or [] if number else []
            words[name] = (form.row.get("verdicts") or [])[len(earlier) :]
            if form.row.get("chosen") and form.row.get("rejected"):
                pairs[name] = form.row
    return words, list(pairs.values())


def _preferences(labels: Iterable[Label], pairs: list[Row]) -> dict[str, Any] | None:
    """Of the run's pairs that people compared blindly: `n`, ties, and the share chosen alike."""
    from tutelage.core.decisions import change

    rows = {str(row["id"]): row for row in pairs}
    votes = [x for x in labels if x.row in rows and x.blind and x.verdict not in DECIDED]
    clear = [vote for vote in votes if vote.verdict != "tie"]
    if not votes:
        return None
    alike = share([change(rows[vote.row], vote) is None for vote in clear])
    return {"n": len(votes), "ties": len(votes) - len(clear), "alike": alike}
