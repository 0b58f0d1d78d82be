"""A conversational AI that knows when to step aside for a real person."""

__version__ = "0.1.0"
