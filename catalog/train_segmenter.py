"""Trains the segmenter on made-up shop pictures: `python -m catalog.train_segmenter --photos DIR --out catalog/weights`.

`--photos` is `clothing_photos`, whose training photos lend floors; Fashion-MNIST lends outlines. Half an hour on two cores.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from catalog.composed import Array, Floor, compose, drawn_outlines, shop_outlines
from catalog.fashion_mnist import read_fashion_mnist
from catalog.images import open_picture
from catalog.photos import read_photos
from catalog.region import SIDE, lit
from catalog.segmenter import WEIGHTS, Segmenter

STEPS, BATCH, RATE = 2500, 24, 4e-3
OUTLINES = 20_000  # of Fashion-MNIST
DRAWN = 150  # times that each drawing stands among them: nearly half of the pictures show a drawing
FLOORS = 300
RIM = 0.14  # share of a photo's side that shows its floor


def photo_floor(photo: Path) -> Floor:
    """A ground made of one of the photo's rims."""
    picture = open_picture(photo)
    picture.thumbnail((400, 400))
    wide, high = picture.size
    rims = (
        (0, 0, wide, RIM * high),
        (0, (1 - RIM) * high, wide, high),
        (0, 0, RIM * wide, high),
        ((1 - RIM) * wide, 0, wide, high),
    )

    def floor(rng: np.random.Generator, height: int, width: int) -> Array:
        rim = picture.crop(tuple(round(side) for side in rims[rng.integers(len(rims))]))  # type: ignore[arg-type]
        return np.asarray(rim.resize((width, height), Image.Resampling.BICUBIC), np.float32) / 255

    return floor


def train(photos: Path, steps: int = STEPS, seed: int = 1) -> Segmenter:
    """A net from nothing, by cross-entropy and half the Dice loss; prints how well the last hundred pictures overlapped."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    shown = read_fashion_mnist()[0]
    outlines = drawn_outlines() * DRAWN + shop_outlines(shown[rng.choice(len(shown), OUTLINES, replace=False)])
    floors = [photo_floor(photo.path) for photo in [photo for photo in read_photos(photos) if photo.part == "train"][:FLOORS]]
    net = Segmenter()
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    for step in range(1, steps + 1):
        lab, mask, inside = _batch([compose(rng, outlines, floors) for _ in range(BATCH)])
        odds = net(lab)
        entropy = (functional.binary_cross_entropy_with_logits(odds, mask, reduction="none") * inside).sum() / inside.sum()
        share = odds.sigmoid() * inside
        both, either = (share * mask).sum((1, 2)), share.sum((1, 2)) + mask.sum((1, 2))
        loss = entropy + 0.5 * (1 - ((2 * both + 1) / (either + 1)).mean())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 100 == 0:
            print(f"{step} of {steps}: loss {loss.item():.3f}", flush=True)
    return net.eval()


def _batch(pairs: list[tuple[np.ndarray, Array]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """OKLab pictures filled up to squares, their masks, and where there is a picture at all."""
    lab, masks, inside = np.zeros((len(pairs), SIDE, SIDE, 3), np.float32), *np.zeros((2, len(pairs), SIDE, SIDE), np.float32)
    for place, (picture, mask) in enumerate(pairs):
        part = (place, slice(picture.shape[0]), slice(picture.shape[1]))
        lab[part], masks[part], inside[part] = lit(picture), mask, 1
    return torch.from_numpy(lab).permute(0, 3, 1, 2), torch.from_numpy(masks), torch.from_numpy(inside)


def write_segmenter(net: Segmenter, folder: Path) -> Path:
    """The net as a safetensors file in half precision; returns its path."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / WEIGHTS
    save_file({name: value.half() if value.is_floating_point() else value for name, value in net.state_dict().items()}, path)
    return path


def main(arguments: list[str] | None = None) -> None:
    """Train the net that finds garments, and write its weights."""
    parser = argparse.ArgumentParser(prog="python -m catalog.train_segmenter", description=main.__doc__)
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="the clothing_photos data set")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the weights")
    parser.add_argument("--steps", type=int, default=STEPS, metavar="N", help="training steps")
    chosen = parser.parse_args(arguments)
    print(write_segmenter(train(chosen.photos, chosen.steps), chosen.out))


if __name__ == "__main__":
    main()
