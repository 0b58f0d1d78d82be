# ruff: noqa: INP001, T201 (a script: it prints)
"""Draw how often scores come true: `docs/reliability.svg`, from `eval --json`.

stepaside eval FILES --json | python data/reliability.py
"""

import json
import sys
from pathlib import Path
from typing import Any

OUT = Path(__file__).parents[1] / "docs/reliability.svg"
SIZE, GAP, LEFT, TOP = 220, 60, 46, 44
COLOURS = ("#0b6e99", "#a3541a", "#3d7a3d")


def main() -> None:
    """Write the picture."""
    found = json.load(sys.stdin)["detectors"]
    width = LEFT + len(found) * (SIZE + GAP)
    height = TOP + SIZE + 46
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        ' font-family="sans-serif" font-size="12" role="img"'
        ' aria-label="Scores against how often they come true">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for number, (name, one) in enumerate(found.items()):
        left = LEFT + number * (SIZE + GAP)
        parts += panel(left, name, one, COLOURS[number % len(COLOURS)])
    OUT.write_text("\n".join([*parts, "</svg>\n"]), "utf-8")
    print(f"{OUT.name}: {', '.join(found)}")


def panel(left: int, name: str, one: dict[str, Any], colour: str) -> list[str]:
    """Draw one detector: a dot for each tenth of the scale, larger for more cases."""
    bottom, right = TOP + SIZE, left + SIZE
    title = name.replace("_", " ")
    parts = [
        f'<text x="{left}" y="{TOP - 14}" font-weight="bold">{title}</text>',
        f'<rect x="{left}" y="{TOP}" width="{SIZE}" height="{SIZE}" fill="none"'
        ' stroke="#999"/>',
        f'<line x1="{left}" y1="{bottom}" x2="{right}" y2="{TOP}" stroke="#bbb"'
        ' stroke-dasharray="4 3"/>',
        f'<text x="{left}" y="{bottom + 30}">mean score</text>',
    ]
    for at in (0, 0.5, 1):
        x, y = left + at * SIZE, bottom - at * SIZE
        parts.append(f'<text x="{x - 4}" y="{bottom + 15}">{at:g}</text>')
        parts.append(
            f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{at:g}</text>'
        )
    for dot in one["reliability"]:
        x = left + dot["mean_score"] * SIZE
        y = bottom - dot["true"] * SIZE
        radius = min(14, 2.5 + dot["of"] ** 0.5 / 2)
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}"'
            f' fill-opacity="0.7"><title>{dot["of"]} cases: mean score'
            f" {dot['mean_score']:.2f}, true {dot['true']:.2f}</title></circle>"
        )
    return parts


if __name__ == "__main__":
    main()
