"""Prompts for recipes/rl.yaml and recipes/rlhf.yaml: three skills, by rule.

    python -m benchmarks.rl_tasks

Blunt replies to be put politely and tickets to be sorted into JSON, skills of the helpdesk; and
questions with demands on the form of the answer. Wordings of the held-out files are none of those
that are trained on, no topic meets its word there again, and demands name other words. Writes
recipes/rl/*.jsonl.
"""

import itertools
import json
import random
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "recipes" / "rl"
REPLIES = "compositional_skills/replies/polite_rewrite"
TICKETS = "compositional_skills/tickets/triage"
_POLITE = "Rewrite this reply politely: "
_SORT = (
    "Sort this ticket into JSON with product (lamp, heater, fan or kettle) and category (broken, "
    "delivery, billing or return): "
)
TOPICS = "refund order parcel invoice warranty repair receipt manual password discount battery "
TOPICS += "appointment delivery payment account address lamp heater fan kettle"
BLUNT = {
    "late": ["Your {t} is late. Deal with it.", "The {t} comes late, stop calling."],
    "lost": ["We lost your {t}. Bad luck.", "Your {t} got lost. Ask somebody else."],
    "wrong": ["The {t} is wrong because you were careless.", "You gave us the wrong {t} again."],
    "missing": ["Your {t} is missing and I am busy.", "The {t} is missing. Look for it yourself."],
    "old": ["Your {t} is old. Get a new one.", "That {t} is too old, forget it."],
    "closed": ["We are closed, your {t} can wait.", "The desk for your {t} is closed. Go home."],
    "no": ["There is no {t} for you.", "You get no {t}, end of story."],
    "broke": ["You broke the {t}, so pay.", "Somebody broke the {t}. Not us."],
    "pay": ["Pay for the {t} or forget it.", "You must pay first, then the {t}."],
    "send": ["Send the {t} now.", "Why did you not send the {t}? Hurry up."],
    "check": ["Check the {t} before you complain.", "You never check your {t}."],
    "read": ["Read what the {t} says, it is simple.", "Did you even read about the {t}?"],
}
"""Two blunt replies for each word; the second is only ever held out."""
WORDINGS = {
    "broken": [
        "My {p} makes a noise and then goes off.",
        "The {p} fell apart in my hands.",
        "Smoke came out of the {p}.",
        "The {p} does nothing when I switch it on.",
        "A part of the {p} has come loose.",
        "The button of the {p} is stuck.",
        "There are sparks when I plug in the {p}.",
        "The {p} smells of burnt plastic.",
        "The display of my {p} stays dark.",
        "My {p} turns itself off after ten minutes.",
        "A screw is missing from the {p}, so it wobbles.",
        "The {p} leaks onto the table.",
        "Since yesterday the {p} only hums.",
        "The lid of the {p} no longer shuts.",
        "The {p} trips the fuse every evening.",
        "One side of the {p} is bent.",
        "My {p} gets far too hot at the handle.",
        "The plug of the {p} came off.",
        "The {p} flickers and I cannot use it.",
        "Nothing helps, the {p} stays dead.",
    ],
    "delivery": [
        "I am still waiting for the {p} I ordered.",
        "The {p} went to a house three streets away.",
        "Nobody brought the {p} last week.",
        "The parcel with the {p} is stuck somewhere.",
        "When does the {p} get here?",
        "The courier rang once and drove off with my {p}.",
        "It has been two weeks and there is no {p} at my door.",
        "The {p} was promised for Monday and today is Friday.",
        "My {p} is with a neighbour whom I do not know.",
        "Has the {p} been shipped at all?",
        "The post office knows nothing about the {p}.",
        "You sent the {p} to my old flat.",
        "Half of the order is here, but the {p} is not.",
        "I was at home all day and nobody came with the {p}.",
        "The {p} has been in a depot since the weekend.",
        "Which day will you bring the {p}?",
        "My {p} seems to have been lost on the way.",
        "The van passed my street, and I have no {p}.",
        "Please tell the carrier that the {p} belongs on the second floor.",
        "Somebody else signed for the {p}.",
    ],
    "billing": [
        "The {p} cost more on my card than in the shop.",
        "I see two payments for one {p}.",
        "There is a mistake on the bill for the {p}.",
        "I was promised a lower price for the {p}.",
        "You want money for a {p} that I have paid.",
        "The discount on the {p} is missing from my statement.",
        "Why is postage added to the {p} that was sold post free?",
        "My bank shows a second charge for the {p}.",
        "A reminder came, although I settled the {p} in May.",
        "The sum for the {p} is in the wrong currency.",
        "I paid by transfer, and the {p} still counts as unpaid.",
        "My company needs its name on the receipt for the {p}.",
        "The {p} was on sale, but I was charged the full amount.",
        "How can the {p} be 20 euros dearer than advertised?",
        "You took the money for the {p} before I agreed.",
        "The instalments for my {p} do not add up.",
        "I never got a receipt for the {p}.",
        "Your total for the {p} is not what the page said.",
        "The deposit for the {p} was not counted.",
        "Please explain the fee on the bill of the {p}.",
    ],
    "return": [
        "I would rather not keep the {p}.",
        "Can you take the {p} back?",
        "The {p} does not suit my room, I want my money back.",
        "How do I give the {p} back to you?",
        "I ordered the {p} by mistake and will not open it.",
        "The colour of the {p} is not mine, please collect it.",
        "I changed my mind about the {p}.",
        "Until when may I send the {p} back?",
        "The {p} was a gift, and I would like to swap it.",
        "Where do I drop off the {p} that I do not want?",
        "I found a nicer one, so you can have the {p} again.",
        "Is there a label for posting the {p} to you?",
        "The {p} is too loud for us, we would like to withdraw from the purchase.",
        "We have no use for the {p}, it is still in its box.",
        "May I exchange the {p} for another model?",
        "Do I pay the postage if the {p} goes to you again?",
        "I tried the {p} for a day and do not like it.",
        "Cancel the sale, the {p} is ready to be picked up.",
        "My flat is too small for the {p}, so it must leave.",
        "The {p} was bought twice by us, one of them you may fetch.",
    ],
}
"""Tickets of each category that are trained on, each of one product."""
HELD_OUT = {
    "broken": [
        "The cable of my {p} is torn.",
        "The {p} worked for a day and never again.",
        "The {p} arrived with a crack in it.",
    ],
    "delivery": [
        "The {p} was left outside in the garden.",
        "Your driver says he handed over the {p}, but not to me.",
        "Tracking has not moved since the {p} left you.",
    ],
    "billing": [
        "The tax on the invoice of the {p} is wrong.",
        "My voucher was not taken off the price of the {p}.",
        "Please send a correct invoice for the {p}.",
    ],
    "return": [
        "My wife has a {p} already, so this one goes back.",
        "Which form do I need to hand back the {p}?",
        "I am not happy with the size of the {p}, please take it.",
    ],
}
"""Tickets that are only ever held out, each of all products."""
PRODUCTS = ("lamp", "heater", "fan", "kettle")
ASKED = [
    "Say something about rain.",
    "Why do people drink tea?",
    "Describe a small kitchen.",
    "What is a bicycle good for?",
    "Tell me about a cold morning.",
    "Why should one sleep enough?",
    "Describe an old bridge.",
    "What does a baker do?",
    "Say how a cat spends its day.",
    "Why do leaves fall?",
    "Describe a market.",
    "What is a map for?",
    "Tell me about the sea.",
    "Why do we greet each other?",
    "Describe a long train ride.",
    "What makes a good chair?",
    "Say something about bread.",
    "Why do children play?",
    "Describe a quiet street.",
    "What is a library for?",
    "Tell me about snow.",
    "Why do people write letters?",
    "Describe a garden in spring.",
    "What does a doctor do?",
]
"""What an answer with demands is about; the second half is only ever held out."""
BEGINNINGS = ["Well then", "In short", "As we know", "To be honest", "At first", "Once a year"]
ENDINGS = ["that is all", "so it goes", "or so I hear", "if you ask me", "and no more", "every day"]
NEEDED = ["yellow", "window", "seven", "friend", "river", "never", "stone", "music"]
"""Words of demands; the second half of each is only ever held out."""
SHOWN = [
    (
        'Why do people drink tea? Use at most 8 words. Use the word "friend".',
        "Tea is a friend that keeps us warm.",
    ),
    (
        'Describe a market. Begin with the words "Well then". Use at most 10 words.',
        "Well then, it is full of fruit, fish and noise.",
    ),
    (
        'Say something about rain. End with the words "so it goes". Use the word "window".',
        "Rain runs down the window, so it goes.",
    ),
    (
        'What is a bicycle good for? Use the word "seven". Begin with the words "In short".',
        "In short, it takes you seven miles for nothing.",
    ),
    (
        'Describe an old bridge. End with the words "that is all". Use at most 9 words.',
        "It is made of grey stone, that is all.",
    ),
    (
        'What does a baker do? Begin with the words "In short". Use at most 7 words.',
        "In short, a baker makes our bread.",
    ),
    (
        'Tell me about a cold morning. Use the word "friend". End with the words "that is all".',
        "I walked through the frost with a friend, that is all.",
    ),
    (
        'Why do leaves fall? End with the words "so it goes". Begin with the words "Well then".',
        "Well then, a tree saves water in winter, so it goes.",
    ),
    (
        'Describe a small kitchen. Use the word "yellow". Use at most 8 words.',
        "There is a yellow table and little else.",
    ),
    (
        'What is a map for? Begin with the words "As we know". Use the word "window".',
        "As we know, a map is a window to the way.",
    ),
    (
        'Say how a cat spends its day. Use at most 10 words. End with the words "or so I hear".',
        "It sleeps nearly all of it, or so I hear.",
    ),
    (
        'Why should one sleep enough? Begin with the words "As we know". '
        'End with the words "or so I hear".',
        "As we know, sleep makes one strong and clever, or so I hear.",
    ),
]
"""Questions with demands, answered rightly as people would; they are learnt before all else."""
_EACH = 80
"""Prompts of a task that are trained on, and about as many that are held out."""


def replies(held_out: bool) -> list[dict[str, Any]]:
    """Blunt replies with the two words that a polite one must keep."""
    pairs = list(itertools.product(TOPICS.split(), BLUNT))
    random.Random(1).shuffle(pairs)
    chosen = pairs[_EACH : _EACH + 100] if held_out else pairs[:_EACH]
    return [
        {
            "question": _POLITE + BLUNT[word][held_out].format(t=topic),
            "leaf": REPLIES,
            "attributes": {"topic": topic, "word": word},
        }
        for topic, word in chosen
    ]


def tickets(held_out: bool) -> list[dict[str, Any]]:
    """Tickets with what they are about."""
    if held_out:
        asked = [(one, p, c) for c in HELD_OUT for one in HELD_OUT[c] for p in PRODUCTS]
    else:
        several = len(PRODUCTS)
        asked = [
            (wording, PRODUCTS[n % several], category)
            for category, wordings in WORDINGS.items()
            for n, wording in enumerate(wordings)
        ]
    made = [
        {
            "question": _SORT + wording.format(p=product),
            "leaf": TICKETS,
            "attributes": {"product": product, "category": category},
        }
        for wording, product, category in asked
    ]
    random.Random(1).shuffle(made)
    return made


def demands(held_out: bool) -> list[dict[str, Any]]:
    """Simple questions with two demands on the form of the answer."""
    draw = random.Random(2 if held_out else 1)
    asked, begun, ended, needed = (
        part[len(part) // 2 :] if held_out else part[: len(part) // 2]
        for part in (ASKED, BEGINNINGS, ENDINGS, NEEDED)
    )
    made: dict[str, dict[str, Any]] = {}
    while len(made) < _EACH:
        word, most = draw.choice(needed), draw.randint(7, 12)
        first, last = draw.choice(begun), draw.choice(ended)
        kinds: list[tuple[str, dict[str, Any]]] = [
            (f"Use at most {most} words.", {"max_words": most}),
            (f'Begin with the words "{first}".', {"starts_with": first}),
            (f'End with the words "{last}".', {"ends_with": last}),
            (f'Use the word "{word}".', {"contains": [word]}),
        ]
        chosen = draw.sample(kinds, 2)
        question = " ".join([asked[len(made) % len(asked)], *(text for text, _ in chosen)])
        verify = [*(demand for _, demand in chosen), {"min_words": 4}]
        made[question] = {"question": question, "leaf": "*", "verify": verify}
    return [*made.values()]


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    asked = {"replies": replies(False), "tickets": tickets(False), "demands": demands(False)}
    for name, rows in asked.items():
        prompts = [
            {column: value for column, value in row.items() if column != "question"}
            | {"id": f"{name}:{n}", "prompt": [{"role": "user", "content": row["question"]}]}
            for n, row in enumerate(rows)
        ]
        _write(f"{name}_prompts", prompts)
    seeds = [{"question": question, "answer": answer} for question, answer in SHOWN]
    _write("demands_seeds", seeds)
    _write("replies", [_examined(row, _polite(row)) for row in replies(True)])
    _write("tickets", [_examined(row, _sorted(row)) for row in tickets(True)])
    _write("demands", [_examined(row, row["verify"]) for row in demands(True)])


def _polite(row: dict[str, Any]) -> list[Any]:
    """The leaf's demands, with the row's own words in place of attributes."""
    from tutelage.taxonomy.load import load_taxonomy

    taxonomy = load_taxonomy(ROOT / "taxonomies" / "helpdesk")
    leaf = next(leaf for leaf in taxonomy.leaves if leaf.path == REPLIES)
    demands = [one for one in leaf.verify if "keeps_attributes" not in one]
    return [*demands, {"contains": list(row["attributes"].values())}]


def _sorted(row: dict[str, Any]) -> list[Any]:
    fields = {name: {"const": value} for name, value in row["attributes"].items()}
    schema = {"type": "object", "properties": fields, "required": [*fields]}
    return [{"json_schema": schema | {"additionalProperties": False}}]


def _examined(row: dict[str, Any], verify: list[Any]) -> dict[str, Any]:
    return {"question": row["question"], "verify": verify}


def _write(name: str, rows: list[dict[str, Any]]) -> None:
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (FOLDER / f"{name}.jsonl").write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    main()
