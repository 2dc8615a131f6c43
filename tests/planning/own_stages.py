"""Stages of a user's own, with fields and `run` and nothing else, for plans to foretell."""

from tutelage.contract.context import Context
from tutelage.contract.stage import Generating, Stage
from tutelage.core.artifacts import Row, Rows, ScoreLine, Scores
from tutelage.models.chat import Request, Sampling
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Taxonomy

SAMPLING = Sampling(max_tokens=20)


def _request(name: str, leaf: str, text: str) -> Request:
    return Request(name, ({"role": "user", "content": text},), SAMPLING, leaf)


class Rhymes(Generating):
    """Writes rows from the taxonomy alone: two a seed, asked after a theme."""

    def run(self, context: Context, taxonomy: Taxonomy, teacher: Model) -> Rows:
        leaves = {seed.id: leaf.path for leaf in taxonomy.leaves for seed in leaf.seeds}
        names = [f"{seed}/{n}" for seed in leaves for n in range(self.per_seed)]
        asked = [_request(name, leaves[name.rpartition("/")[0]], f"Rhyme {name}") for name in names]
        made = Rows([], [])
        for answer in context.answers(teacher, asked).values():
            row: Row = {"id": answer.request.id, "leaf": answer.request.leaf, "parents": []}
            row["prompt"] = [{"role": "user", "content": answer.text or "-"}]
            failed = answer.finish_reason == "failed"
            made_or_not = made.rejected if failed else made.kept
            made_or_not.append(row | {"reason": f"failed: {answer.error}"} if failed else row)
        return made

    per_seed: int = 5


class Critique(Generating):
    """Asks twice about each row and drops none."""

    def run(self, context: Context, rows: Rows, critic: Model) -> Rows:
        asked = [
            _request(f"{row['id']}/{n}", row["leaf"], f"{n}: {row['id']}")
            for row in rows.kept
            for n in range(2)
        ]
        answers = context.answers(critic, asked)
        return Rows([row for row in rows.kept if f"{row['id']}/0" in answers])


class Shorten(Stage):
    """Works on rows without any model."""

    def run(self, context: Context, rows: Rows) -> Rows:
        return Rows(rows.kept[::2], [row | {"reason": "odd"} for row in rows.kept[1::2]])


class Quiz(Stage):
    """Puts three questions to a model."""

    def run(self, context: Context, model: Model) -> Scores:
        answers = context.answers(model, [_request(str(n), "*", f"Quiz {n}") for n in range(3)])
        line: ScoreLine = {
            "model": model.name,
            "leaf": "*",
            "kind": "*",
            "metric": "right",
            "n": len(answers),
            "score": 1.0,
            "low": 0.4,
            "high": 1.0,
        }
        return Scores([line])
