"""The page: chat with photos, answers as they come, pictured cards. What is shown is decided in assistant/page.py."""

import os
from collections.abc import Callable, Sequence

import streamlit as st

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch, as in assistant/__main__.py
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
st.set_page_config("Outfit assistant", ":material/checkroom:", "wide")
with st.spinner("Waking up"):  # only the first visitor sees it: this imports torch
    from assistant import page
    from assistant.agent import Assistant, Token
    from assistant.console import MENDABLE, quiet_libraries
    from assistant.photos import Photo
    from assistant.settings import Settings

    quiet_libraries()

# Ours alone: nothing from a catalogue or a shopper passes through HTML or Markdown, st.text shows it as it stands.
STYLE = """<style>
[data-testid="stMainBlockContainer"], [data-testid="stBottomBlockContainer"] {max-width: 64rem; margin: 0 auto}
[data-testid="stMainBlockContainer"] {padding-top: 2.5rem}
[data-testid="stText"] {font-family: inherit; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.55}
[data-testid="stText"] * {color: inherit; white-space: inherit}
.st-key-greeting, .st-key-opening {padding-top: 12vh}
[data-testid="stChatMessage"] {background: none; padding: 0.25rem 0}
[data-testid="stChatMessage"]:has([class*="st-key-shopper-"]) > :first-child {display: none}
[data-testid="stChatMessage"]:has([class*="st-key-shopper-"]) [data-testid="stVerticalBlock"] {align-items: flex-end}
[class*="st-key-shopper-"] {background: #efe9df; border-radius: 1.1rem 1.1rem 0.25rem 1.1rem; padding: 0.7rem 1rem; max-width: 34rem}
[class*="st-key-shopper-"] img {border-radius: 0.6rem}
[class*="st-key-shopper-"] [class*="st-key-chips-"] {align-items: center}
[class*="st-key-cards-"] {display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: 1rem}
[class*="st-key-cards-"] > * {width: auto; height: 100%}
[class*="st-key-card-"] {background: #fff; border: 1px solid #e9e4db; border-radius: 0.9rem; overflow: hidden; gap: 0.3rem; height: 100%;
  padding-bottom: 0.7rem; position: relative}
[class*="st-key-card-"] > :not(:has(img)) {padding: 0 0.85rem}
[class*="st-key-card-"] > :has(a) {margin-top: auto}
[class*="st-key-card-"] img {border-radius: 0}
[class*="st-key-card-"] > :has(> [class*="st-key-number-"]) {position: absolute; top: 0.6rem; left: 0.6rem; width: auto; padding: 0; z-index: 1}
[class*="st-key-number-"] [data-testid="stText"] {background: #2b2723; color: #fff; border-radius: 1rem; min-width: 1.5rem; height: 1.5rem;
  line-height: 1.5rem; text-align: center; font-size: 0.8rem; padding: 0 0.3rem}
[class*="st-key-price-"] [data-testid="stText"] {font-size: 0.9rem; padding-top: 0.4rem; color: #7a4a3a}
[class*="st-key-title-"] [data-testid="stText"] {font-weight: 600; font-size: 0.95rem; line-height: 1.35}
[class*="st-key-reason-"] [data-testid="stText"] {font-size: 0.85rem; line-height: 1.45}
[class*="st-key-small-"] [data-testid="stText"] {font-size: 0.8rem; line-height: 1.4; color: #7b736a}
[class*="st-key-chips-"] [data-testid="stText"] {background: #fbfaf7; border: 1px solid #e4dfd6; border-radius: 1rem; padding: 0.1rem 0.7rem;
  font-size: 0.9rem}
@media (max-width: 640px) {
  [data-testid="stChatMessageAvatarCustom"] {display: none}
  [data-testid="stMainBlockContainer"] {padding-left: 1rem; padding-right: 1rem}
  h1 {font-size: 2rem !important}
  [class*="st-key-cards-"] {gap: 0.7rem}
}
</style>"""


@st.cache_resource(show_spinner=False, hash_funcs={Settings: repr})
def open_assistant(settings: Settings, _say: Callable[[str], None]) -> Assistant:
    """One assistant for all visitors."""
    return Assistant.open(settings, _say)


def main() -> None:
    """The page, from top to bottom."""
    st.html(STYLE)
    try:
        settings = Settings.from_env()
        assistant = opened(settings)
    except MENDABLE as error:
        st.error("The shop cannot open:", icon=":material/door_front:")
        st.text(str(error))
        return
    take_up_conversation(assistant)
    with st.sidebar:
        show_shop(settings, assistant)
        understood = st.container()
    converse(assistant, write_message())
    with understood:
        show_understood()


def opened(settings: Settings) -> Assistant:
    """The assistant; who comes first sees what takes its time, and who has seen it open is not told again."""
    if "turns" in st.session_state:
        return open_assistant(settings, lambda _: None)
    place = st.empty()
    with place.container(key="opening"):
        st.title("One moment, please", anchor=False)
        status = st.status("Opening the shop …")
    try:
        return open_assistant(settings, lambda text: status.update(label=f"{text} …"))
    finally:
        place.empty()


def take_up_conversation(assistant: Assistant) -> None:
    """The conversation that the address names, read back from memory when this visit has not got it yet."""
    thread = page.thread_of(st.query_params.get("thread"))
    if st.session_state.get("thread") != thread:
        st.session_state.thread, st.session_state.turns = thread, page.turns_of(assistant.history(thread))
        st.query_params["thread"] = thread


def show_shop(settings: Settings, assistant: Assistant) -> None:
    """Whose shop this is, and a fresh start."""
    st.subheader("Outfit assistant", anchor=False)
    with st.container(key="small-shop"):
        st.text(f"{page.name_of(settings)} · {len(assistant.floor.index):,} items")
    if st.button("New conversation", icon=":material/add:", width="stretch"):
        del st.query_params["thread"]
        st.rerun()


def show_understood() -> None:
    """What the assistant goes by, so that it can be put right."""
    turns = st.session_state.turns
    understood = turns[-1].understood if turns else {}
    for heading, words in understood.items():
        with st.container(key=f"small-{heading}"):
            st.text(heading)
        with st.container(key=f"chips-{heading}", horizontal=True, gap="small"):
            for word in words:
                st.text(word, width="content")
    if understood:
        st.caption("Not what you meant? Just say so, for example “no, it is dark green”.")


def write_message() -> tuple[str, list[Photo]] | None:
    """What the shopper sends: words, photos, or both; or an example that was clicked."""
    message = st.chat_input(
        "Ask what goes with what, or send photos", accept_file="multiple", file_type=page.PHOTO_TYPES, submit_mode="disable"
    )
    if message:
        return message.text, [Photo(file.name, file.getvalue()) for file in message.files]
    example = st.session_state.pop("example", None)
    return (example, []) if example else None


def converse(assistant: Assistant, message: tuple[str, list[Photo]] | None) -> None:
    """The conversation so far, and the new turn if there is one."""
    turns = st.session_state.turns
    if not turns and not message:
        greet()
    for place, turn in enumerate(turns):
        show_message(turn, place)
        with st.chat_message("assistant", avatar=":material/checkroom:"):
            show_answer(turn, place)
    if message:
        text, photos = message
        turns.append(page.Turn(text, page.snapshots(photos)))
        show_message(turns[-1], len(turns) - 1)
        with st.chat_message("assistant", avatar=":material/checkroom:"):
            answer(assistant, turns[-1], photos)
            show_answer(turns[-1], len(turns) - 1)


def greet() -> None:
    """An empty conversation: what one can do here."""
    with st.container(key="greeting"):
        st.title("What goes with what you have?", anchor=False)
        st.write("Tell me about a piece you own, or send a photo of it, and I look through the shop for what goes with it.")
        for example in page.EXAMPLES:
            st.button(example, icon=":material/arrow_forward:", on_click=st.session_state.update, kwargs={"example": example})


def answer(assistant: Assistant, turn: page.Turn, photos: Sequence[Photo]) -> None:
    """Have the turn answered, with what is being done and the reply as it comes in sight."""
    place, said = st.empty(), ""
    with place.container(), st.spinner("Thinking"):
        coming = st.empty()
        for event in page.ask(assistant, turn, photos, st.session_state.thread):
            said += event.text if isinstance(event, Token) else ""
            coming.text(said or f"{event.text} …")
    place.empty()


def show_message(turn: page.Turn, place: int) -> None:
    """What the shopper said and sent."""
    with st.chat_message("user"), st.container(key=f"shopper-{place}", width="content"):
        if turn.photos:
            with st.container(horizontal=True, gap="small", key=f"chips-{place}"):
                for photo in turn.photos:
                    if photo.picture:
                        st.image(photo.picture, width=112)
                    else:
                        st.text(photo.words, width="content")
        if turn.text:
            st.text(turn.text)


def show_answer(turn: page.Turn, place: int) -> None:
    """The reply, with cards where it lists items."""
    for number, block in enumerate(page.blocks(turn.reply, turn.cards)):
        if isinstance(block, str):
            st.text(block)
        else:
            with st.container(key=f"cards-{place}-{number}"):
                for rank, card in enumerate(block):
                    show_card(card, f"{place}-{number}-{rank}")
    if turn.error:
        st.error("Sorry, I could not answer that.", icon=":material/error:")
        st.text(turn.error)


def show_card(card: page.Card, key: str) -> None:
    """One item. A meter is drawn only for a score that means something."""
    with st.container(key=f"card-{key}"):
        if card.number:
            with st.container(key=f"number-{key}"):
                st.text(str(card.number))
        st.image(card.picture, width="stretch")
        for part, text in (("price", card.price), ("title", card.title), ("reason", card.reason), ("small", card.caption)):
            if text:
                with st.container(key=f"{part}-{key}"):
                    st.text(text)
        if card.meter is not None:
            st.progress(card.meter, f"Goes together: {card.meter:.0%}")
        if card.link:
            st.link_button("See it in the shop", card.link, type="tertiary")


main()
