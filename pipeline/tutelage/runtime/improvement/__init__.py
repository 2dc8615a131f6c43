"""The loop closed by leaf: in goes a recipe, out come rounds of runs, each steered by the last."""
