"""Photos: what came, what each shows, and what was wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from assistant.floor.shopfloor import Stopwatch
from assistant.understanding.understood import Anchor
from catalog.descriptions import AnswerError, Description
from catalog.images import PictureError, open_picture
from catalog.vision import EmbeddedCaptioner

MAX_PHOTOS = 8  # of one message


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
    """Looks at photos. The captioner is loaded with the first one; one thread looks at a time."""

    _captioner: EmbeddedCaptioner | None = None
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
        with self._lock:
            if self._captioner is None:
                with watch.stage("load captioner"):
                    self._captioner = EmbeddedCaptioner()
            with watch.stage("caption photos"):
                described = self._captioner.describe_each(pictures)
        shown = [garments for garments in described if not isinstance(garments, AnswerError)]
        anchors = [_seen(garment, beside=len(garments) > 1) for garments in shown for garment in garments]
        return Sight(anchors, trouble, empty=len(described) - len(shown))


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
