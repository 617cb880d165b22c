"""The 60 captions that never occur in training, as combinations of words that each do: a pattern's kind with its colours, an
icon with a colour it does not have, an icon on a background. heldout.json fixes them."""
import json
import pathlib

import colours
import icons
import patterns

FILE = pathlib.Path(__file__).with_name("heldout.json")


def key_of(item):
    """What must not be drawn for training, whatever the words' order or the template."""
    if "pattern" in item:
        return "pattern", item["pattern"], tuple(sorted(item["colours"]))
    if "colour" in item:
        return "coloured", item["icon"], item["colour"]
    return "background", item["icon"], item["background"]


def load():
    return json.loads(FILE.read_text())


def caption_of(item):
    """The caption a model is asked for."""
    if "pattern" in item:
        return patterns.KINDS[item["pattern"]][2][0].format(**dict(zip("ab", item["colours"])))
    if "colour" in item:
        return f"{item['colour']} {item['icon']} icon"
    return f"{item['icon']} icon on a {item['background']} background"


def render(item, found, rng):
    """A real picture of a held-out caption; `found`: icons by their name without colour words."""
    if "pattern" in item:
        return patterns.render(item["pattern"], item["colours"], rng)
    icon = found[item["icon"]]
    if "colour" in item:
        return icons.compose(icons.turned(icon, item["colour"]), (1, 1, 1), rng, False)
    return icons.compose(icon.rgba, colours.draw(rng, item["background"]), rng, False)
