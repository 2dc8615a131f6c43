"""The forgetting guard's second half: how well each model still reads general texts."""

from typing import Any

from tutelage.contract.context import Context
from tutelage.evaluation.perplexity import compared, general_texts, read, readable, summary
from tutelage.models.model import Model


def likelihoods(context: Context, models: list[Model]) -> list[dict[str, Any]]:
    """By model: perplexity and bits per byte with `change` against the first that can be read.

    A model that gives no likelihoods has `unavailable` instead, which says why. Engines are closed
    first: one model is in memory at a time.
    """
    context.pool.release()
    context.progress.start(len(models), "models read")
    texts = general_texts()
    base, lines = None, []
    for model in models:
        if why := readable(model):
            lines.append({"model": model.name, "unavailable": why})
        else:
            reads = read(model, texts)
            line = summary(model.name, reads)
            if base is None:
                base = (model.name, reads)
            else:
                line["change"] = {"before": base[0]} | compared(base[1], reads)
            lines.append(line)
        context.progress.advance()
    return lines
