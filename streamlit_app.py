"""The page: chat with photos, answers as they come, pictured cards. What is shown is decided in assistant/page.py."""

import os
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import streamlit as st

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch, as in assistant/__main__.py
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
st.set_page_config("Outfit assistant", ":material/checkroom:", "wide")
with st.spinner("Waking up"):  # only the first visitor sees it: this imports torch
    from assistant import page
    from assistant.agent import Assistant
    from assistant.cards import Card, Group, blocks
    from assistant.console import MENDABLE, quiet_libraries
    from assistant.photos import Photo
    from assistant.profile import HEADINGS, Profile
    from assistant.saying.gone_by import Chip
    from assistant.settings import Settings
    from assistant.voice import Token

    quiet_libraries()


@st.cache_resource(show_spinner=False, hash_funcs={Settings: repr})
def open_assistant(settings: Settings, _say: Callable[[str], None]) -> Assistant:
    """One assistant for all visitors."""
    return Assistant.open(settings, _say)


def main() -> None:
    """The page, from top to bottom."""
    st.html(Path(str(files("assistant").joinpath("page.css"))))
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
        about = st.container()
    converse(assistant, write_message())
    with understood:
        show_understood()
    with about, st.expander("About me", icon=":material/person:"):
        show_profile(assistant)


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
    """The conversation that the address names, read back from memory when this visit has not got it yet; and whose it is."""
    st.session_state.user = page.user_of(st.query_params.get("user"), st.user)
    if "@" not in st.session_state.user:
        st.query_params["user"] = st.session_state.user
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
    for heading, chips in understood.items():
        with st.container(key=f"small-{heading}"):
            st.text(heading)
        with st.container(key=f"chips-{heading}", horizontal=True, gap="small"):
            for place, chip in enumerate(chips):
                show_chip(chip, f"{heading}-{place}")
    if understood:
        st.caption("Not what you meant? Just say so, for example “no, it is dark green”.")
        send_button("Start over", "start over", icon=":material/restart_alt:", width="stretch")


def show_chip(chip: Chip, key: str) -> None:
    """A few words; with a cross where a message takes them back."""
    with st.container(key=f"chip-{key}", horizontal=True, gap=None, width="content", vertical_alignment="center"):
        st.text(chip.words, width="content")
        if chip.take_back:
            send_button("×", chip.take_back, key=f"cross-{key}", type="tertiary")


def send_button(label: str, message: str, **look: Any) -> None:
    """A button that says something for the shopper."""
    st.button(label, on_click=st.session_state.update, kwargs={"message": message}, **look)


def show_profile(assistant: Assistant) -> None:
    """What is known of the shopper for good, to be changed and forgotten. Fields of another profile are other fields."""
    try:
        profile = assistant.profiles.get(st.session_state.user)
    except MENDABLE as error:
        st.text(str(error))
        return
    now = hash(profile)
    with st.form(f"profile-{now}", border=False):
        for name, label, value, hint in (
            ("likes", "I like", profile.liked(), "green, linen, minimal"),
            ("dislikes", "I never wear", profile.dislikes.words(), "yellow, heels, wool"),
            ("sizes", "My sizes", profile.sizes, "M, 42, dress 38"),
        ):
            st.text_input(label, ", ".join(value), 3000, f"{name}-{now}", placeholder=hint)
        st.number_input(
            "At most, for one item", 0.0, None, profile.budget, 10.0, "%g", f"budget-{now}", placeholder="any price"
        )
        st.text_input("My climate", profile.climate or "", 60, f"climate-{now}", placeholder="cold, mild, warm")
        st.selectbox(
            "I shop for",
            page.GENDERS,
            page.GENDERS.index(profile.gender) if profile.gender else None,
            key=f"gender-{now}",
            placeholder="women and men",
        )
        st.form_submit_button("Save", on_click=save_profile, args=(assistant, now), width="stretch")
    if "profile_error" in st.session_state:
        st.error(st.session_state.pop("profile_error"))
    if profile != Profile():
        st.button(
            "Forget me",
            on_click=assistant.profiles.delete,
            args=(st.session_state.user,),
            icon=":material/delete:",
            width="stretch",
        )


def save_profile(assistant: Assistant, now: int) -> None:
    """Keep what the fields say."""
    try:
        profile = page.profile_of({name: st.session_state.get(f"{name}-{now}") for name in HEADINGS})
        assistant.profiles.put(st.session_state.user, profile)
    except (ValueError, *MENDABLE):
        st.session_state.profile_error = "That could not be kept. Words of up to 60 letters, with commas between them, can be."


def write_message() -> tuple[str, list[Photo]] | None:
    """What the shopper sends: words, photos, or both; or the words of a button that was clicked."""
    message = st.chat_input(
        "Ask what goes with what, or send photos", accept_file="multiple", file_type=page.PHOTO_TYPES, submit_mode="disable"
    )
    if message:
        return message.text, [Photo(file.name, file.getvalue()) for file in message.files]
    clicked = st.session_state.pop("message", None)
    return (clicked, []) if clicked else None


def converse(assistant: Assistant, message: tuple[str, list[Photo]] | None) -> None:
    """The conversation so far, and the new turn if there is one."""
    turns = st.session_state.turns
    if not turns and not message:
        greet()
    for place, turn in enumerate(turns):
        show_message(turn, place)
        with st.chat_message("assistant", avatar=":material/checkroom:"):
            show_answer(turn, place, swaps=turn is page.last_with_looks(turns) and not message)
    if message:
        text, photos = message
        known = turns[-1].items if turns else {}
        turns.append(page.Turn(text, page.snapshots(photos), items=known))
        show_message(turns[-1], len(turns) - 1)
        come_into_sight(len(turns) - 1)
        with st.chat_message("assistant", avatar=":material/checkroom:"):
            answer(assistant, turns[-1], photos)
            show_answer(turns[-1], len(turns) - 1, swaps=True)
    for choice in turns[-1].choices if turns else ():
        send_button(choice, choice, key=f"choice-{len(turns)}-{choice}", icon=":material/arrow_forward:")


def come_into_sight(place: int) -> None:
    """Scroll to a message that a button sent: the button may stand far above."""
    script = f"document.querySelector('.st-key-shopper-{place}').scrollIntoView({{behavior: 'smooth'}})"
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def greet() -> None:
    """An empty conversation: what one can do here."""
    with st.container(key="greeting"):
        st.title("What goes with what you have?", anchor=False)
        st.write("Tell me about a piece you own, or send a photo of it, and I look through the shop for what goes with it.")
        for example in page.EXAMPLES:
            send_button(example, example, icon=":material/arrow_forward:")


def answer(assistant: Assistant, turn: page.Turn, photos: Sequence[Photo]) -> None:
    """Have the turn answered, with what is being done and the reply as it comes in sight."""
    place, said = st.empty(), ""
    with place.container(), st.spinner("Thinking"):
        coming = st.empty()
        for event in page.ask(assistant, turn, photos, st.session_state.thread, st.session_state.user):
            if isinstance(event, Token):
                said = event.text if event.anew else said + event.text
            coming.text(said or f"{event.text} …".lstrip())
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


def show_answer(turn: page.Turn, place: int, swaps: bool) -> None:
    """The reply, with cards where it lists items; those of the newest looks can be swapped."""
    for number, block in enumerate(blocks(turn.reply, turn.groups)):
        if isinstance(block, str):
            st.text(block)
        else:
            show_group(block, f"{place}-{number}", swaps)
    if turn.trouble:
        st.error("Sorry, I could not answer that.", icon=":material/error:")
        st.text(turn.trouble)


def show_group(group: Group, key: str, swaps: bool) -> None:
    """Cards side by side; those of a look under what it costs and how it goes together."""
    with st.container(key=f"{'look' if group.heading else 'group'}-{key}"):
        if group.heading:
            with st.container(key=f"heading-{key}"):
                st.text(group.heading)
            if group.meter is not None:
                st.progress(group.meter, f"Goes together: {group.meter:.0%}")
        with st.container(key=f"cards-{key}"):
            for rank, card in enumerate(group.cards):
                show_card(card, f"{key}-{rank}", swaps)


def show_card(card: Card, key: str, swaps: bool) -> None:
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
        if card.swap and swaps:
            send_button("Swap", card.swap, key=f"swap-{key}", icon=":material/sync:", type="tertiary")


main()
