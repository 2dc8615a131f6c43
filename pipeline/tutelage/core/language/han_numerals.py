"""Chinese and Japanese numerals as digits: 三百一十米 is 310米."""

import regex

_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "兩": 2,
}
_TIMES = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_ANY = "".join([*_DIGITS, *_TIMES, *_LARGE])
_COUNTED = (
    "个個只隻名位人年月日号號点點时時分秒米厘克吨噸升元円圆圓磅度层層楼樓次条條座台臺艘辆輛张張本间間家岁歳"
    "歲页頁章节節天周週倍歩步公平立海里英"
)
"""What is counted: a lone numeral is one only before it, as 一 stands in many words."""
_RUN = regex.compile(rf"[{_ANY}]{{2,}}|[{_ANY}](?=[{_COUNTED}])|(?<=第)[{_ANY}]")


def plain_han_numerals(text: str) -> str:
    """The text with such numerals as ASCII digits, where they stand for a number."""
    return text if text.isascii() else _RUN.sub(_read, text)


def _read(found: regex.Match[str]) -> str:
    run = found.group()
    if all(sign in _DIGITS for sign in run):  # 一九三一年: digit by digit
        return "".join(str(_DIGITS[sign]) for sign in run)
    value = _value(run)
    return run if value is None else str(value)


def _value(run: str) -> int | None:
    """The number; None where the signs do not stand in the order of one."""
    total = section = digit = 0
    held, smallest = False, 10**12
    for sign in run:
        if sign in _DIGITS:
            if held and digit:
                return None
            digit, held = _DIGITS[sign], True
        elif sign in _TIMES:
            if _TIMES[sign] >= smallest:
                return None
            section += (digit if held else 1) * _TIMES[sign]
            digit, held, smallest = 0, False, _TIMES[sign]
        else:
            if not section + digit:
                return None
            total, section, digit, held = total + (section + digit) * _LARGE[sign], 0, 0, False
            smallest = 10**12
    return total + section + digit
