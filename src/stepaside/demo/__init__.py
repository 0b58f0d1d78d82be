"""The demo: an invented bank, what its bot knows, and real customers' messages."""
