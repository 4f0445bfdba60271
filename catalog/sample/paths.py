"""SVG paths written by their left half: what the garments' outlines need of geometry (all units of a 400 square)."""

import re

Point = tuple[float, float]
Step = tuple[str, list[Point]]  # an absolute M, L, C, Q or Z command and its points
MIDDLE = 200


def whole(half: str) -> str:
    """The closed outline whose left half runs down from the middle line's top to its bottom."""
    steps = _steps(half)
    back = []
    for (_, before), (command, points) in zip(steps[-2::-1], steps[:0:-1], strict=True):
        back.append((command, [_across(point) for point in [*points[-2::-1], before[-1]]]))
    return f"{half} {_written(back)} Z"


def twin(path: str) -> str:
    """The path and its mirror image."""
    return f"{path} {_written([(command, [_across(point) for point in points]) for command, points in _steps(path)])}"


def dots(data: str) -> str:
    """Circles of one radius: "3 100,120 140,120"."""
    radius, *centres = data.split()
    return " ".join(_dot(float(radius), *map(float, centre.split(","))) for centre in centres)


def _dot(radius: float, x: float, y: float) -> str:
    around = f"a{radius} {radius} 0 1 0"
    return f"M{x - radius} {y}{around} {2 * radius} 0{around} {-2 * radius} 0Z"


def _across(point: Point) -> Point:
    return 2 * MIDDLE - point[0], point[1]


def _steps(path: str) -> list[Step]:
    steps = []
    for command, numbers in re.findall(r"([MLCQZ])([^MLCQZ]*)", path):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        steps.append((command, list(zip(values[::2], values[1::2], strict=True))))
    return steps


def _written(steps: list[Step]) -> str:
    return " ".join(command + " ".join(f"{x:g} {y:g}" for x, y in points) for command, points in steps)
