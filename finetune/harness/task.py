"""The task's class: lm-evaluation-harness's multiple choice, which here refuses to have its questions framed twice."""

from typing import Any

from lm_eval.api.task import ConfigurableTask

from finetune.tasks import TaskError

FRAMED_TWICE = "outfit_fitb frames its questions itself: leave out --apply_chat_template and --system_instruction."


class FramedQuestions(ConfigurableTask):  # type: ignore[misc]
    """A multiple choice whose documents hold the whole prompt, with the chat template's special tokens."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config={name: value for name, value in config.items() if name != "class"})

    def construct_requests(self, doc: dict[str, Any], ctx: str, **options: Any) -> Any:
        """One request for each answer. Raises TaskError where lm-eval has put anything around the prompt."""
        if ctx != doc["start"]:
            raise TaskError(FRAMED_TWICE)
        return super().construct_requests(doc, ctx, **options)
