"""A process that a test may kill: a stage asks a server about so many rows and saves its answers.

`python -m tests.models.answering URL ROWS FOLDER`
"""

import sys
from pathlib import Path

from tutelage.contract.context import local_context
from tutelage.contract.stage import carry_out
from tutelage.core.artifacts import Rows
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference
from tutelage.stages import Responses

from tests.stages.fakes import row


def answer(url: str, count: int, folder: Path) -> Path:
    """Ask `q0`, `q1` and so on; the file with the rows that came of it."""
    context = local_context(folder, "responses")
    reference = parse_reference(f"{url}#tiny", folder)
    model = Model("teacher", reference, ModelConfig(ref=reference.text), "the same")
    rows = [row(f"q{n}", prompt=[{"role": "user", "content": f"q{n}"}]) for n in range(count)]
    stage = Responses(help="none", temperature=0.7)
    carry_out(stage, context, {"rows": Rows(rows), "model": model}).save(folder)
    context.pool.release()
    context.journal.close()
    return folder


if __name__ == "__main__":
    answer(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
