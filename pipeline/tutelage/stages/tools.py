"""Tool use: requests, calls that are run, and answers with what they returned."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.stage import Generating
from tutelage.core.artifacts import Rows
from tutelage.core.config import at
from tutelage.core.errors import TaxonomyError
from tutelage.core.fences import unfenced
from tutelage.generation.leaf_choice import LeafChoice
from tutelage.generation.prompt_templates import TemplateFile, render
from tutelage.generation.tool_use import Trace
from tutelage.models.chat import Completion, Message, Request, Sampling, unusable
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Leaf, Taxonomy
from tutelage.taxonomy.tool import Tool
from tutelage.verifiers.sandbox import CallError, SandboxLimits, call_function
from tutelage.verifiers.tool_calls import ToolInvocation, calls_in, misfit, tries_to_call

_SHOWN = 3
"""Seeds in a prompt."""
Asked = list[tuple[Trace, Completion]]


class Tools(LeafChoice, Generating):
    """Let the teacher write requests for a leaf's tools, call them, and answer with the results.

    Calls are checked (name, arguments by the schema), run in the sandbox where the tool is a Python
    function, and else returned by the teacher in the tool's place; the answer must use what was
    returned. Other tools of the leaf and of other leaves stand beside the one needed, and a share
    of requests needs none. Traces are trained on as they are, by the student's own template
    (Toolformer, arXiv:2302.04761; ToolLLM, arXiv:2307.16789).
    """

    version: ClassVar[int] = 2

    samples: int = Field(20, gt=0)
    """Traces wanted for each leaf with tools that does not say so itself."""
    no_call: float = Field(0.2, ge=0, lt=1)
    """Share of requests for which no tool is needed."""
    distractors: int = Field(3, ge=0)
    """Other tools that stand beside the one that is needed, at most."""
    calls: int = Field(2, gt=0)
    """Calls in a trace, at most."""
    seconds: int = Field(5, gt=0)
    """How long a tool may run."""
    memory_mb: int = Field(512, gt=0)
    """Memory that a tool may take."""
    temperature: float = Field(0.7, ge=0)
    """How freely requests are sampled; calls and answers take the likeliest tokens."""
    max_tokens: int = Field(256, gt=0)
    """Tokens of a request, a call or an answer, at most."""
    request_template: TemplateFile = "tools_request"
    """Prompt that asks for a user's request."""
    turn_template: TemplateFile = "tools_turn"
    """Prompt that asks for a call or an answer."""
    result_template: TemplateFile = "tools_result"
    """Prompt that asks what a tool without code returns."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Raises TaxonomyError where no leaf has tools; tries the templates."""
        if taxonomy is None:
            return
        leaves = self.chosen(taxonomy)
        if not leaves:
            where = at(taxonomy.leaves[0].file, "tools")
            raise TaxonomyError(
                f"{where}: no leaf to work on has `tools`; give schemas or a Python file"
            )
        for leaf in leaves:
            self._check_files(leaf)
        leaf = leaves[0]
        trace = Trace(0, leaf, leaf.tools[0], [*leaf.tools], "Where is it?")
        self._ask_request(trace)
        self._ask_turn(trace)
        self._ask_result(trace, ToolInvocation(leaf.tools[0].name, {}))

    def run(self, context: Context, taxonomy: Taxonomy, teacher: Model) -> Rows:
        """Rows with `messages` (calls and results among them) and the `tools` that were offered.

        Rejected rows say what was wrong: the call, the tool, or an answer that does not use the
        result. `stats` count traces by the tool they were for.
        """
        leaves = self.chosen(taxonomy)
        every = [tool for leaf in leaves for tool in leaf.tools]
        traces = [one for leaf in leaves for one in self._begin(context, leaf, every)]
        self._write_requests(context, teacher, traces)
        for step in range(self.calls + 1):
            self._step(context, teacher, [one for one in traces if one.goes_on], step)
        for trace in traces:
            if trace.goes_on:
                trace.reason = f"tool: no answer after {self.calls} calls"
        rows = [trace.row(context, teacher) for trace in traces]
        kept = [row for row in rows if "reason" not in row]
        stats = {"by_tool": dict(Counter(row["tool"] or "none" for row in kept))}
        return Rows(kept, [row for row in rows if "reason" in row], {"tools": stats})

    def _check_files(self, leaf: Leaf) -> None:
        """Raises TaxonomyError where a file of functions cannot be loaded in the sandbox."""
        limits = SandboxLimits(self.seconds, self.memory_mb)
        for code in {tool.code: None for tool in leaf.tools if tool.code}:
            try:
                call_function(f"{code}\n\ndef _loads():\n    return 1\n", "_loads", {}, limits)
            except CallError as exc:
                names = ", ".join(tool.name for tool in leaf.tools if tool.code == code)
                where = at(leaf.file, "tools")
                raise TaxonomyError(
                    f"{where}: the file of {names} cannot be loaded in the sandbox, where nothing "
                    f"but the standard library is: {exc}"
                ) from exc

    def wanted(self, leaf: Leaf) -> int:
        """Traces wanted for a leaf."""
        return round((leaf.samples or self.samples) * self.weight(leaf))

    def _write_requests(self, context: Context, teacher: Model, traces: Sequence[Trace]) -> None:
        seen = set[str]()
        for trace, answer in self._asked(
            context, teacher, traces, self._ask_request, "request", self.temperature
        ):
            trace.question = unfenced(trace.takes(answer))
            if reason := unusable(answer):
                trace.reason = f"request {reason}"
            elif trace.question in seen:
                trace.reason = "written before"
            seen.add(trace.question)

    def _step(self, context: Context, teacher: Model, traces: Sequence[Trace], step: int) -> None:
        """The next call of each trace, or its answer."""
        calling: list[tuple[Trace, ToolInvocation]] = []
        for trace, answer in self._asked(context, teacher, traces, self._ask_turn, f"turn/{step}"):
            text = trace.takes(answer)
            calls = calls_in(text)
            if reason := unusable(answer):
                trace.reason = f"turn {reason}"
            elif not calls and tries_to_call(text):
                trace.reason = "tool: a call that cannot be read"
            elif not calls:
                trace.answer = text
            elif step == self.calls:
                trace.reason = f"tool: no answer after {self.calls} calls"
            elif reason := misfit(calls[0], [tool.schema for tool in trace.offered]):
                trace.reason = f"tool: {reason}"
            elif any(call == calls[0] for call, _ in trace.done):
                trace.reason = "tool: the same call again"
            else:
                calling.append((trace, calls[0]))
        self._execute(context, teacher, calling, step)

    def _execute(
        self,
        context: Context,
        teacher: Model,
        calling: Sequence[tuple[Trace, ToolInvocation]],
        step: int,
    ) -> None:
        """Run the calls; tools without code are played by the teacher."""
        limits = SandboxLimits(self.seconds, self.memory_mb)
        played: dict[str, ToolInvocation] = {}
        for trace, call in calling:
            tool = next(one for one in trace.offered if one.name == call.name)
            if tool.code:
                result = trace.execute(call, limits)
                trace.done.append((call, result))
            else:
                played[trace.name] = call
        playing = [trace for trace, _ in calling if trace.name in played]

        def ask(trace: Trace) -> tuple[Message, ...]:
            return self._ask_result(trace, played[trace.name])

        for trace, answer in self._asked(context, teacher, playing, ask, f"result/{step}"):
            text = unfenced(trace.takes(answer))
            try:
                trace.done.append((played[trace.name], json.loads(text)))
            except (ValueError, RecursionError):
                trace.reason = "tool: the teacher, in its place, returned no JSON"

    def _asked(
        self,
        context: Context,
        teacher: Model,
        traces: Sequence[Trace],
        ask: Callable[[Trace], tuple[Message, ...]],
        what: str,
        temperature: float = 0.0,
    ) -> Asked:
        """One answer for each trace, all asked side by side."""
        requests = []
        for trace in traces:
            name = f"{trace.name}/{what}"
            seed = context.seed_for(name) if temperature else 0
            sampling = Sampling(self.max_tokens, temperature, 0.95, seed=seed)
            requests.append(Request(name, ask(trace), sampling, trace.leaf.path))
        found = context.answers(teacher, requests) if requests else {}
        return [(t, found[request.id]) for t, request in zip(traces, requests, strict=True)]

    def _begin(self, context: Context, leaf: Leaf, every: Sequence[Tool]) -> Iterator[Trace]:
        """The traces of a leaf: its tools in turn, a share without any, each with distractors."""
        numbers = range(self.wanted(leaf))
        for number in context.sample(numbers, leaf.path):
            draw = random.Random(context.seed_for(leaf.path, "tools", number))
            wanted = leaf.tools[number % len(leaf.tools)]
            named = {tool.name: tool for tool in every}
            others = [tool for name, tool in named.items() if name != wanted.name]
            count = min(self.distractors, len(others))
            offered = [wanted, *draw.sample(others, count)]
            draw.shuffle(offered)
            needs = draw.random() >= self.no_call
            yield Trace(number, leaf, wanted if needs else None, offered)

    def _ask_request(self, trace: Trace) -> tuple[Message, ...]:
        return render(
            self.request_template,
            task=_task(trace.leaf),
            shots=[seed.question for seed in trace.leaf.seeds[:_SHOWN]],
            tool=_json(trace.wanted.schema["function"]) if trace.wanted else "",
            tools=_tools(trace),
        )

    def _ask_turn(self, trace: Trace) -> tuple[Message, ...]:
        done = [
            (_json({"name": call.name, "arguments": call.arguments}), _json(result))
            for call, result in trace.done
        ]
        return render(
            self.turn_template,
            task=_task(trace.leaf),
            tools=_tools(trace),
            question=trace.question,
            done=done,
        )

    def _ask_result(self, trace: Trace, call: ToolInvocation) -> tuple[Message, ...]:
        tool = next(one for one in trace.offered if one.name == call.name)
        said = _json({"name": call.name, "arguments": call.arguments})
        return render(self.result_template, tool=_json(tool.schema["function"]), call=said)

    def chosen(self, taxonomy: Taxonomy) -> list[Leaf]:
        """The leaves with tools to write for; raises TaxonomyError for a name that is none."""
        return [leaf for leaf in super().chosen(taxonomy) if leaf.tools]


def _task(leaf: Leaf) -> str:
    return " ".join(leaf.task_description.split())


def _tools(trace: Trace) -> str:
    return "\n".join(_json(tool.schema["function"]) for tool in trace.offered)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
