"""How many tokens a text is likely to have, for any tokenizer."""


def likely_tokens(text: str) -> int:
    """Four characters of English to a token, one of most other scripts."""
    wide = 0 if text.isascii() else sum(ord(character) > 0x2FF for character in text)
    return wide + (len(text) - wide + 3) // 4
