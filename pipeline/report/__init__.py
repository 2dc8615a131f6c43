"""The report of a run: did it get better, by how much, and what did a sample cost."""

from pathlib import Path
from typing import Any

from pipeline.report.build import build_report, report_of
from pipeline.report.terminal import summary

__all__ = ["build_report", "summary", "write_report"]


def write_report(run_dir: Path) -> dict[str, Any]:
    """Write report.json, report.html and report.md into a run's folder; returns the report.

    The cards of its models and data are written with it, so that they say the same.
    """
    from pipeline.report.cards import write_cards
    from pipeline.report.folder import RunFolder
    from pipeline.report.markdown import markdown
    from pipeline.report.page import page
    from pipeline.store import write_json

    run = RunFolder.load(run_dir)
    report = report_of(run)
    write_cards(run, report)
    write_json(run_dir / "report.json", report)
    (run_dir / "report.html").write_text(page(report), encoding="utf-8")
    (run_dir / "report.md").write_text(markdown(report), encoding="utf-8")
    return report
