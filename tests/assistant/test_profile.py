import json
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import ValidationError

from assistant.profile import Profile, ProfileChange, Tastes, merged
from assistant.profiles import Profiles
from assistant.settings import SettingsError
from assistant.understanding.stating import besides, stated
from retrieval.filters import Filters
from tests.conftest import ROOT

BRANDS = ["Tidewell", "Solvane", "Kestrel Lane"]
LASTING = {
    "I never wear yellow": {"dislikes": {"colours": ["yellow"]}},
    "i never wear heels or wedges, what would you suggest?": {"dislikes": {"kinds": ["heels", "wedges"]}},
    "I hate polyester": {"dislikes": {"materials": ["polyester"]}},
    "I really hate polyester and animal print.": {"dislikes": {"materials": ["polyester"], "patterns": ["animal print"]}},
    "im allergic to wool": {"dislikes": {"materials": ["wool"]}},
    "I'm allergic to wool, so show me a cotton jumper": {"dislikes": {"materials": ["wool"]}},
    "I can’t stand florals": {"dislikes": {"patterns": ["floral"]}},
    "I cannot wear leather or suede.": {"dislikes": {"materials": ["leather", "suede"]}},
    "I don't like heels any more": {"dislikes": {"kinds": ["heels"]}},
    "I don't like pink at all": {"dislikes": {"colours": ["pink"]}},
    "I don't wear skirts": {"dislikes": {"kinds": ["skirts"]}},
    "I avoid orange things": {"dislikes": {"colours": ["orange"]}},
    "Just so you know, I never wear anything in brown. A coat, please": {"dislikes": {"colours": ["brown"]}},
    "remember: no leather": {"dislikes": {"materials": ["leather"]}},
    "Please remember that I don't like turtlenecks": {"dislikes": {"kinds": ["turtlenecks"]}},
    "I never buy Tidewell": {"dislikes": {"brands": ["Tidewell"]}},
    "I never wear leather jackets": {"dislikes": {"kinds": ["leather jackets"]}},
    "I'm not a fan of dark green": {"dislikes": {"colours": ["dark green"]}},
    "I love green but I hate yellow": {"likes": {"colours": ["green"]}, "dislikes": {"colours": ["yellow"]}},
    "I love green and linen": {"likes": {"colours": ["green"], "materials": ["linen"]}},
    "I absolutely adore silk, stripes and Solvane": {
        "likes": {"materials": ["silk"], "patterns": ["striped"], "brands": ["Solvane"]}
    },
    "remember that I like minimal": {"styles": ["minimal"]},
    "my style is classic and boho": {"styles": ["classic", "boho"]},
    "My favourite colour is navy": {"likes": {"colours": ["navy"]}},
    "my favorite colors are navy and cream!": {"likes": {"colours": ["navy", "cream"]}},
    "I love navy coats": {"styles": ["navy coats"]},
    "I'm really into vintage stuff": {"styles": ["vintage"]},
    "i only ever wear flats": {"likes": {"kinds": ["flats"]}},
    "I like oversized blazers": {"styles": ["oversized blazers"]},
    "I always wear size 38": {"sizes": ["38"]},
    "I wear a size M": {"sizes": ["M"]},
    "my shoe size is 42": {"sizes": ["42"]},
    "my dress size is 40 and I never wear beige": {"sizes": ["dress 40"], "dislikes": {"colours": ["beige"]}},
    "I'm a size 42 in shoes and M in tops": {"sizes": ["42", "tops M"]},
    "I usually take M": {"sizes": ["M"]},
    "I'm size small": {"sizes": ["S"]},
    "My feet are 42.5": {"sizes": ["42.5"]},
    "my sizes are L and 44": {"sizes": ["L", "44"]},
    "I never spend more than 100 on one thing": {"budget": 100.0},
    "i never pay over £60 for anything": {"budget": 60.0},
    "My usual budget is 80 euros": {"budget": 80.0},
    "I live in a cold place": {"climate": "cold"},
    "I live somewhere hot and sunny": {"climate": "warm"},
    "it's always freezing where I live": {"climate": "cold"},
    "I live where it is rainy": {"climate": "rainy"},
    "I'm a woman looking for boots": {"gender": "women"},
    "I only shop for men's clothes": {"gender": "men"},
    "I take a 42 in shoes": {"sizes": ["42"]},
    "I like brown and beige shoes": {"styles": ["brown shoes", "beige shoes"]},
}
FORGOTTEN = {
    "forget that I hate yellow": ("yellow",),
    "please forget that I love green and linen": ("green", "linen"),
    "forget what I said about wool": ("wool",),
    "forget that I wear size 38": ("38",),
    "forget that I live in a cold place": ("climate",),
    "forget my shoe size": ("sizes",),
    "forget everything you know about me": ("everything",),
    "forget me": ("everything",),
    "I no longer hate yellow": ("yellow",),
    "I don't mind brown any more": ("brown",),
}
MOMENTARY = """no brown
not heels
nothing in wool please
I want a yellow dress
I need size 42
do you have it in size 38?
size M please
under 80
not more than 100
my budget is 150
I have 200 to spend
only boots, under 120 please
I don't like brown
I don't like these
I don't want heels
I hate the second one
I hate these brown shoes
I love the green one
I love it, thanks
I love this navy coat, what goes with it?
I like number 2
I'd love a green dress
I would like black boots
I'd like something minimal
I like green better
what if I hate green?
do I like wool?
what would you wear if you loved green?
I never wear tight jeans
I never wear heels to work
I never wear brown with black
I never wear wool in summer
I hate brown shoes
I never wear anything but black
She never wears silver
he'd never wear it
my wife hates yellow
my boyfriend wears size 44
my husband is a large
forget the budget
forget the colour
forget the yellow dress
forget it
never mind the price
I have a navy wool coat
I'm wearing black jeans
I usually wear small hoops
I never spend more than 80 on shoes
I live in London
I live in a cold flat
I'm looking for a woman's coat
something for my husband
it's cold today, what coat?
what's the weather like?
I hate shopping
hello
any colour but yellow
show me less formal ones
I am going to a wedding, I love weddings
no orange, he'd never wear it
is it always cold in Norway?
I hate brown and beige shoes
I love dresses that move
my style is classic and a bit boho""".splitlines()


@pytest.mark.parametrize(("text", "noted"), LASTING.items())
def test_a_lasting_statement_is_noted(text, noted):
    change = stated(text, BRANDS)
    assert change is not None
    assert change.model_dump(exclude_defaults=True, mode="json") == {"add": noted}


@pytest.mark.parametrize(("text", "words"), FORGOTTEN.items())
def test_what_shall_be_forgotten_is(text, words):
    assert stated(text, BRANDS) == ProfileChange(forget=words)


@pytest.mark.parametrize("text", MOMENTARY)
def test_a_wish_of_the_moment_is_no_statement(text):
    assert stated(text, BRANDS) is None


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("I never wear yellow. What shoes go with a navy coat?", "What shoes go with a navy coat?"),
        ("I never wear yellow, just so you know. I'm after a jumper", "just so you know. I'm after a jumper"),
        ("I love green but I hate yellow, show me a red dress", "show me a red dress"),
        ("My shoe size is 42 and I never wear heels", ""),
        ("I live in a cold place. A coat, please", "A coat, please"),
        ("I never wear tight jeans, show me skirts", "I never wear tight jeans, show me skirts"),
        ("no brown, not heels", "no brown, not heels"),
    ],
)
def test_what_stands_beside_a_lasting_statement_is_the_wish(text, wish):
    assert besides(text, BRANDS) == wish


def test_who_now_loves_a_colour_no_longer_rules_it_out():
    profile = stated("I hate yellow and wool").applied(Profile())
    profile = stated("I love yellow").applied(profile)
    assert profile.dislikes == Tastes(materials=("wool",)) and profile.likes == Tastes(colours=("yellow",))
    profile = stated("I don't like yellow any more").applied(profile)
    assert profile.likes == Tastes() and profile.dislikes == Tastes(colours=("yellow",), materials=("wool",))


def test_a_new_shoe_size_replaces_the_old_one_and_no_other():
    profile = Profile(sizes=("M", "38"))
    assert stated("my shoe size is 39").applied(profile).sizes == ("M", "39")
    assert ProfileChange(add=Profile(sizes=("S", "L"))).applied(profile).sizes == ("38", "S", "L")


def test_all_is_forgotten_at_once_and_a_heading_alone():
    profile = Profile.of_words(["green", "minimal"], ["yellow"], sizes=("M",), budget=90, climate="cold", gender="women")
    assert stated("forget everything about me").applied(profile) == Profile()
    assert stated("forget my sizes").applied(profile) == profile.model_copy(update={"sizes": ()})
    assert stated("forget that I like minimal").applied(profile).liked() == ["green"]


def test_plain_words_are_sorted_by_what_they_say():
    profile = Profile.of_words(["gray", "trainers", "linen", "florals", "frilly"], ["Yellow", "Tidewell"])
    assert profile.likes == Tastes(colours=("grey",), kinds=("sneakers",), materials=("linen",), patterns=("floral",))
    assert profile.styles == ("frilly",)
    assert profile.dislikes == Tastes(colours=("yellow",), brands=("Tidewell",))


@pytest.mark.parametrize(
    "wrong", [{"budget": 0}, {"budget": float("nan")}, {"gender": "cats"}, {"styles": ["x" * 61]}, {"styles": [" "]}]
)
def test_a_profile_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        Profile(**wrong)


def test_a_change_is_told_in_a_sentence():
    assert stated("I love green and I hate yellow").in_words() == "Noted: you like green; never yellow."
    assert stated("my shoe size is 42 and my dress size is 40").in_words() == "Noted: size 42 and dress size 40."
    assert stated("forget everything about me").in_words() == "Forgotten: everything about you."


def test_what_is_never_wanted_is_ruled_out():
    profile = Profile.of_words(
        ["green"], ["yellow", "heels", "wool", "floral", "Tidewell"], sizes=("M", "42"), budget=90, gender="women"
    )
    assert profile.hard() == Filters(
        max_price=90, sizes=("M", "42"), gender="women", exclude_colours=("yellow",), exclude_kinds=("heels",),
        exclude_materials=("wool",), exclude_patterns=("floral",), exclude_brands=("Tidewell",),
    )  # fmt: skip
    assert profile.prefer() == ["green"]


@pytest.mark.parametrize(
    ("sizes", "slot", "bears"),
    [
        (("M", "42"), "tops", ("M",)),
        (("M", "42"), "shoes", ("42",)),
        (("M", "42"), "bags", ()),
        (("M", "42"), None, ("M", "42")),
        (("42",), None, ()),
        (("M", "42", "dress 38"), None, ()),
        (("42.5",), "shoes", ("42.5",)),
        (("dress 38", "38"), "all-body", ("38",)),
        (("dress 38",), "shoes", ()),
        (("trousers 32",), "bottoms", ("32",)),
        (("shoes 8",), "tops", ()),
        (("medium",), "outerwear", ("M",)),
    ],
)
def test_a_size_bears_on_what_can_have_it(sizes, slot, bears):
    assert merged(Filters(), Profile(sizes=sizes), slot).sizes == bears


@pytest.mark.parametrize(
    ("asked", "words", "expected"),
    [
        ({}, "", {"max_price": 90, "exclude_colours": ["yellow"], "exclude_materials": ["wool"], "sizes": ["M"], "gender": "women"}),
        ({"colours": ["yellow"]}, "", {"max_price": 90, "colours": ["yellow"], "exclude_materials": ["wool"], "sizes": ["M"], "gender": "women"}),
        ({"colours": ["mustard"]}, "wool", {"max_price": 90, "colours": ["mustard"], "sizes": ["M"], "gender": "women"}),
        ({"max_price": 150, "sizes": ["L"]}, "yellow wool", {"max_price": 150, "sizes": ["L"], "gender": "women"}),
        ({"min_price": 100}, "yellow wool", {"min_price": 100, "sizes": ["M"], "gender": "women"}),
        ({"exclude_colours": ["pink"]}, "wool", {"max_price": 90, "exclude_colours": ["pink", "yellow"], "sizes": ["M"], "gender": "women"}),
        ({"gender": "men"}, "", {"gender": "men"}),
        ({"gender": "unisex"}, "yellow wool", {"max_price": 90, "sizes": ["M"], "gender": "unisex"}),
    ],
)  # fmt: skip
def test_what_is_asked_for_beats_the_profile(asked, words, expected):
    profile = Profile.of_words([], ["yellow", "wool"], sizes=("M", "42"), budget=90, gender="women")
    assert merged(Filters(**asked), profile, "tops", words).stated() == expected


def test_who_never_wears_heels_gets_pumps_when_asking_for_them_and_hats_too():
    profile = Profile.of_words([], ["heels", "hats"])
    assert merged(Filters(kinds=("pumps",)), profile, "shoes").exclude_kinds == ("hats",)
    assert merged(Filters(kinds=("shoes",)), profile, "shoes").exclude_kinds == ("heels", "hats")
    assert merged(Filters(), profile, "hats").exclude_kinds == ("heels",)


def test_a_profile_is_kept_and_deleted_for_each_user_apart(tmp_path):
    profiles = Profiles(tmp_path)
    green = profiles.put("ann", Profile.of_words(["green"]))
    profiles.change("bob", stated("I hate yellow"))
    assert Profiles(tmp_path).get("ann") == green
    assert profiles.delete("ann") and not profiles.delete("ann")
    assert profiles.get("ann") == Profile()
    assert profiles.get("bob").dislikes.colours == ("yellow",)


def test_an_emptied_profile_leaves_nothing_behind(tmp_path):
    profiles = Profiles(tmp_path)
    profiles.change("ann", stated("I hate yellow"))
    profiles.change("ann", stated("forget everything about me"))
    assert not profiles.delete("ann")


def test_names_and_folders_may_hold_anything(tmp_path):
    profiles = Profiles(tmp_path / "100% öl?#")
    name = "'; DROP TABLE profiles; --"
    profiles.put(name, Profile.of_words(["green"]))
    assert Profiles(tmp_path / "100% öl?#").get(name).liked() == ["green"]
    assert (tmp_path / "100% öl?#" / "profiles.sqlite").is_file()


CHANGES = """
import sys
from pathlib import Path
from assistant.profile import Profile, ProfileChange
from assistant.profiles import Profiles
profiles = Profiles(Path(sys.argv[1]))
for number in range(15):
    profiles.change("ann", ProfileChange(add=Profile(styles=(f"{sys.argv[2]} {number}",))))
"""


def test_two_processes_lose_none_of_each_others_changes(tmp_path):
    command = [sys.executable, "-c", CHANGES, str(tmp_path)]
    running = [subprocess.Popen([*command, name], cwd=ROOT) for name in ("one", "two")]
    assert [process.wait(120) for process in running] == [0, 0]
    assert len(Profiles(tmp_path).get("ann").styles) == 30


def test_threads_lose_none_of_each_others_changes(tmp_path):
    profiles = Profiles(tmp_path)
    changes = [ProfileChange(add=Profile(styles=(f"style {number}",))) for number in range(30)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda change: profiles.change("ann", change), changes))
    assert len(profiles.get("ann").styles) == 30


def test_a_damaged_file_is_a_sentence(tmp_path):
    (tmp_path / "profiles.sqlite").write_bytes(b"This is no database. " * 100)
    with pytest.raises(SettingsError, match="ASSISTANT_DATA"):
        Profiles(tmp_path)


def test_a_folder_that_cannot_be_written_to_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match="ASSISTANT_DATA"):
        Profiles(tmp_path / "file")


def test_a_damaged_profile_is_a_sentence_and_can_be_deleted(tmp_path):
    profiles = Profiles(tmp_path)
    profiles.put("ann", Profile.of_words(["green"]))
    with sqlite3.connect(profiles.path) as other:
        other.execute("UPDATE profiles SET profile = ?", (json.dumps({"likes": 7}),))
    with pytest.raises(SettingsError, match="--delete"):
        profiles.get("ann")
    assert profiles.delete("ann")
    assert profiles.get("ann") == Profile()
