"""Whether text can be told from what is behind it.

Source: WCAG 2.2, "relative luminance" and "contrast ratio".
"""

from collections.abc import Sequence

from playwright.async_api import Locator

Rgb = tuple[float, float, float]

_LOOK = """(node) => {
    const behind = [];
    const up = (one) => one.assignedSlot ?? one.parentElement ?? one.getRootNode().host;
    for (let one = node; one; one = up(one))
        behind.push(getComputedStyle(one).backgroundColor);
    const paint = (colour) => {
        const context = new OffscreenCanvas(1, 1).getContext("2d");
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
        return [...context.getImageData(0, 0, 1, 1).data];
    };
    return [getComputedStyle(node).color, ...behind].map(paint);
}"""


async def contrast(text: Locator) -> float:
    """The contrast of an element's text, 1 to 21, through what is see-through."""
    colour, *layers = await text.evaluate(_LOOK)
    behind: Rgb = (255.0, 255.0, 255.0)
    for layer in reversed(layers):
        behind = _over(layer, behind)
    light, dark = sorted((_luminance(_over(colour, behind)), _luminance(behind)))[::-1]
    return (light + 0.05) / (dark + 0.05)


def _over(layer: Sequence[float], behind: Rgb) -> Rgb:
    share = layer[3] / 255
    red, green, blue = (
        top * share + under * (1 - share)
        for top, under in zip(layer, behind, strict=False)
    )
    return red, green, blue


def _luminance(colour: Rgb) -> float:
    parts = [part / 255 for part in colour]
    linear = [
        x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts
    ]
    return sum(w * x for w, x in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
