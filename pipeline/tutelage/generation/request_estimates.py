"""What writing and answering will ask, for a forecast: typical requests by leaf, and how many."""

import math
from collections.abc import Mapping

from tutelage.contract.forecast import Estimate, RequestEstimate, RowEstimate, known_length
from tutelage.generation.answers import Answering, prompt_for
from tutelage.generation.methods.pooled import pooled_prompt
from tutelage.generation.skill_prompts import Skill
from tutelage.generation.writers import generator_of
from tutelage.generation.writing import Writing
from tutelage.models.chat import Message
from tutelage.models.token_estimate import estimate_tokens
from tutelage.taxonomy.leaf import Leaf, Taxonomy

SAME = Estimate(0.15, 0.06, 0.0)
"""How likely two questions about one passage are the same: most to least. Of the quickstart's 8 a
passage a quarter were drawn again, of its 4 a tenth (benchmarks/quickstart.md): 6% of pairs."""


def distinct(draws: float, same: float) -> float:
    """How many of so many questions about one passage were not asked before.

    `same` is the chance that two of them are the same: each that is new leaves fewer to find.
    """
    return min(draws, -math.expm1(draws * math.log1p(-same)) / same) if same else draws


def draws_for(count: float, same: float) -> float:
    """Questions about one passage until so many are distinct; inf where there are not so many."""
    if not same:
        return count
    left = count * same
    return max(count, math.log1p(-left) / math.log1p(-same)) if left < 1 else math.inf


def expected_places(settings: Writing, leaf: Leaf) -> int:
    """How many statements or passages questions will be about; 0 where a leaf is a skill."""
    return generator_of(settings, leaf).places(settings, leaf)


def instruction_asks(
    settings: Writing, leaf: Leaf, teacher: str, tries: Estimate, new: Estimate
) -> list[RequestEstimate]:
    """Requests for so many instructions of a leaf, `new` passages among them asked about first."""
    if settings.sampling == "pooled":
        prompt = pooled_prompt(settings.pooled_template, leaf.seeds, settings.per_request)
        count, most = tries * (1 / settings.per_request), settings.per_request * settings.max_tokens
        return [RequestEstimate(teacher, leaf.path, count, prompt, most)]
    return generator_of(settings, leaf).requests(settings, leaf, teacher, tries, new)


def answer_asks(
    settings: Answering,
    asked: Mapping[str, Estimate],
    rows: RowEstimate,
    model: str,
    taxonomy: Taxonomy | None,
) -> list[RequestEstimate]:
    """Requests for so many answers by leaf."""
    alone = settings.help == "none"
    return [
        RequestEstimate(
            *(model, leaf, count, _typical(settings, leaf, taxonomy), settings.max_tokens),
            own_tokens=rows.lengths[leaf].question if alone else None,
        )
        for leaf, count in asked.items()
    ]


def seed_supply(taxonomy: Taxonomy, rows: dict[str, Estimate]) -> RowEstimate:
    """Rows whose questions and answers are as long as those of their leaf's seeds."""
    lengths = {}
    for path in rows:
        seeds = taxonomy.leaf(path).seeds
        texts = ((f"{seed.context or ''}{seed.question}", seed.answer) for seed in seeds)
        sizes = [(estimate_tokens(question), estimate_tokens(answer)) for question, answer in texts]
        lengths[path] = known_length(sizes)
    return RowEstimate(rows, lengths)


def _typical(settings: Answering, path: str, taxonomy: Taxonomy | None) -> tuple[Message, ...]:
    """A request for a leaf, made for one of its own seeds."""
    if settings.help == "none" or taxonomy is None:
        return ({"role": "user", "content": ""},)
    leaf = taxonomy.leaf(path)
    seed = leaf.seeds[0]
    return prompt_for(Skill.of(leaf), settings, seed.question, seed.context, seed.attributes)
