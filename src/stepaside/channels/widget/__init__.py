"""The chat on a website. Its contacts read from us: there is nothing to send."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

STATIC: Final[Traversable] = files(__name__) / "static"
"""What a browser loads: the custom element, and a page that shows it."""
SCRIPT: Final = "stepaside-widget.js"
"""The custom element, in `STATIC`."""
