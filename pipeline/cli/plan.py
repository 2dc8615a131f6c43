"""`tutelage plan`."""

from pipeline.cli.options import Out, RecipePath, Sets, Student, Teacher, console, places, swaps


def plan(
    recipe: RecipePath,
    sets: Sets = None,
    teacher: Teacher = None,
    student: Student = None,
    out: Out = None,
) -> None:
    """Check a recipe and say what it would do, without loading a model or spending anything."""
    from pipeline.plan import plan_recipe
    from pipeline.recipe import load_recipe

    loaded = load_recipe(recipe, sets, swaps(teacher, student))
    _, store = places(loaded.name, out)
    console.print(plan_recipe(loaded, store))
