"""The forgetting guard in words: did general ability fall while the student learned?"""

from typing import Any

from tutelage.evaluation.benchmarks import GENERAL
from tutelage.evaluation.cases import PREFIX
from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.format import percent, probability, signed

LEAF = f"{PREFIX}{GENERAL}"


def general(run: RunFolder, lines: Table, compared: Table) -> Table:
    """By compared pair: before, after, `answers` and `perplexity` (null where unknown), `words`."""
    read = {line["model"]: line for line in evaluation_stats(run)["perplexity"]}
    scores = {line["model"]: line["score"] for line in lines if line["leaf"] == LEAF}
    return [
        _line(pair, scores, read)
        for pair in compared
        if pair["leaf"] == LEAF  # one line per pair of models
    ]


def evaluation_stats(run: RunFolder) -> dict[str, Any]:
    """What the last evaluation found beside scores: `perplexity` and `sampled` (attempts)."""
    stats = run.scores()[1].stats
    return {name: stats.get(name, []) for name in ("perplexity", "sampled")}


def _line(
    pair: dict[str, Any], scores: dict[str, float], read: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    names = {"before": pair["before"], "after": pair["after"]}
    answers = {name: pair[name] for name in ("n", "difference", "low", "high", "p", "beyond_noise")}
    answers |= {"score_before": scores[pair["before"]], "score_after": scores[pair["after"]]}
    perplexity = _perplexity(read.get(pair["before"], {}), read.get(pair["after"], {}))
    words = [_answers_in_words(answers)]
    if perplexity:
        words.append(_perplexity_in_words(perplexity))
    fell = pair["words"] == "worse beyond noise"
    head = "General ability fell beyond noise" if fell else "General ability"
    return names | {
        "answers": answers,
        "perplexity": perplexity,
        "fell": fell,
        "words": f"{head}: {'; '.join(words)}.",
    }


def _perplexity(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any] | None:
    change = after.get("change")
    if change is None or change["before"] != before.get("model"):
        return None
    columns = ("perplexity", "bits_per_byte")
    both = {f"{name}_before": before[name] for name in columns}
    return dict(change) | both | {f"{name}_after": after[name] for name in columns}


def _answers_in_words(line: dict[str, Any]) -> str:
    change = f"{percent(line['score_before'])} → {percent(line['score_after'])}"
    noise = "beyond noise" if line["beyond_noise"] else "within noise"
    return f"{change} of {line['n']} shipped questions right, {noise} ({probability(line['p'])})"


def _perplexity_in_words(line: dict[str, Any]) -> str:
    before, after = line["perplexity_before"], line["perplexity_after"]
    noise = "beyond noise" if line["beyond_noise"] else "within noise"
    share = after / before - 1
    change = f"{before:.1f} → {after:.1f} ({signed(share)}%)"
    return f"perplexity on shipped texts {change}, {noise} ({probability(line['p'])})"
