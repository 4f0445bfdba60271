"""The only maker of chat models: the embedded planner, or a model behind an OpenAI-compatible endpoint."""

from langchain_core.language_models import BaseChatModel

from assistant.planner import Planner
from assistant.settings import Settings
from retrieval.index import CaptionIndex


def make_chat_models(settings: Settings, index: CaptionIndex) -> list[BaseChatModel]:
    """The conversation model that the settings name, and those that take over, in order, when it does not answer."""
    planner = Planner(brands=lambda: index.brands, currency=lambda: index.manifest.currency)
    return [planner] if settings.model == "planner" else [_at_endpoint(settings), planner]


def _at_endpoint(settings: Settings) -> BaseChatModel:
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(
        model=settings.model,
        base_url=settings.base_url,
        api_key=settings.api_key,
        temperature=0,
        timeout=settings.timeout,
        max_retries=1,
        use_responses_api=False,  # what vLLM and Ollama serve
    )
