"""`python -m assistant profile`: what is known of a user for good, shown, changed and forgotten; it needs no model."""

import argparse
import json
import sys

from pydantic import ValidationError

from assistant.profile import Profile, ProfileChange
from assistant.profiles import Profiles
from assistant.settings import Settings, SettingsError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `profile` takes."""
    parser.add_argument("--user", default="me", metavar="NAME", help="whose profile (default: me)")
    for option, what in (
        ("--like", "colours, materials, patterns, types, brands, style words"),
        ("--never", "what is never shown unless asked for, in the same words"),
        ("--size", "sizes: M, 42, or of one garment: 'dress 38'"),
        ("--forget", "words of the profile, or likes, dislikes, styles, sizes, budget, climate, gender"),
    ):
        parser.add_argument(
            option, action="append", default=[], metavar="WORDS", help=f"{what}; with commas, or the option repeated"
        )
    parser.add_argument("--budget", type=float, metavar="PRICE", help="the most for one item, in the shop's currency")
    parser.add_argument("--climate", metavar="WORD", help="cold, mild, warm, or another word for it")
    parser.add_argument("--for", dest="gender", choices=["women", "men"], help="for whom they shop")
    parser.add_argument("--delete", action="store_true", help="forget everything of this user")
    parser.add_argument("--json", action="store_true", help="print the profile as JSON")


def run(options: argparse.Namespace) -> int:
    """Change the profile as the options say, and print it; 0, or 2 after a sentence on stderr."""
    try:
        profiles = Profiles(Settings.from_env().data)
        if options.delete:
            profiles.delete(options.user)
        change = _change(options)
        profile = profiles.change(options.user, change) if change != ProfileChange() else profiles.get(options.user)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except ValidationError as error:
        problem = error.errors()[0]
        print(f"{' '.join(map(str, problem['loc']))}: {problem['msg']}.", file=sys.stderr)
        return 2
    print(json.dumps(profile.stated()) if options.json else _told(profile, options.user))
    return 0


def _change(options: argparse.Namespace) -> ProfileChange:
    add = Profile.of_words(
        _words(options.like),
        _words(options.never),
        sizes=_words(options.size),
        budget=options.budget,
        climate=options.climate,
        gender=options.gender,
    )
    return ProfileChange(add=add, forget=_words(options.forget))


def _words(given: list[str]) -> tuple[str, ...]:
    """The words of options that may hold several: "green, linen"."""
    return tuple(word.strip() for each in given for word in each.split(",") if word.strip())


def _told(profile: Profile, user: str) -> str:
    known = profile.in_words()
    return "\n".join(f"{heading}: {', '.join(words)}" for heading, words in known.items()) or f"Nothing is known of {user}."
