"""What the attempts at reasoned answers were like: how many were right, why the others were not."""

from typing import Any

from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.format import percent


def reasoning_section(run: RunFolder) -> Table:
    """By stage that sampled reasoned answers: its `stats.json` under `reasoning`, and `words`."""
    table = []
    for stage in run.of_kind("rows"):
        figures = run.stats(stage).get("reasoning")
        if figures and figures["attempts"]:
            table.append({"stage": stage} | figures | {"words": _words(figures)})
    return table


def _words(figures: dict[str, Any]) -> list[str]:
    """One sentence for each thing that a reader would act on."""
    attempts, right = figures["attempts"], figures["right"]
    wrong = attempts - right
    words = [
        f"{right} of {attempts} attempts were right ({percent(right / attempts)}); "
        f"{figures['prompts_solved']} of {figures['prompts']} prompts have a right answer."
    ]
    if rationalised := figures["rationalised"]:
        words.append(f"{rationalised} of them only after the model was shown the answer.")
    if figures["no_steps"]:
        words.append(
            f"{figures['no_steps']} of {wrong} wrong attempts had no steps before a marked answer."
        )
    if figures["right_then_wrong"]:
        words.append(
            f"{figures['right_then_wrong']} of {wrong} wrong attempts had the right answer on the "
            "way and ended with another."
        )
    if figures["mixed_languages"]:
        words.append(f"{figures['mixed_languages']} attempts mixed languages.")
    in_right, in_wrong = figures["switches_right"], figures["switches_wrong"]
    if in_right is not None and in_wrong is not None and in_right + in_wrong > 0:
        words.append(
            f"Changes of approach: {in_right:.1f} in a right attempt, {in_wrong:.1f} in a wrong "
            "one."
        )
    return words
