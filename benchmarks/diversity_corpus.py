"""Short synthetic instructions with planted near-duplicates, and which row repeats which.

Every row belongs to a cluster of rows that ask the same. Two thirds open a cluster: a task, in one
of three wordings, with its slots filled; a quarter of those are hard negatives, an earlier row with
one slot filled otherwise. How long slots are beside the wording round them was set once, towards
what rensa finds at 20,000 rows (most surface edits, two thirds of the changed words), when the
score of our own filters on a first version was known too: ours led on both versions.
A third (34%) repeat an earlier row in one of four ways:

- surface: case, punctuation, spacing, contractions
- words: one or two words added, dropped or exchanged that do not change what is asked
- synonyms: half of the general words exchanged for synonyms
- paraphrase: another wording of the same task, sometimes with synonyms as well
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

SHARE, HARD = 0.34, 0.25
KINDS = ("surface", "words", "synonyms", "paraphrase")

_SLOTS = {
    "device": (
        "router printer kettle toaster laptop tablet freezer thermostat projector scanner drone "
        "doorbell dishwasher microphone radiator speaker webcam camera dehumidifier lawnmower "
        "juicer blender humidifier turntable telescope monitor keyboard heater drill sander"
    ),
    "part": (
        "filter battery hinge lid cable fan sensor gasket motor blade switch fuse valve handle "
        "panel pump belt nozzle antenna lens bracket dial spring tray button seal charger stand"
    ),
    "place": (
        "kitchen garage attic cellar office garden bedroom workshop hallway classroom library "
        "clinic bakery warehouse studio balcony cabin greenhouse laundry canteen shed stable "
        "theatre museum harbour station chapel factory"
    ),
    "food": (
        "lentils salmon pumpkin noodles aubergine chickpeas trout polenta mushrooms rhubarb "
        "cabbage quinoa tofu plums barley leeks beetroot halibut gnocchi couscous spinach "
        "artichokes parsnips mackerel figs walnuts okra tempeh"
    ),
    "person": (
        "Anna Bruno Chidi Dana Emeka Farah Goran Hana Ivo Jun Kofi Lena Mario Nadia Omar Petra "
        "Quinn Rosa Sven Tariq Uma Vera Wanda Xin Yara Zoltan"
    ),
    "city": (
        "Porto Leeds Turin Gdansk Lagos Osaka Quito Riga Tampere Utrecht Varna Winnipeg Izmir "
        "Bergen Cork Dakar Fresno Graz Haifa Jaipur Kazan Lyon Malmo Nantes"
    ),
    "topic": (
        "photosynthesis inflation gravity erosion democracy vaccination evaporation magnetism "
        "migration recycling probability genetics friction plate-tectonics osmosis taxation "
        "urbanisation refraction fermentation symbiosis entropy supply-chains glaciers tides"
    ),
    "animal": (
        "otter heron badger gecko walrus ibex falcon beaver octopus lynx toad hedgehog mole "
        "stork ferret newt puffin marten seal tortoise viper salmon moose weasel"
    ),
    "job": (
        "nurse carpenter librarian pilot translator welder gardener cashier surveyor chemist "
        "teacher electrician baker midwife courier sailor tailor geologist plumber journalist"
    ),
    "amount": " ".join(str(n) for n in range(2, 60)),
    "form": "poem letter speech summary story checklist dialogue report review script",
    "mood": "cheerful formal sad humorous calm angry hopeful dry tender dramatic",
}

_OF = {
    "device": (
        "old new small heavy portable wireless rusty silver cordless industrial second-hand compact"
    ),
    "food": "smoked frozen roasted fresh pickled dried leftover organic tinned spicy sweet mashed",
    "place": "draughty shared sunny crowded upstairs rented damp tidy half-finished northern quiet",
    "animal": "young hungry wild captive nocturnal injured giant striped arctic shy desert female",
    "job": "retired night-shift trainee self-employed senior part-time travelling former careful",
    "topic": "the history of|the economics of|common myths about|the main causes of|doubts about",
}
"""What may stand before a slot's word, so that slots are as long as those of real instructions."""

_TASKS = (
    (
        "How do I replace the {part} of my {device} in the {place}?",
        "What are the steps to put a new {part} into the {device} that I keep in the {place}?",
        "My {device} in the {place} needs another {part}; explain how to change it.",
    ),
    (
        "Why does the {device} in our {place} make a loud noise near the {part}?",
        "Explain the reason for the loud noise by the {part} of our {place}'s {device}.",
        "There is noise around the {part} of the {device} in the {place}. What causes it?",
    ),
    (
        "Write a {mood} {form} about a {job} who lives in {city}.",
        "A {job} lives in {city}: compose a {form} about them, in a {mood} tone.",
        "I need a {form}, {mood} in style, on the life of a {job} from {city}.",
    ),
    (
        "Give me a recipe with {food} and {food2} for {amount} people.",
        "Which dish can I cook from {food} and {food2} when {amount} guests come?",
        "{amount} people are coming to dinner; suggest a meal that uses {food} and {food2}.",
    ),
    (
        "Explain {topic} to a {job} using the example of a {animal}.",
        "With a {animal} as the example, help a {job} understand {topic}.",
        "How would you describe {topic} to somebody who works as a {job}? Use a {animal}.",
    ),
    (
        "{person} has {amount} boxes of {food} and gives away a third. How many are left?",
        "If a third of the {amount} {food} boxes that {person} owns are given away, what remains?",
        "From {amount} boxes of {food} {person} hands out every third one; count the rest.",
    ),
    (
        "Plan a trip of {amount} days to {city} for a {job} who likes {topic}.",
        "A {job} interested in {topic} travels to {city} for {amount} days; make an itinerary.",
        "What should a {job} with an interest in {topic} do during {amount} days in {city}?",
    ),
    (
        "Compare the diet of a {animal} with that of a {animal2} in a short {form}.",
        "In a short {form}, say how a {animal} and a {animal2} differ in what they eat.",
        "What does a {animal} eat that a {animal2} does not? Answer as a brief {form}.",
    ),
    (
        "Draft an email to {person} in {city} that asks for a refund of a broken {device}.",
        "The {device} is broken: write to {person} in {city} and request the money back.",
        "Compose a message in which I ask {person} from {city} to refund my faulty {device}.",
    ),
    (
        "Translate the safety rules of the {place} into simple words for a {job}.",
        "Put the {place}'s safety rules into plain language that a {job} understands.",
        "A {job} must understand the rules on safety in the {place}; make them simple.",
    ),
    (
        "List {amount} questions about {topic} that a {job} may ask in the {place}.",
        "Which {amount} things about {topic} would a {job} want to know in the {place}?",
        "Think of {amount} questions on {topic}, as asked by a {job} at the {place}.",
    ),
    (
        "Is it safe to store {food} beside a {device} in the {place} without a {part}?",
        "Can {food} be kept in the {place} next to a {device} that lacks its {part}?",
        "Tell me whether keeping {food} near a {device} without {part} in the {place} is a risk.",
    ),
)

_SYNONYMS = (
    "explain describe clarify",
    "write compose draft",
    "list name enumerate",
    "give provide offer",
    "suggest propose recommend",
    "replace change swap",
    "make create prepare",
    "simple plain easy",
    "short brief concise",
    "loud noisy strong",
    "noise sound racket",
    "people persons folks",
    "guests visitors people",
    "reason cause explanation",
    "broken faulty defective",
    "refund reimbursement repayment",
    "trip journey tour",
    "days nights mornings",
    "recipe dish meal",
    "example illustration case",
    "message email note",
    "rules guidelines regulations",
    "steps instructions stages",
    "store keep leave",
    "safe harmless okay",
    "like enjoy love",
    "lives resides dwells",
    "needs requires wants",
    "ask inquire request",
    "understand grasp follow",
)
_FILLERS = (
    *("please", "kindly", "exactly", "briefly", "today", "again"),
    *("now", "quickly", "also", "really", "maybe", "then"),
)
_LITTLE = {"the": "a", "a": "the", "my": "the", "our": "the", "in": "inside", "of": "for"}
_SHORT = {"what is": "what's", "does not": "doesn't", "there is": "there's", "i am": "i'm"}


@dataclass(frozen=True, slots=True)
class Instruction:
    """One row: its text, its cluster, and how it came to be."""

    text: str
    cluster: int
    kind: str
    """`new`, `hard` (a negative), or one of KINDS."""


@dataclass(slots=True)
class _Cluster:
    task: int
    wording: int
    slots: dict[str, str]
    text: str


def corpus(rows: int, seed: int = 7) -> list[Instruction]:
    """So many instructions, in an order in which no row comes before the one that it repeats."""
    return _Writer(seed).write(rows)


class _Writer:
    """Draws clusters and repeats; knows the wordings, slots and synonyms."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._values = {name: _fillers(name) for name in _SLOTS}
        groups = [words.split() for words in _SYNONYMS]
        self._synonyms = {
            word: [o for o in group if o != word] for group in groups for word in group
        }
        self._clusters: list[_Cluster] = []
        self._known: dict[tuple[object, ...], int] = {}

    def write(self, rows: int) -> list[Instruction]:
        written: list[Instruction] = []
        while len(written) < rows:
            if self._clusters and self._chance.random() < SHARE:
                written.append(self._repeat())
            else:
                written.append(self._open())
        return written

    def _open(self) -> Instruction:
        hard = bool(self._clusters) and self._chance.random() < HARD
        while True:
            task, slots = self._near_miss() if hard else self._fresh()
            key = (task, *sorted(slots.items()))
            if key not in self._known:
                break
        self._known[key] = len(self._clusters)
        wording = self._chance.randrange(len(_TASKS[task]))
        text = _TASKS[task][wording].format(**slots)
        self._clusters.append(_Cluster(task, wording, slots, text))
        return Instruction(text, len(self._clusters) - 1, "hard" if hard else "new")

    def _fresh(self) -> tuple[int, dict[str, str]]:
        task = self._chance.randrange(len(_TASKS))
        names = re.findall(r"{(\w+)}", _TASKS[task][0])
        slots: dict[str, str] = {}
        for name in names:
            values = [v for v in self._values[name.rstrip("2")] if v not in slots.values()]
            slots[name] = self._chance.choice(values)
        return task, slots

    def _near_miss(self) -> tuple[int, dict[str, str]]:
        """An earlier cluster with one slot filled otherwise."""
        near = self._clusters[self._chance.randrange(len(self._clusters))]
        name = self._chance.choice(sorted(near.slots))
        values = [v for v in self._values[name.rstrip("2")] if v not in near.slots.values()]
        return near.task, near.slots | {name: self._chance.choice(values)}

    def _repeat(self) -> Instruction:
        number = self._chance.randrange(len(self._clusters))
        cluster = self._clusters[number]
        ways = (self._surface, self._words, self._synonymous, self._paraphrase)
        kind, way = self._chance.choice(list(zip(KINDS, ways, strict=True)))
        return Instruction(way(cluster), number, kind)

    def _surface(self, cluster: _Cluster) -> str:
        text = cluster.text
        ways: list[Callable[[str], str]] = [
            str.lower,
            str.upper,
            lambda t: t.rstrip(".?") + "!",
            lambda t: t.rstrip(".?"),
            lambda t: t.replace(" ", "  ", 2),
            lambda t: f'"{t}"',
            lambda t: t.replace(",", ""),
        ]
        for way in self._chance.sample(ways, self._chance.randint(1, 2)):
            text = way(text)
        for long, short in _SHORT.items():
            text = re.sub(long, short, text, flags=re.IGNORECASE)
        return text

    def _words(self, cluster: _Cluster) -> str:
        words = cluster.text.split()
        for _ in range(self._chance.randint(1, 2)):
            places = [n for n, word in enumerate(words) if word in _LITTLE]
            way = self._chance.choice(("add", "drop", "exchange"))
            if way == "add" or not places:
                place = self._chance.randrange(1, len(words))
                words.insert(place, self._chance.choice(_FILLERS))
            elif way == "drop":
                words.pop(self._chance.choice(places))
            else:
                place = self._chance.choice(places)
                words[place] = _LITTLE[words[place]]
        return " ".join(words)

    def _with_synonyms(self, text: str, share: float) -> str:
        def other(found: re.Match[str]) -> str:
            word = found.group()
            if word.lower() not in self._synonyms or self._chance.random() > share:
                return word
            new = self._chance.choice(self._synonyms[word.lower()])
            return new.capitalize() if word[0].isupper() else new

        return re.sub(r"[A-Za-z]+", other, text)

    def _synonymous(self, cluster: _Cluster) -> str:
        text = cluster.text
        for _ in range(5):  # some texts have few general words: try again before giving up
            if (changed := self._with_synonyms(text, 0.5)) != text:
                return changed
        return self._words(cluster)

    def _paraphrase(self, cluster: _Cluster) -> str:
        others = [n for n in range(len(_TASKS[cluster.task])) if n != cluster.wording]
        text = _TASKS[cluster.task][self._chance.choice(others)].format(**cluster.slots)
        return self._with_synonyms(text, 0.3) if self._chance.random() < 0.5 else text


def _fillers(name: str) -> list[str]:
    """What a slot may be filled with."""
    before = _OF.get(name, "")
    ways = before.split("|") if "|" in before else before.split()
    return [f"{way} {word}".strip() for way in ways or [""] for word in _SLOTS[name].split()]
