"""Photos: what came, what each shows, and what was wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from assistant.floor.shopfloor import Stopwatch
from assistant.understanding.understood import Anchor
from catalog.images import PictureError, open_picture
from catalog.vision import Description, EmbeddedCaptioner

MAX_PHOTOS = 8  # of one message


@dataclass(frozen=True)
class Photo:
    """A photo as it came: its name, and its bytes or where they lie."""

    name: str
    source: bytes | Path


@dataclass
class Eyes:
    """Looks at photos. The captioner is loaded with the first one; one thread looks at a time."""

    _captioner: EmbeddedCaptioner | None = None
    _lock: Lock = field(default_factory=Lock)

    def see(self, photos: Sequence[Photo], watch: Stopwatch) -> tuple[list[Anchor], list[str]]:
        """What the photos show, and a sentence for each that cannot be used."""
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
            return [], trouble
        with self._lock:
            if self._captioner is None:
                with watch.stage("load captioner"):
                    self._captioner = EmbeddedCaptioner()
            with watch.stage("caption photos"):
                described = self._captioner.describe(pictures)
        return [_seen(description) for description in described], trouble


def _seen(description: Description) -> Anchor:
    kinds = tuple(kind for kind, _ in description.alternatives if kind != description.kind)
    return Anchor(
        caption=description.caption,
        slot=description.slot,
        kind=description.kind,
        source="photo",
        unsure=description.unsure,
        alternatives=kinds[:2],
    )
