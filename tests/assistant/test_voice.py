from assistant.voice import Token, Voice, plain


def spoken(tokens):
    """What stands on the screen after these tokens."""
    text = ""
    for token in tokens:
        text = ("" if token.anew else text) + token.text
    return text


def test_whole_sentences_that_are_clean_come_at_once_and_others_wait():
    tokens = []
    voice = Voice(tokens.append)
    for end in range(1, 60):
        voice.hear("Two fit. The best is cheap.\n1. A false name, 9 EUR.\nBye."[:end], lambda line: "false" not in line)
    assert spoken(tokens) == "Two fit. The best is cheap.\n"
    voice.finish("Two fit. The best is cheap.\nBye.")
    assert spoken(tokens) == "Two fit. The best is cheap.\nBye."
    assert not any("false" in token.text for token in tokens)


def test_the_number_of_an_item_ends_no_sentence():
    tokens = []
    Voice(tokens.append).hear("1. Boots", lambda line: True)
    assert not tokens


def test_a_reply_that_becomes_another_is_taken_back():
    tokens = []
    voice = Voice(tokens.append)
    voice.hear("We have shoes. And", lambda line: True)
    voice.finish("Nothing fits.")
    assert tokens[1] == Token("", anew=True)
    assert spoken(tokens) == "Nothing fits."


def test_thoughts_and_markdown_are_not_said():
    assert plain("<think>Shoes, I guess.\n</think>\n## Shoes\n**1. Boots**, `59.90 EUR`") == "Shoes\n1. Boots, 59.90 EUR"
    assert plain("<think>Still thinking") == ""
