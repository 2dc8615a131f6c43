"""Hand-made runs: one with data only, one that went the whole line."""

import json
from pathlib import Path

from tutelage.core.artifacts import Rows

from tests.report.handmade import HOSTILE, LEAVES, HandMade, rows, said, scores, use


def data_only(path: Path) -> HandMade:
    """Instructions, responses and a filter; nothing trained."""
    run = HandMade(path)
    questions = rows("question", 8)
    run.stage("instructions", Rows(questions), {}, [use("instructions", "0.10")])
    answers = rows("answer", 8, "question", completion=said(f"Answer {HOSTILE}"))
    rejected = [row | {"reason": f"unfaithful: {HOSTILE}"} for row in answers[4:]]
    ledger = [use("responses", "0.25"), use("responses", "0.05", leaf=LEAVES[0])]
    run.stage("responses", Rows(answers), {"rows": [{"stage": "instructions"}]}, ledger)
    kept = Rows(answers[:4], rejected)
    run.stage("filter", kept, {"rows": [{"stage": "responses"}]}, [use("filter", seconds=10)])
    return run


def whole(path: Path) -> HandMade:
    """The whole line, DPO and evaluation included."""
    run = data_only(path)
    sft = {"rows": [{"stage": "filter"}], "student": [{"model": "student"}]}
    folder = run.stage("sft", None, sft, [use("sft", seconds=100)])
    write_log(folder, [{"loss": 2 - n / 10, "eval_loss": 2 - n / 20} for n in range(1, 9)])
    tries = rows("attempt", 4, "answer", completion=said("try"))
    given = {"rows": [{"stage": "filter"}], "teacher": [{"stage": "sft"}]}
    run.stage("attempts", Rows(tries), given, [use("attempts", "0.04")])
    pair = rows("pair", 2, "attempt", chosen=said("good"), rejected=said(HOSTILE))
    run.stage(
        "pairs",
        Rows(pair),
        {"rows": [{"stage": "attempts"}]},
        [use("pairs", seconds=20)],
    )
    dpo = {"rows": [{"stage": "pairs"}], "student": [{"stage": "sft"}]}
    folder = run.stage("dpo", None, dpo, [use("dpo", seconds=50)])
    logps = [{"logps/chosen": -n, "logps/rejected": -2 * n} for n in range(1, 6)]
    write_log(folder, [line | {"rewards/margins": 0.1 * n} for n, line in enumerate(logps)])
    results = {
        "student": ([0] * 20, [1] * 10 + [0] * 10),
        "sft": ([1] * 15 + [0] * 5, [1] * 9 + [0] * 11),
        "dpo": ([1] * 16 + [0] * 4, [0] * 19 + [1]),
    }
    models = [{"model": "student"}, {"stage": "sft"}, {"stage": "dpo"}]
    run.stage("evaluate", scores(results), {"models": models}, [use("evaluate", "0.01")])
    return run


def write_log(folder: Path, lines: list[dict[str, float]]) -> None:
    """A trainer's log, its last line cut short by a kill."""
    steps = [{"step": number} | line for number, line in enumerate(lines, 1)]
    text = "".join(f"{json.dumps(line)}\n" for line in [{"total_steps": len(lines)}, *steps])
    (folder / "log.jsonl").write_text(text + '{"step": 99, "lo')
