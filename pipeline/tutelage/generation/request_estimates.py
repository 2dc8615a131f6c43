"""What writing and answering will ask, for a forecast: typical requests by leaf, and how many."""

import math
from collections.abc import Mapping, Sequence

from tutelage.contract.forecast import Estimate, RequestEstimate, RowEstimate, known_length
from tutelage.generation import knowledge_prompts as knowledge
from tutelage.generation.answers import Answering, prompt_for
from tutelage.generation.pooled import pooled_prompt
from tutelage.generation.questions import DETAIL_TOKENS
from tutelage.generation.skill_prompts import Skill
from tutelage.generation.tasks import is_grounded
from tutelage.generation.writing import Writing, passages_of
from tutelage.models.chat import Message
from tutelage.models.token_estimate import estimate_tokens
from tutelage.taxonomy.documents.passages import Passage
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


def expected_passages(settings: Writing, leaf: Leaf) -> list[Passage]:
    """What questions will be about, with tokens estimated; nothing where a leaf is a skill."""
    if leaf.kind != "knowledge":
        return []
    return list(passages_of(leaf, settings, estimate_tokens))


def instruction_asks(
    settings: Writing,
    leaf: Leaf,
    teacher: str,
    tries: Estimate,
    passages: Sequence[Passage],
    details: Estimate,
) -> list[RequestEstimate]:
    """Requests for so many instructions of a leaf, after those for details of so many passages."""
    skill, size = Skill.of(leaf), settings.per_request
    if settings.sampling == "pooled":
        prompt = pooled_prompt(settings.pooled_template, leaf.seeds, size)
        before = []
    elif leaf.kind == "knowledge":
        if not passages:
            return []
        passage = passages[len(passages) // 2]
        before = _detail_asks(settings, skill, teacher, passage, details)
        detail = knowledge.Detail(passage, passage.text.split()[-1] if before else "")
        template = settings.question
        prompt = knowledge.question_prompt(template, detail, skill.shots, 0, skill.task, size)
    else:
        before = _context_asks(settings, skill, teacher, tries)
        template = settings.grounded_template if before else settings.skill_template
        shot = skill.shots[0]
        prompt = skill.instruction_prompt(template, shot.attributes, 0, size, shot.context or "")
    most = size * settings.max_tokens
    return [*before, RequestEstimate(teacher, leaf.path, tries * (1 / size), prompt, most)]


def _detail_asks(
    settings: Writing, skill: Skill, teacher: str, passage: Passage, details: Estimate
) -> list[RequestEstimate]:
    if not settings.details_per_passage:
        return []
    prompt = knowledge.detail_prompt(settings.detail_template, passage, skill.shots)
    count = details * settings.details_per_passage
    return [RequestEstimate(teacher, skill.leaf.path, count, prompt, DETAIL_TOKENS)]


def _context_asks(
    settings: Writing, skill: Skill, teacher: str, tries: Estimate
) -> list[RequestEstimate]:
    if not is_grounded(skill.leaf):
        return []
    count = tries * (1 / settings.questions_per_context)
    prompt = skill.instruction_prompt(settings.context_template, skill.shots[0].attributes)
    return [RequestEstimate(teacher, skill.leaf.path, count, prompt, settings.context_tokens)]


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
