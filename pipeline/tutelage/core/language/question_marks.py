"""Whether a text ends as a sentence does, and whether it asks something, in any script."""

import regex

_AFTER = r"[\"'”’»›」』】》〉）)\]“«\s*_]*\Z"
"""What may stand after the sign that ends a sentence."""
_MARKS = "?\u037e؟፧᥅⁇⁈⁉‽⳺⳻⸮꘏꛷︖﹖？\U00011143"
"""Unicode's question marks (no property tells them): Latin, Greek, Arabic, Ethiopic, Limbu, double
ones, the interrobang, Coptic, Vai, Bamum, wide and small forms, Chakma."""
_MARKED = regex.compile(rf"[{_MARKS}][{_MARKS}!！.。।۔…]*{_AFTER}")
_GREEK = regex.compile(rf"\p{{Greek}}[^;]*;{_AFTER}")
_ARMENIAN = regex.compile(r"\p{Armenian}\u055e")
"""It stands on the word that is asked for, and a full stop at the end."""

_LAST_WORDS = (
    *(
        "ますか",
        "ですか",
        "ましたか",
        "ませんか",
        "でしたか",
        "だろうか",
        "のか",
        "るか",
        "いか",
        "たか",
        "かな",
    ),
    *("吗", "嗎", "呢", "么", "麼"),
    *("니까", "나요", "가요", "까요", "는가", "은가", "는지요"),
    *("လား", "လဲ", "နည်း"),
    *("ไหม", "มั้ย", "ไหมครับ", "ไหมคะ", "หรือ", "ບໍ່"),
)
"""What ends a question in Japanese, Chinese, Korean, Burmese, Thai and Lao; a stop may follow."""
_ENDED = regex.compile(rf"(?:{'|'.join(_LAST_WORDS)})[.。．｡။]?{_AFTER}")
_QUESTION_WORDS = (
    *("อะไร", "เท่าไร", "เท่าไหร่", "เท่าใด", "กี่", "ใคร", "เมื่อไร", "เมื่อไหร่"),
    *("เมื่อใด", "อย่างไร", "ยังไง", "ทำไม", "ไหน", "ใด", "หรือไม่", "หรือยัง", "หรือเปล่า"),
    *("ຫຍັງ", "ໃຜ", "ຈັກ", "ໃດ", "ເທົ່າໃດ"),
    *("អ្វី", "ណា", "ប៉ុន្មាន", "ហេតុអ្វី"),
)
"""Thai, Lao and Khmer ask by words and mostly without a mark."""
_ASKING = regex.compile("|".join(_QUESTION_WORDS))
_TERMINAL = regex.compile(
    rf"[{_MARKS}\p{{Sentence_Break=STerm}}\p{{Sentence_Break=ATerm}}…]{_AFTER}"
)
_UNMARKED = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Tibetan}]")


def is_question(text: str) -> bool:
    """Whether a text asks: by the question mark of its script, or by a word that makes a question.

    Greek asks with a semicolon, Armenian with a mark inside; Japanese, Chinese, Korean and Burmese
    may end with a particle and a full stop, Thai, Lao and Khmer with no sign at all.
    """
    text = text.strip()
    if _MARKED.search(text) or _GREEK.search(text) or _ARMENIAN.search(text):
        return True
    return not text.isascii() and bool(_ENDED.search(text) or _ASKING.search(text))


def ends_sentence(text: str) -> bool:
    """Whether a text ends with a sign that closes a sentence; scripts that need none always do."""
    text = text.rstrip()
    if _TERMINAL.search(text) or _GREEK.search(text):
        return True
    return bool(text) and _UNMARKED.match(text[-1]) is not None
