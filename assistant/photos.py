"""Photos: what came, what each shows, and what was wrong with it."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from PIL import Image

from assistant.floor.shopfloor import Stopwatch
from assistant.understanding.understood import Anchor
from catalog.captions import Captioner
from catalog.descriptions import NO_GARMENT, AnswerError, Description, NoAnswer
from catalog.images import PictureError, open_picture
from catalog.vision import EmbeddedCaptioner

log = logging.getLogger(__name__)

MAX_PHOTOS = 8  # of one message
PAUSE = 30.0  # seconds for which a vision model that gave no answer is not asked again


@dataclass(frozen=True)
class Photo:
    """A photo as it came: its name, and its bytes or where they lie."""

    name: str
    source: bytes | Path


@dataclass(frozen=True)
class Sight:
    """What photos show: each garment, a sentence for each photo that cannot be used, and how many show no garment."""

    seen: Sequence[Anchor] = ()
    trouble: Sequence[str] = ()
    empty: int = 0


@dataclass
class Eyes:
    """Looks at photos.

    `vision` is a larger model that is asked first. Of what it cannot say, and while it does not answer, the embedded captioner
    tells, which is loaded when it is first needed and looks for one thread at a time.
    """

    vision: Captioner | None = None
    clock: Callable[[], float] = time.monotonic
    _embedded: EmbeddedCaptioner | None = None
    _asked_again: float = float("-inf")  # when, by the clock
    _lock: Lock = field(default_factory=Lock)

    def see(self, photos: Sequence[Photo], watch: Stopwatch) -> Sight:
        """What the photos show."""
        pictures, trouble = [], []
        for photo in photos[:MAX_PHOTOS]:
            try:
                with watch.stage("open photos"):
                    pictures.append(open_picture(photo.source, photo.name))
            except PictureError as error:
                trouble.append(str(error))
        if len(photos) > MAX_PHOTOS:
            trouble.append(f"I look at {MAX_PHOTOS} photos at a time; the others I left out.")
        if not pictures:
            return Sight(trouble=trouble)
        described = self._described(pictures, watch)
        shown = [garments for garments in described if not isinstance(garments, AnswerError)]
        anchors = [_seen(garment, beside=len(garments) > 1) for garments in shown for garment in garments]
        return Sight(anchors, trouble, empty=len(described) - len(shown))

    def _described(self, pictures: Sequence[Image.Image], watch: Stopwatch) -> list[list[Description] | AnswerError]:
        """The garments of each picture, or that it shows none."""
        told = self._asked(pictures, watch)
        untold = [place for place, answer in enumerate(told) if isinstance(answer, AnswerError) and str(answer) != NO_GARMENT]
        if not untold:
            return told
        with self._lock:
            if self._embedded is None:
                with watch.stage("load captioner"):
                    self._embedded = EmbeddedCaptioner()
            with watch.stage("caption photos"):
                looked = self._embedded.describe_each([pictures[place] for place in untold])
        for place, answer in zip(untold, looked, strict=True):
            told[place] = answer
        return told

    def _asked(self, pictures: Sequence[Image.Image], watch: Stopwatch) -> list[list[Description] | AnswerError]:
        """What the vision model says of each picture; NoAnswer of all where there is none, or it is left alone for a while."""
        if self.vision is None or self.clock() < self._asked_again:
            return [NoAnswer("not asked")] * len(pictures)
        told: list[list[Description] | AnswerError]
        try:
            with watch.stage("ask the vision model"):
                told = list(self.vision.describe_each(pictures))
        except Exception as error:  # noqa: BLE001 - whatever befalls another's model, the shopper gets an answer
            told = [NoAnswer(f"{type(error).__name__}: {error}")] * len(pictures)
        reasons = sorted({str(answer) for answer in told if isinstance(answer, NoAnswer)})
        if reasons:
            self._asked_again = self.clock() + PAUSE
            log.warning("The embedded captioner looks, for %s", "; ".join(reasons))
        return told


def _seen(description: Description, beside: bool) -> Anchor:
    kinds = tuple(kind for kind, _ in description.alternatives if kind != description.kind)
    return Anchor(
        caption=description.caption,
        slot=description.slot,
        kind=description.kind,
        source="photo",
        unsure=description.unsure,
        alternatives=kinds[:2],
        beside=beside,
    )
