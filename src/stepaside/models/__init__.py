"""What the local brain and its detectors know of language. Runs on numpy alone.

numpy's OpenBLAS starts a thread for every core when it is loaded, and they spin beside
the other work of a server; nothing here multiplies anything large enough to gain. It
reads these names once, at the import of numpy, so they stand before any module that
imports it. Who sets them keeps their value.
"""

import os
from typing import Final

_ONE_THREAD: Final = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")

for _name in _ONE_THREAD:
    os.environ.setdefault(_name, "1")
