"""A terminal that shows what documents and models wrote, and does nothing that they wrote.

A text from elsewhere may hold escape codes that clear the screen, set the window's title or hide a
line. They are shown as signs of one letter each; colours and live lines of our own still work.
"""

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.segment import Segment

_PLAIN = {9, 10}
"""Tab and line feed."""
_SIGNS = {code: 0x2400 + code for code in range(32) if code not in _PLAIN}
_SIGNS |= {127: 0x2421} | dict.fromkeys(range(128, 160), 0xFFFD)


def harmless(text: str) -> str:
    """A text with a visible sign in the place of each control character."""
    return text.translate(_SIGNS)


class SafeConsole(Console):
    """rich's console, on standard output or standard error, for texts that anybody wrote."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr)
        self.push_render_hook(_Harmless())


class _Harmless(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Shown(one) for one in renderables]


class _Shown:
    """Anything that can be printed, without the control characters in its texts."""

    def __init__(self, inner: ConsoleRenderable) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for one in console.render(self._inner, options):
            yield one if one.control else Segment(harmless(one.text), one.style)
