"""report.md: the outcome and the cost as text for a pull request."""

from typing import Any

from tutelage.report.format import between, percent, usd_reach
from tutelage.report.labels_words import labels_lines
from tutelage.report.serving_section import serving_words
from tutelage.report.tables import (
    baselines,
    by_stage,
    pairs,
    prices_words,
    published,
    reused_words,
    score_rows,
)
from tutelage.report.templates import templates


def markdown(report: dict[str, Any]) -> str:
    """The report as Markdown."""
    models, rows = score_rows(report)
    template = templates(autoescape=False).get_template("report.md.j2")
    text = template.render(
        report=report,
        models=models,
        rows=[row | {"scores": [_score(line) for line in row["lines"]]} for row in rows],
        accepted=[
            line | {"human": _human(report, line["kind"])}
            for line in report["cost"]["per_accepted"]
        ],
        pairs=pairs(report),
        baselines=baselines(report),
        prices=prices_words(report),
        reused=reused_words(report),
        stages=by_stage(report),
        labels=labels_lines(report),
        in_use=[line["words"] for line in report["exports"]] + serving_words(report["serving"]),
    )
    return text.strip() + "\n"


def _score(line: dict[str, Any] | None) -> str:
    return f"{percent(line['score'])} ({between(line['low'], line['high'])})" if line else "–"


def _human(report: dict[str, Any], kind: str) -> str:
    lines = published(report["cost"], kind)
    return usd_reach(lines) if lines else "–"
