"""Which writer serves a leaf, and whether what it is given can be used at all."""

from collections.abc import Mapping, Sequence

from tutelage.contract.context import Context
from tutelage.core.artifacts import Row
from tutelage.core.config import at
from tutelage.core.errors import TaxonomyError
from tutelage.generation import knowledge_prompts as knowledge
from tutelage.generation.knowledge_prompts import Detail
from tutelage.generation.pooled import pooled_prompt
from tutelage.generation.questions import Questions
from tutelage.generation.session import GenerationSession, Writer
from tutelage.generation.shots import shots_of
from tutelage.generation.skill_prompts import Skill
from tutelage.generation.tasks import Tasks, is_grounded
from tutelage.generation.writing import Writing
from tutelage.taxonomy.documents.passages import Passage
from tutelage.taxonomy.leaf import Leaf, Taxonomy

_FACT = Passage("passage:trial", "trial.md", ("Trial",), "The lamp weighs 3 kilograms.")


def writer_of(
    desk: GenerationSession, leaf: Leaf, known: Mapping[str, Row] | None = None
) -> Writer:
    """The writer for a leaf: of questions about its documents, or of tasks.

    `known` are earlier rows that settled what to ask for, by the passage's text.
    """
    if leaf.kind == "knowledge":
        return Questions(desk, leaf, known or {})
    return Tasks(desk, leaf)


def to_try(context: Context, leaf: str, writer: Writer, cells: Sequence[str]) -> Sequence[str]:
    """All cells; in a pilot some of them.

    Of tasks the first ones, because a request for a task goes by its place among all; questions
    know their passage.
    """
    chosen = context.sample(cells, leaf)
    return chosen if isinstance(writer, Questions) else cells[: len(chosen)]


def check_writing(settings: Writing, taxonomy: Taxonomy) -> None:
    """Find unknown leaves, seeds that cannot serve as examples, and templates that are wrong.

    Each template is tried on the first leaf that needs it; nothing is asked.
    """
    tried: set[str] = set()
    for leaf in settings.chosen(taxonomy):
        if leaf.unavailable:
            raise TaxonomyError(f"{at(leaf.file, 'document.repo')}: {leaf.unavailable}")
        if leaf.unshown:
            raise TaxonomyError(f"{at(leaf.file, 'seed_examples')}: {leaf.unshown}")
        flow = _flow(leaf)
        if settings.sampling == "leaf" and flow not in tried:
            _TRIALS[flow](settings, leaf)
            tried.add(flow)
    if settings.sampling == "pooled":
        pooled_prompt(settings.pooled_template, [leaf.seeds[0] for leaf in taxonomy.leaves], 1)


def _flow(leaf: Leaf) -> str:
    if leaf.kind == "knowledge":
        return "knowledge"
    return "grounded" if is_grounded(leaf) else "freeform"


def _try_knowledge(settings: Writing, leaf: Leaf) -> None:
    shots = shots_of(leaf)
    detail = Detail(_FACT, "3 kilograms" if settings.details_per_passage else "")
    if detail.answer:
        knowledge.detail_prompt(settings.detail_template, _FACT, shots)
    knowledge.question_prompt(settings.question, detail, shots, 0)


def _try_freeform(settings: Writing, leaf: Leaf) -> None:
    skill = Skill.of(leaf)
    skill.instruction_prompt(settings.skill_template, skill.shots[0].attributes)


def _try_grounded(settings: Writing, leaf: Leaf) -> None:
    skill = Skill.of(leaf)
    for template in (settings.context_template, settings.grounded_template):
        skill.instruction_prompt(template, skill.shots[0].attributes, context="A text.")


_TRIALS = {"knowledge": _try_knowledge, "freeform": _try_freeform, "grounded": _try_grounded}
