"""The models that draft examples and try them, found before anything is written."""

from dataclasses import dataclass

from tutelage.contract.plain_inputs import make_model
from tutelage.core.errors import InputError
from tutelage.models.model import Model
from tutelage.recipe.load_recipe import load_recipe
from tutelage.recipe.shipped import find_recipe


@dataclass(frozen=True, slots=True)
class DraftingModels:
    """Who drafts seed examples, who the exam, and who must not know the answers already."""

    teacher: Model | None
    examiner: Model | None
    student: Model | None
    why_not: str = ""
    """Why there is no student."""

    @property
    def is_same(self) -> bool:
        """Whether the model that writes the lessons writes the exam."""
        both = self.teacher and self.examiner
        return bool(both) and self.teacher == self.examiner


def find_drafting_models(
    teacher: str | None, examiner: str | None, student: str | None, recipe: str
) -> DraftingModels:
    """The models of some references; without a `student`, that of the shipped recipe if it is here.

    Raises InputError for a reference that names nothing.
    """
    writer = make_model(teacher, "teacher", "--teacher") if teacher else None
    exam = make_model(examiner, "teacher", "--examiner") if examiner else writer
    if writer is None and exam is None:
        return DraftingModels(None, None, None)  # nobody drafts, so nobody is asked
    if student is not None:
        return DraftingModels(writer, exam, make_model(student, "student", "--student"))
    models = load_recipe(find_recipe(recipe)).models
    if "student" not in models:
        return DraftingModels(writer, exam, None, "name one with --student")
    try:
        known = make_model(models["student"][1], "student", "the recipe's student")
    except InputError as exc:
        return DraftingModels(writer, exam, None, str(exc))
    return DraftingModels(writer, exam, known)
