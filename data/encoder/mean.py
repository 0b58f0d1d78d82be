"""Write the mean of two teachings of the encoder, as what ships.

Taught from one base, they lie so near each other that what lies between them does
nearly as well as the better of the two in everything (Wortsman et al., "Model soups",
2022): one that is taught on more dialogues, and one that heard more wishes.
    PYTHONPATH=src:data:data/encoder python data/encoder/mean.py FIRST SECOND SHARE
FIRST, SECOND: files as `teach.py` writes them. SHARE: of the second, 0 to 1.
"""

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import train
from ship import OUT, eight_bits

Stored = Mapping[str, npt.NDArray[Any]]


def main() -> None:
    """Write `src/stepaside/models/encoder.npz`."""
    first, second = (dict(np.load(x, allow_pickle=False)) for x in sys.argv[1:3])
    share = float(sys.argv[3])
    arrays: dict[str, Any] = {}
    for name, own in first.items():
        if np.array_equal(own, second[name]):
            arrays[name] = own
        elif own.dtype == np.int8:
            both = (_whole(x, name) for x in (first, second))
            arrays[name], arrays[f"{name}.scales"] = eight_bits(_mean(*both, share))
        elif not name.endswith(".scales"):
            made = _mean(own.astype(np.float32), second[name], share)
            arrays[name] = made.astype(own.dtype)
    train.store(arrays, OUT)
    print(f"{OUT.stat().st_size:,} bytes in {OUT.name}")


def _whole(stored: Stored, name: str) -> Any:
    return stored[name] * stored[f"{name}.scales"].astype(np.float32)[:, None]


def _mean(first: Any, second: Any, share: float) -> Any:
    return (1 - share) * first + share * second


if __name__ == "__main__":
    main()
