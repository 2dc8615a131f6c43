"""The columns that rows have, with what each means: for whoever reads or writes rows.

A row is a plain mapping and open: files and stages of a user's own may add columns, which are kept.
So this table takes the place of a type; a test holds the code against it.
"""

ROW_COLUMNS: dict[str, str] = {
    # What every row has.
    "id": "A text that names the row within its stage, the same in every run.",
    "leaf": "The taxonomy's leaf that it belongs to, as a path; `*` for none in particular.",
    "parents": "The ids of the rows and seed examples that it was made from.",
    # What it says: TRL's columns, lists of turns with `role` and `content`.
    "prompt": "The turns to answer.",
    "completion": "The answer, as one turn of the assistant.",
    "messages": "A whole conversation, in place of `prompt` and `completion`.",
    "chosen": "Of a preference pair, the better answer.",
    "rejected": "Of a preference pair, the worse answer.",
    "label": "Of a single answer, whether it is good: true or false (KTO).",
    "text": "A plain text, which answers nobody.",
    "reasoning": "The steps or thoughts before the answer.",
    "tools": "JSON schemas of the tools that the conversation may call.",
    # What it is about.
    "context": "The passage that question and answer rest on.",
    "document": "The file that the passage is from.",
    "headings": "The headings that the passage stands under.",
    "statement": "The id of the document's statement that it is about.",
    "attributes": "Values of the leaf's attributes that it was written for, by name.",
    "cell": "What its method covers evenly: a way to evolve, a kind of prompt, a persona.",
    "persona": "Who asks.",
    "topic": "The topic that it was written about.",
    # What is known to be right.
    "answer": "The right final answer.",
    "tests": "Python assertions that a right answer passes.",
    "verify": "Demands on the answer, as under a leaf's `verify`.",
    "reference": "A good answer, which a judge is shown; a number or formula also as `answer`.",
    "solution": "A worked answer to a problem with a known result.",
    "split": "Of a problem with a known result: `train` or `exam`.",
    "question": "In files of questions and answers: the question as a text.",
    # How it was made and judged.
    "trace": "`stage`, `model`, and the `keys` of its requests in the journal.",
    "verdicts": "What each filter and judge decided: `by`, `keep`, `reason`.",
    "reason": "Why it was rejected: a kind, then a colon and details.",
    "prompt_id": "The row whose prompt it is one of several attempts at.",
    "extracted_answer": "The answer that its question was written for.",
    "alternative": "A second answer to its question, which filters compare with the first.",
    "answer_form": "What answers it: `statement`, `sentence` or `phrase`.",
    "n_votes": "How many proposals agreed on what it asks for.",
    "words": "Words that a plain text was asked to use.",
    "evolved": "How often its instruction was evolved.",
    "goal": "What the simulated user of a conversation wants.",
    "exchanges": "Exchanges of a conversation.",
    "stopped": "Why a conversation ended.",
    "tool": "The tool that its request is for; empty for none.",
    "calls": "Tool calls in its conversation.",
    "before": "Of a rewritten row: question and answer as they were.",
    "principles": "The principles by which its answer was revised.",
    "rationalised": "Whether its steps were written with the right answer in sight (STaR).",
    "switches": "How often its thoughts turn to another approach.",
    "mixes_languages": "Whether its thoughts mix scripts that the question does not have.",
    "right_then_wrong": "Whether its thoughts had the right answer on the way to a wrong one.",
    "purpose": "Of a draft: `seed` or `held_out`.",
    "source": "Of a draft: what the documents say about it.",
    "passage": "Of a draft: the passage that its answer is found in.",
    "difficulty": "Of a draft: the share of the student's attempts that were wrong.",
    # What trainings read.
    "replayed": "Whether it is from an earlier phase, and only repeated.",
    "opening": "The beginning of its answer that is trained on, where the rest repeats other rows.",
    "thinks": "Whether the student is to think before this answer.",
    "margin": "By how much `chosen` is better than `rejected`.",
    "reward": "The score of a reward model.",
    "pass_rate": "The share of a student's attempts that were right.",
    "attempts": "How many attempts these were.",
}
"""By the column's name; other columns of the user's own may stand beside them."""
