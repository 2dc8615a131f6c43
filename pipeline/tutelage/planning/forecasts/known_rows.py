"""Stages whose rows follow from their inputs and fields alone: files that are read, mixes."""

from dataclasses import replace

from tutelage.models.token_estimate import estimate_tokens
from tutelage.planning.estimates import Estimate
from tutelage.planning.row_estimates import RowEstimate, TextLength, known_rows, pooled
from tutelage.planning.stage_forecast import PlannedStage, StageForecast
from tutelage.stages.difficulty import Difficulty
from tutelage.stages.document_augmentation import DocumentAugmentation, leaf_statements
from tutelage.stages.label_rows import LabelRows
from tutelage.stages.mix import Mix
from tutelage.stages.read import Read
from tutelage.stages.seeds import Seeds, seed_rows
from tutelage.stages.task_augmentation import TaskAugmentation, value_makers
from tutelage.stages.verifiable_tasks import VerifiableTasks

_PROMPT_TOKENS = Estimate(8, 24, 60)
"""Of what a rule asks about a statement."""


def reading(stage: Read | LabelRows | VerifiableTasks, planned: PlannedStage) -> StageForecast:
    """The rows of the file, or those drawn."""
    return StageForecast(known_rows(stage.known_rows()))


def seeding(stage: Seeds, planned: PlannedStage) -> StageForecast:
    """The seeds of the leaves chosen."""
    return StageForecast(known_rows(seed_rows(planned.the_taxonomy(), stage.kinds)))


def augmenting(stage: DocumentAugmentation, planned: PlannedStage) -> StageForecast:
    """So many rows a statement, more where little is accepted."""
    made, lengths = dict[str, Estimate](), dict[str, TextLength]()
    for leaf in planned.the_taxonomy().leaves:
        if found := leaf_statements(leaf):
            sizes = sorted(estimate_tokens(one.spoken) for one in found)
            answer = Estimate(sizes[0], sizes[len(sizes) // 2], sizes[-1])
            lengths[leaf.path] = TextLength(_PROMPT_TOKENS, answer)
            count = len(found) * stage.per_statement
            again = max(1.0, stage.uncovered) if "accepted" in planned.rows else 1.0
            made[leaf.path] = Estimate(count * 0.8, count, count * again)
    return StageForecast(RowEstimate(made, lengths))


def varying(stage: TaskAugmentation, planned: PlannedStage) -> StageForecast:
    """So many variants a row, of leaves that list values by which others can be made."""
    given = pooled(planned.rows["rows"])
    able = {leaf.path for leaf in planned.the_taxonomy().leaves if value_makers(leaf)}
    made = {
        leaf: Estimate(0, count.expected, count.high) * stage.variants
        for leaf, count in given.rows.items()
        if leaf in able
    }
    return StageForecast(RowEstimate(made, {leaf: given.lengths[leaf] for leaf in made}))


def mixing(stage: Mix, planned: PlannedStage) -> StageForecast:
    """Each part by its weight, no leaf above its cap, and what is replayed."""
    weights = stage.weights or [1.0] * len(planned.rows["rows"])
    parts = [
        replace(part, rows={leaf: count * weight for leaf, count in part.rows.items()})
        for part, weight in zip(planned.rows["rows"], weights, strict=False)
    ]
    if stage.middle is not None:  # 4r(1 - r) is two thirds in the mean where any r is as likely
        often = Estimate(0.3, 2 / 3, 1) * stage.middle
        parts = [replace(part, rows={n: c * often for n, c in part.rows.items()}) for part in parts]
    if stage.exposures:
        parts = [_by_statements(pooled(parts), planned, stage)]
    if earlier := planned.the_rows("earlier"):
        parts.append(_replayed(stage, pooled(parts), earlier))
    mixed = pooled(parts)
    if stage.most_tokens:
        tokens = mixed.length.whole.expected * mixed.count.expected
        share = min(1.0, stage.most_tokens / max(1.0, tokens))
        mixed = replace(mixed, rows={leaf: n * share for leaf, n in mixed.rows.items()})
    cap = float("inf") if stage.per_leaf is None else stage.per_leaf
    rows = {leaf: count.at_most(cap) for leaf, count in mixed.rows.items()}
    return StageForecast(replace(mixed, rows=rows))


def grading(stage: Difficulty, planned: PlannedStage) -> StageForecast:
    """Each row once, however often it was attempted; fewer where the easy or the hard go."""
    rows = pooled(planned.rows["rows"])
    limited = stage.too_easy is not None or stage.too_hard is not None
    kept = Estimate(0.1, 0.6, 1.0) if limited else Estimate.exactly(1)
    return StageForecast(replace(rows, rows={leaf: n * kept for leaf, n in rows.rows.items()}))


def _by_statements(rows: RowEstimate, planned: PlannedStage, stage: Mix) -> RowEstimate:
    """Of leaves with documents so many rows as give each statement its share, a few of them with
    whole answers."""
    counts = {
        leaf.path: len(leaf_statements(leaf)) * stage.exposures
        for leaf in (planned.taxonomy.leaves if planned.taxonomy else ())
        if leaf.path in rows.rows and leaf.documents
    }
    about = {leaf: Estimate(count / 2, count, count) for leaf, count in counts.items()}
    whole = min(1.0, (stage.whole_answers or stage.exposures) / stage.exposures)
    opening = Estimate.exactly(stage.opening * (1 - whole))
    lengths = {leaf: rows.lengths[leaf] for leaf in about}
    shown = {
        leaf: replace(one, answer=one.answer * whole + opening) for leaf, one in lengths.items()
    }
    return replace(rows, rows=rows.rows | about, lengths=rows.lengths | shown)


def _replayed(stage: Mix, new: RowEstimate, earlier: RowEstimate) -> RowEstimate:
    """The share of `earlier` that is drawn for so many new rows."""
    wanted = new.count.expected * stage.replay / (1 - stage.replay)
    share = min(float(stage.replay_times), wanted / max(1.0, earlier.count.expected))
    rows = {leaf: n * share for leaf, n in earlier.rows.items()}
    return replace(
        earlier, rows=rows, lengths={n: _opened(stage, one) for n, one in earlier.lengths.items()}
    )


def _opened(stage: Mix, length: TextLength) -> TextLength:
    """Answers as far as they are learnt; plain texts among them are learnt whole."""
    most = length.answer.expected
    if not stage.replay_opening or most <= stage.replay_opening:
        return length
    return replace(
        length, answer=Estimate(stage.replay_opening, (stage.replay_opening + most) / 2, most)
    )
