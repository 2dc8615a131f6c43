"""The taxonomy of a finished run, as it is now: found from the run's folder, with its documents."""

from pathlib import Path

from tutelage.provenance.run_folder import RunFolder
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.taxonomy.load import load_taxonomy


def run_taxonomy(run: RunFolder) -> Taxonomy | None:
    """The taxonomy that a run was made with, read anew; None where it had none.

    It may have changed since (`run.facts` has the digest of then). It is looked for where it lies
    from the run's folder, so that both can be moved together, else where it was. Raises
    TaxonomyError where it is gone or broken by now.
    """
    facts = run.facts.get("taxonomy")
    if not facts:
        return None
    folder = Path(facts["folder"])
    if "from_run" in facts:  # older runs only have what was written in the recipe
        beside = run.path.resolve() / facts["from_run"]
        folder = beside if beside.is_dir() else folder
    return load_taxonomy(folder, facts.get("documents", ()))
