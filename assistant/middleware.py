"""Who answers a turn: the model at the endpoint while it can be relied on, else the planner, which then begins the turn anew."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import ExtendedModelResponse, ModelRequest, ModelResponse
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, RemoveMessage, ToolMessage
from langgraph.types import Command

from assistant.endpoint.model import Endpoint, TakeOver
from assistant.floor.tools import Turn
from assistant.grounding.check import Checked, Facts, grounded, slips
from assistant.memory import tidied, turns
from assistant.planner import Planner
from assistant.voice import Status, Voice

log = logging.getLogger(__name__)


@dataclass
class Talk(Turn):
    """What belongs to one turn of a conversation. `fallback`: why the planner answers instead of the endpoint's model."""

    voice: Voice | None = None
    fallback: str = ""
    begun_anew: bool = False
    told: bool = False  # the endpoint's model was told once what is wrong with its calls
    repairs: int = 0


class Conversation(AgentMiddleware[Any, Any, Any]):
    """Has each message made by the endpoint's model or by the planner, and checks what is said before the shopper sees it."""

    def __init__(
        self,
        facts: Callable[[Sequence[BaseMessage]], Facts],
        planner: Planner,
        endpoint: BaseChatModel | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._facts = facts
        self._endpoint = Endpoint(endpoint, planner, clock) if endpoint else None

    def before_agent(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        """Put the conversation so far in order."""
        changes = tidied(state["messages"])
        return {"messages": changes} if changes else None

    def wrap_model_call(self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Any]) -> Any:
        """One message of the turn: tool calls, or the reply."""
        talk: Talk = request.runtime.context
        voice = talk.voice = talk.voice or Voice(request.runtime.stream_writer)
        with talk.watch.stage("conversation"):
            if self._endpoint and not talk.fallback:
                try:
                    return self._asked(request, self._endpoint, talk, voice)
                except TakeOver as reason:
                    log.warning("The planner answers, for %s", reason)
                    talk.fallback = str(reason)
            return self._planned(request, handler, talk, voice)

    def wrap_tool_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """A tool's result; its failure is a result too, so that the conversation goes on."""
        try:
            return handler(request)
        except Exception as error:  # noqa: BLE001 - the outermost edge of a tool
            call = request.tool_call
            return ToolMessage(f"The tool failed: {error}", tool_call_id=call["id"], name=call["name"], status="error")

    def _asked(self, request: ModelRequest[Any], endpoint: Endpoint, talk: Talk, voice: Voice) -> ModelResponse[Any]:
        """What the endpoint's model says. Raises TakeOver."""
        facts = self._facts(request.messages)
        message = endpoint.message(
            request, talk, lambda text: voice.hear(text, lambda line: not slips(line, facts)), voice.take_back
        )
        checked = None if message.tool_calls else grounded(message.text, facts)
        unsearched = not any(isinstance(m, ToolMessage) for m in turns(request.messages)[-1])
        if checked and checked.slips and unsearched and endpoint.plans_to_search(request.messages):
            raise TakeOver("it named what no tool returned")
        return ModelResponse(result=[_uttered(message, checked, talk, voice)])

    def _planned(self, request: ModelRequest[Any], handler: Callable[[Any], Any], talk: Talk, voice: Voice) -> Any:
        """What the planner says. Where it takes over, it does so from the shopper's message on."""
        messages, gone = list(request.messages), []
        if talk.fallback and not talk.begun_anew:
            talk.begun_anew = True
            voice.take_back()
            gone = turns(messages)[-1][1:]
            messages = messages[: len(messages) - len(gone)]
        message = handler(request.override(messages=messages)).result[0]
        checked = self._checked(message, messages)
        response: ModelResponse[Any] = ModelResponse(result=[_uttered(message, checked, talk, voice)])
        removed = [RemoveMessage(id=str(each.id)) for each in gone]
        return ExtendedModelResponse(response, Command(update={"messages": removed}) if removed else None)

    def _checked(self, message: AIMessage, messages: Sequence[BaseMessage]) -> Checked | None:
        return None if message.tool_calls else grounded(message.text, self._facts([*messages, message]))


def _uttered(message: AIMessage, checked: Checked | None, talk: Talk, voice: Voice) -> AIMessage:
    """The message as it is kept, and as the shopper has seen it."""
    noted: dict[str, Any] = {"repairs": talk.repairs} if talk.repairs else {}
    noted |= {"fallback": talk.fallback} if talk.fallback else {}
    if checked is None:
        voice.take_back()  # what is said before looking is no reply
        voice.show(Status("Looking through the shop"))
        content = ""
    else:
        voice.finish(content := checked.text.strip())
        noted["grounding"] = {"rewritten": len(checked.slips), "slips": [slip.quote for slip in checked.slips]}
    return message.model_copy(update={"content": content, "additional_kwargs": message.additional_kwargs | noted})
