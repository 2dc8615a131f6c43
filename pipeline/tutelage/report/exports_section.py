"""Exported files that were checked: do they answer the held-out questions as the checkpoint did?"""

import json
from typing import Any

from tutelage.evaluation.statistics.paired import LEVEL
from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.format import percent, points, probability, signed

EXPORTS = "exports.json"
"""Where a run's folder keeps what `tutelage export --check` found."""
_ENGINES = {"llama_cpp": "llama.cpp", "openvino": "OpenVINO"}


def checked_exports(run: RunFolder) -> Table:
    """What `tutelage export --check` found, the earliest first."""
    file = run.path / EXPORTS
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else []


def exports_section(run: RunFolder) -> Table:
    """The same, of each file the latest check, with `words` for a reader."""
    latest = {line["file"]: line for line in checked_exports(run)}
    return [line | {"words": export_words(line)} for line in latest.values()]


def export_words(line: dict[str, Any]) -> str:
    """One line: both scores on the same questions, the difference, and whether it is noise."""
    noise = "beyond noise" if line["p"] < LEVEL else "within noise"
    change = f"{percent(line['score_before'])} → {percent(line['score_after'])}"
    reach = f"{signed(line['low'])} to {signed(line['high'])}"
    engine = _ENGINES.get(line["engine"], line["engine"])
    return (
        f"{line['stage']} as GGUF {line['kind']} ({line['bytes'] / 1e6:,.0f} MB), asked by "
        f"{engine}: "
        f"{change} of {line['n']} held-out questions, {points(line['difference'])} (95% {reach}), "
        f"{noise} ({probability(line['p'])}); {line['same_answers']} answers are word for word "
        "those "
        f"of the checkpoint ({line['checkpoint']})."
    )
