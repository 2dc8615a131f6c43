"""Examples in prompts for drafts, of no real place or thing: a new leaf has none of its own."""

from typing import Any

FACTS: dict[str, list[dict[str, str]]] = {
    "en": [
        {
            "topic": "Larkmoor library, opening hours",
            "fact": "On Saturdays the library closes at [4 p.m.]",
            "begin": "When",
            "question": "When does the Larkmoor library close on Saturdays?",
            "answer": "4 p.m.",
        },
        {
            "topic": "The Selby telescope, mirror",
            "fact": "Its main mirror was polished by [Ida Renn] and weighs 90 kilograms.",
            "begin": "Who",
            "question": "Who polished the main mirror of the Selby telescope?",
            "answer": "Ida Renn",
        },
        {
            "topic": "Bread at Mill Lane bakery",
            "fact": "The dough rests for [12 hours] before it is baked.",
            "begin": "How long",
            "question": "How long does the dough rest at the Mill Lane bakery before it is baked?",
            "answer": "12 hours",
        },
        {
            "topic": "Dornby youth club, membership",
            "fact": "Members under 12 need the signature of [a parent].",
            "begin": "Whose",
            "question": "Whose signature do members under 12 need at the Dornby youth club?",
            "answer": "a parent",
        },
        {
            "topic": "Glazes of the pottery Amsel",
            "fact": "The grey glaze is made of [ash and feldspar].",
            "begin": "What",
            "question": "What is the grey glaze of the pottery Amsel made of?",
            "answer": "ash and feldspar",
        },
    ],
    "": [
        {
            "topic": "Stadtbad Orlau, Eintritt",
            "fact": "Kinder unter 6 Jahren zahlen [nichts].",
            "question": "Was zahlen Kinder unter 6 Jahren im Stadtbad Orlau?",
            "answer": "nichts",
        },
        {
            "topic": "Le pont de Verrance",
            "fact": "Le pont mesure [340 mètres] et date de 1871.",
            "question": "Quelle est la longueur du pont de Verrance ?",
            "answer": "340 mètres",
        },
        {
            "topic": "Larkmoor library, opening hours",
            "fact": "On Saturdays the library closes at [4 p.m.]",
            "question": "When does the Larkmoor library close on Saturdays?",
            "answer": "4 p.m.",
        },
    ],
}
"""By language; those without a name for all other languages."""
TASKS: list[dict[str, str]] = [
    {
        "task": "Translate the sentence into French.",
        "input": "The last ferry leaves at a quarter past nine.",
    },
    {
        "task": "Decide whether a review is positive or negative; answer with one word.",
        "input": "The soup was cold and nobody came when we asked for the bill.",
    },
    {
        "task": "Write a headline for a short news text.",
        "input": "A fallen tree blocked the road to Ostby for six hours on Monday. Nobody was "
        "hurt, and two buses took another way.",
    },
]


def shots_in(language: str, *, marked: bool) -> list[dict[str, Any]]:
    """Examples for questions in a language, with their answer marked in the fact or not."""
    plain = str.maketrans("", "", "[]")
    found = FACTS.get(language) or FACTS[""]
    return [
        one | {"fact": one["fact"] if marked else one["fact"].translate(plain)} for one in found
    ]


def answered_shots(language: str) -> list[dict[str, str]]:
    """Examples for answers from a text."""
    return [
        {
            "text": f"{one['topic']}: {one['fact']}",
            "question": one["question"],
            "answer": one["answer"],
        }
        for one in shots_in(language, marked=False)[:3]
    ]
