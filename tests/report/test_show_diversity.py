"""`tutelage show RUN STAGE` lists what diversity was before a stage's filters and after each."""

import io
from pathlib import Path

from rich.console import Console
from tutelage.core.artifacts import Rows
from tutelage.provenance.run_folder import RunFolder
from tutelage.report.show_run import show_stage

from tests.stages.fakes import answered


def test_figures_of_diversity_stand_side_by_side(tmp_path: Path) -> None:
    figures = [
        {"leaf": "*", "when": when, "metric": "vendi", "value": value}
        for when, value in (("before", 12.5), ("after exact_duplicate", 9.0), ("after", 9.25))
    ]
    figures.append({"leaf": "x", "when": "after", "metric": "vendi", "value": 99})
    (tmp_path / "kept").mkdir()
    Rows([answered("Yes.")], stats={"diversity": figures}).save(tmp_path / "kept")
    manifest = {"use": "filter", "kind": "rows", "seconds": 1, "fields": {}, "inputs": {}}
    run = RunFolder(tmp_path, {}, {"kept": manifest | {"funnel": {}, "ledger": []}})
    page = io.StringIO()
    Console(file=page, width=80).print(show_stage(run, "kept", 1))
    (line,) = (line for line in page.getvalue().splitlines() if "vendi" in line)
    assert line.split() == ["vendi", "12.5", "9", "9.25"]
