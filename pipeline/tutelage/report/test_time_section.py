"""Test-time compute in the report: what each strategy buys and costs, and when training pays."""

from typing import Any

from tutelage.evaluation.test_time.findings import ONE_GREEDY
from tutelage.evaluation.test_time.overuse import CERTAIN
from tutelage.evaluation.test_time.strategies import GREEDY, ORACLE
from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.format import between, percent, points
from tutelage.report.thinking_or_training import thinking_or_training


def test_time_section(
    run: RunFolder, cost: dict[str, Any], scaling: Table
) -> dict[str, Any] | None:
    """`models`: each study with prices and `words`; `break_even`: sentences; None without one."""
    name = studied_in(run)
    if name is None:
        return None
    manifest, studies = run.manifests[name], run.scores_of(name).stats["test_time"]
    rate = cost["usd_per_hour"]
    models = [_of_model(one, rate) for one in studies]
    settings = manifest.get("fields", {}).get("test_time") or {}
    return {
        "models": models,
        "break_even": thinking_or_training(run, models, cost, scaling, settings.get("target")),
    }


def studied_in(run: RunFolder) -> str | None:
    """The last evaluation in the recipe that studies test time; None where none does."""
    found = [name for name in run.of_kind("scores") if run.scores_of(name).stats.get("test_time")]
    return found[-1] if found else None


def _of_model(study: dict[str, Any], rate: float | None) -> dict[str, Any]:
    lines = [line | {"usd_each": _priced(line, rate)} for line in study["lines"]]
    whole = study | {"lines": lines}
    return whole | {"words": [_headline(whole), *_said(whole)], "bins": _bins(study)}


def _bins(study: dict[str, Any]) -> Table:
    """The bins of difficulty, the hardest first, each with its best strategy in words."""
    found = study["difficulty"]
    return [one | {"best": in_words(one)} for one in found["bins"]] if found else []


def _priced(line: dict[str, Any], rate: float | None) -> float | None:
    """USD of one answer by this strategy, the machine's time included; None where unknown."""
    if line["usd"] is None or (rate is None and line["seconds"]):
        return None
    return float(line["usd"] + line["seconds"] / 3600 * (rate or 0.0))


def _headline(study: dict[str, Any]) -> str:
    """The best strategy against one answer, drawn or greedy, whichever is better."""
    usable = [line for line in study["lines"] if line["strategy"] != ORACLE]
    best = max(usable, key=lambda line: (line["score"], -line["tokens"]))
    one = usable[0]
    said = (
        f"{study['model']} answers {percent(one['score'])} of {study['questions']} questions "
        f"rightly with one answer that is drawn ({one['tokens']:.0f} tokens)"
    )
    greedy = [line for line in usable if line["strategy"] == GREEDY]
    if greedy:
        said += f", {percent(greedy[0]['score'])} with a greedy one ({greedy[0]['tokens']:.0f})"
    said += ". "
    base = max([one, *greedy], key=lambda line: line["score"])
    if best["strategy"] == GREEDY or best is one:
        return said + "No strategy does better."
    times = best["tokens"] / max(base["tokens"], 1e-9)
    against = "one answer" if base is one else ONE_GREEDY
    wanted = [best[key] for key in ("name", "samples", "resample")] + [against]
    keys = ("name", "samples", "resample", "against")
    gain = next((one for one in study["gains"] if [one[key] for key in keys] == wanted), None)
    noise = ""
    if gain:
        beyond = "beyond" if gain["beyond_noise"] else "within"
        noise = (
            f": {points(gain['difference'])} ({between(gain['low'], gain['high'])}), {beyond} noise"
        )
    return (
        f"{said}The best, {in_words(best)}, reaches {percent(best['score'])} (95%: "
        f"{between(best['low'], best['high'])}) with {times:.1f} times the tokens of "
        f"{against}{noise}."
    )


def in_words(line: dict[str, Any]) -> str:
    """A strategy with its number of answers: `majority of 8`."""
    if line["resample"]:
        return f"{line['name']} of at most {line['resample']} draws more"
    if line["strategy"] == GREEDY:
        return f"one greedy answer{line['name'].removeprefix(GREEDY)}"
    if line["samples"] == 1:
        return f"one answer{line['name'].removeprefix(line['strategy'])}"
    return f"{line['name']} of {line['samples']}"


def _said(study: dict[str, Any]) -> list[str]:
    words = [
        fall["words"]
        for fall in study["overuse"]
        if fall["verdict"] == CERTAIN or fall["proxy_rises"]
    ]
    words += [_law_words(law) for law in study["laws"] if law["name"] != ORACLE]
    if found := study["difficulty"]:
        words.append(_difficulty_words(found))
    return [*words, *(f"{note}." for note in study["notes"])]


def _law_words(law: dict[str, Any]) -> str:
    said = (
        f"{law['name']}: the fitted law levels off at {percent(law['ceiling'])} (95%: "
        f"{between(*law['ceiling_interval'])}); nothing was measured beyond "
        f"{law['measured_to']:.0f} tokens, where it ends."
    )
    check = law["check"]
    if check is None:
        sizes = ", ".join(map(str, law["samples"]))
        return f"{said} It rests on {sizes} answers alone, so none is left to test it by."
    where = "inside" if check["inside"] else "outside"
    return (
        f"{said} Fitted without the largest number of "
        f"answers, it predicted {between(check['low'], check['high'])}% there; "
        f"{percent(check['observed'])} was measured, {where} the band."
    )


def _difficulty_words(found: dict[str, Any]) -> str:
    hardest, *_, easiest = found["bins"]
    last = found["curve"][-1]
    return (
        f"By difficulty: the hardest {hardest['n']} questions do best with {in_words(hardest)} "
        f"({percent(hardest['score'])}), the easiest {easiest['n']} with "
        f"{in_words(easiest)} ({percent(easiest['score'])}). Chosen so on "
        f"one half and measured on the other, {percent(last['score'])} are right with "
        f"{last['tokens']:.0f} tokens."
    )
