"""The report of a run: did it get better, by how much, and what did a sample cost."""

from pathlib import Path
from typing import Any

from tutelage.report.report_data import build_report, report_of
from tutelage.report.terminal import summary

__all__ = ["build_report", "summary", "write_report"]


def write_report(run_dir: Path) -> dict[str, Any]:
    """Write report.json, report.html and report.md into a run's folder; returns the report.

    The cards of its models and data are written with it, so that they say the same.
    """
    from tutelage.core.disk_errors import writing
    from tutelage.core.json_files import write_json
    from tutelage.provenance.run_folder import RunFolder
    from tutelage.report.html_page import page
    from tutelage.report.report_markdown import markdown
    from tutelage.report.run_cards import write_cards

    run = RunFolder.load(run_dir)
    report = report_of(run)
    write_cards(run, report)
    write_json(run_dir / "report.json", report)
    with writing(run_dir / "report.html"):
        (run_dir / "report.html").write_text(page(report), encoding="utf-8")
        (run_dir / "report.md").write_text(markdown(report), encoding="utf-8")
    return report
