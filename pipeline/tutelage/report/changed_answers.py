"""The same questions before and after training."""

from collections import defaultdict

from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.excerpt import cut, evenly

_PER_LEAF = 2


def changed_answers(run: RunFolder, before: str, after: str) -> Table:
    """The same questions before and after: of each leaf some turned right, some turned wrong."""
    answers = run.scores()[1].answers
    first = {(row["leaf"], row["example"]): row for row in answers if row["model"] == before}
    turned: dict[tuple[str, bool], Table] = defaultdict(list)
    for row in answers:
        old = first.get((row["leaf"], row["example"]))
        if row["model"] == after and old and old["score"] != row["score"]:
            line = {
                "leaf": row["leaf"],
                "question": cut(row["question"]),
                "before": cut(old["answer"]),
                "after": cut(row["answer"]),
                "better": row["score"] > old["score"],
                "why": cut(row["why"] or old["why"] or ""),
            }
            turned[row["leaf"], line["better"]].append(line)
    return [line for lines in turned.values() for line in evenly(lines, _PER_LEAF)]
