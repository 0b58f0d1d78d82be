# ruff: noqa: INP001 (beside the scripts that share it)
"""Weigh several views of the same by how often each comes true."""

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


def regress(views: Numbers, wanted: Numbers, weight: Numbers) -> Numbers:
    """Fit log-odds by Newton's method, with a little restraint."""
    found = np.zeros(views.shape[1])
    for _ in range(30):
        share = 1 / (1 + np.exp(-views @ found))
        slope = views.T @ (weight * (share - wanted)) + 0.1 * found
        curve = (views * (weight * share * (1 - share))[:, None]).T @ views
        found -= np.linalg.solve(curve + 0.1 * np.eye(len(found)), slope)
    return found
