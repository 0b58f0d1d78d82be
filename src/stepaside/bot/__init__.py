"""The bot that ships: it quotes its articles."""

# Ahead of numpy, which `knowledge` imports: see there for why.
import stepaside.models  # noqa: F401
