"""How the app runs: the only reader of the environment. Every variable begins with ASSISTANT_ and has a default."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from platformdirs import user_cache_path, user_data_path
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from finetune.model import SHIPPED
from retrieval.embeddings import EMBEDDED as EMBEDDED_EMBEDDER

APP = "outfit-assistant"
PREFIX = "ASSISTANT_"
SAMPLE = "sample"
EMBEDDED_VISION = "embedded"


class SettingsError(ValueError):
    """A setting that makes no sense; the message names the variable."""


class Settings(BaseModel):
    """Where things are and which engines do the work. Field `shop` is read from ASSISTANT_SHOP, and so on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shop: str = SAMPLE  # "sample", or a folder that `python -m retrieval build` wrote
    data: Path = user_data_path(APP)  # conversations
    cache: Path = user_cache_path(APP)  # the sample shop's index; can be deleted at any time
    embedder: str = EMBEDDED_EMBEDDER
    chroma: str | None = None  # where the shop's Chroma server is now, if not at the address it was built with
    complement: Path | None = None  # the encoder of what complements, as `python -m finetune.distil` leaves it; else what ships
    stylist: Path = SHIPPED  # a folder of trained parts and their weights, as `python -m finetune.weigh` leaves it
    base: str | None = None  # a language model as the stylist instead: embedded, a hub id, or a folder
    adapter: Path | None = None  # a PEFT adapter for it, or for the embedded one
    model: str = "planner"  # the conversation model: the embedded planner, or a model's name at base_url
    base_url: str | None = None  # an OpenAI-compatible endpoint
    api_key: SecretStr = SecretStr("none")
    timeout: float = 30  # seconds that an endpoint may take
    vision: str = (
        EMBEDDED_VISION  # who looks at photos: the embedded captioner, LLaVA (or a hub id, a folder), a name at vision_url
    )
    vision_url: str | None = None  # an OpenAI-compatible endpoint whose model takes pictures
    vision_key: SecretStr = SecretStr("none")

    @classmethod
    def from_env(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings that the environment states. Raises SettingsError with the variable's name."""
        given = {
            name: environment[PREFIX + name.upper()] for name in cls.model_fields if environment.get(PREFIX + name.upper())
        }
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            raise SettingsError(f"{PREFIX}{str(first['loc'][0]).upper()}: {first['msg']}.") from error
        if "stylist" in given and (settings.base or settings.adapter):
            raise SettingsError(
                f"{PREFIX}STYLIST is a stylist of its own: set it, or {PREFIX}BASE and {PREFIX}ADAPTER, not both."
            )
        if settings.model != "planner" and not settings.base_url:
            raise SettingsError(
                f"{PREFIX}MODEL={settings.model} needs {PREFIX}BASE_URL, the address of an OpenAI-compatible endpoint."
            )
        if settings.vision_url and settings.vision == EMBEDDED_VISION:
            raise SettingsError(f"{PREFIX}VISION_URL needs {PREFIX}VISION, the name of the model there.")
        return settings

    def shop_folder(self) -> Path:
        """The folder of the shop's index."""
        return self.cache / "shops" / SAMPLE if self.shop == SAMPLE else Path(self.shop)
