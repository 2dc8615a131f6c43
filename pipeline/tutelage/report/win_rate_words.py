"""Win rates by a judge or a reward model, in words."""

from tutelage.evaluation.cases import PREFIX
from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.format import leaf_name, percent


def win_rates(run: RunFolder) -> Table:
    """By model, opponent and leaf: counts, `raw`, `score` with its interval, and `words`."""
    return [
        line | {"before": line["against"], "after": line["model"], "words": _words(line)}
        for line in run.scores()[1].stats.get("win_rates", [])
    ]


def overall(rates: Table) -> Table:
    """The lines that a verdict quotes: over all held-out examples, and of each benchmark."""
    return [line for line in rates if line["leaf"] == "*" or line["leaf"].startswith(PREFIX)]


def _words(line: dict[str, float | str]) -> str:
    low, high, score = (float(line[name]) for name in ("low", "high", "score"))
    beyond = "beyond noise" if line["beyond_noise"] else "within noise"
    judge = line.get("by", "the judge")
    return (
        f"{leaf_name(str(line['leaf']))}: {judge} prefers {line['model']} to {line['against']} "
        f"in {percent(score)} of {line['n']} duels with length controlled "
        f"({percent(low)} to {percent(high)}), {beyond}."
    )
