"""improve.html: one self-contained page over all rounds, each linked to its own report."""

from pathlib import Path
from typing import Any

from markupsafe import Markup

from tutelage.core.disk_errors import writing
from tutelage.core.json_files import write_json
from tutelage.report.format import percent, points, probability
from tutelage.report.plots import NARROW, WIDE
from tutelage.report.templates import HERE, templates
from tutelage.runtime.improvement.rounds_plot import rounds_plot, score_lines


def write_loop(folder: Path, found: dict[str, Any]) -> None:
    """Write improve.json and improve.html into a loop's folder."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "improve.json", found)
    with writing(folder / "improve.html"):
        (folder / "improve.html").write_text(page(found), encoding="utf-8")


def page(found: dict[str, Any]) -> str:
    """The page as HTML text."""
    sizes = {"wide": WIDE, "narrow": NARROW}
    plots = {name: rounds_plot(found, width, name) for name, width in sizes.items()}
    weights = {leaf for one in found["rounds"] for leaf in one["weights"]}
    return (
        templates(autoescape=True, folder=Path(__file__).parent)
        .get_template("improve.html.j2")
        .render(
            found=found,
            css=Markup((HERE / "page.css").read_text(encoding="utf-8")),
            headline=headline(found),
            tone=_tone(found),
            notes=notes(found),
            plots=plots if found["rounds"] else None,
            levelled=any(one["difficulty"] for one in found["rounds"]),
            leaves=[leaf for leaf in score_lines(found) if leaf != "*"] or sorted(weights),
        )
    )


def headline(found: dict[str, Any]) -> str:
    """What the loop reached, in a sentence."""
    if found["best"] is None:
        return "No round has finished yet."
    best = found["rounds"][found["best"]["round"] - 1]
    over = best["over_base"]
    return (
        f"Round {best['round']} answers {percent(best['scores']['*']['score'])} of "
        f"{best['scores']['*']['n']} held-out questions right, {points(over['difference'])} over "
        f"the base: {over['words']} ({probability(over['p_looks'])} for {found['allowed']} looks)."
    )


def notes(found: dict[str, Any]) -> list[str]:
    """What the rounds gained over the first alone, why the loop ended, and what fell."""
    said = []
    if found["best"] and found["best"]["round"] > 1:
        first, best = found["rounds"][0], found["rounds"][found["best"]["round"] - 1]
        more = best["scores"]["*"]["score"] - first["scores"]["*"]["score"]
        said.append(f"Rounds after the first added {points(more)}.")
    elif len(found["rounds"]) > 1:
        said.append("No later round did better than the first.")
    said.append(f"It ended because {found['why']}." if found["why"] else "It goes on.")
    for one in found["rounds"]:
        said += [f"Round {one['round']}: {text}." for text in one["falls"]]
        worse = [line for line in one["by_leaf"] if line["difference"] < 0 and line["beyond_noise"]]
        said += [f"Round {one['round']} is worse on {line['leaf']} beyond noise." for line in worse]
    if found["best"]:
        said.append(f"The model to use: {found['best']['model']}")
    return said


def _tone(found: dict[str, Any]) -> str:
    if found["best"] is None:
        return "open"
    words = found["rounds"][found["best"]["round"] - 1]["over_base"]["words"]
    return {"better": "good", "worse": "bad"}.get(words.partition(" ")[0], "open")
