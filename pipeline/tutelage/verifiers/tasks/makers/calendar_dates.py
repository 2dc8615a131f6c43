"""Dates: the weekday or the date some days before or after a given one."""

from datetime import date, timedelta
from random import Random

from tutelage.verifiers.tasks.problem import Problem, ProblemMaker

_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class CalendarDates(ProblemMaker):
    """Weekdays at odd difficulties, dates at even ones; the days away grow with the difficulty."""

    def draw(self, random: Random, difficulty: int) -> Problem:
        """The start and the distance decide."""
        days = random.randint(2, 7 * difficulty + 3) * random.choice((1, -1))
        return _weekday(random, days) if difficulty % 2 else _date(random, days)


def _weekday(random: Random, days: int) -> Problem:
    start = random.randrange(7)
    answer = _WEEKDAYS[(start + days) % 7]
    rest = abs(days) % 7
    when = f"in {days} days" if days > 0 else f"{-days} days ago"
    verb = "will it be" if days > 0 else "was it"
    way = "after" if days > 0 else "before"
    steps = (
        f"{abs(days)} days are {abs(days) // 7} weeks and {rest} days",
        f"{rest} days {way} {_WEEKDAYS[start]} is {answer}",
    )
    question = f"Today is {_WEEKDAYS[start]}. What weekday {verb} {when}?"
    return Problem(("weekday", start, days), question, answer, steps)


def _date(random: Random, days: int) -> Problem:
    start = date(2001, 1, 1) + timedelta(random.randrange(9000))
    end = start + timedelta(days)
    way = "after" if days > 0 else "before"
    question = (
        f"What is the date {abs(days)} days {way} {start.isoformat()}? Write it as YYYY-MM-DD."
    )
    steps = tuple(_months(start, end))
    return Problem(("date", start.isoformat(), days), question, end.isoformat(), steps)


def _months(start: date, end: date) -> list[str]:
    """The way from a date to another, from month's end to month's end."""
    steps, at = list[str](), start
    while (at.year, at.month) != (end.year, end.month):
        first = at.replace(day=1)
        edge = (first + timedelta(32)).replace(day=1) if end > at else first - timedelta(1)
        steps.append(f"{at.isoformat()} to {edge.isoformat()} are {abs((edge - at).days)} days")
        at = edge
    steps.append(f"{at.isoformat()} to {end.isoformat()} are {abs((end - at).days)} days")
    return steps
