"""Maps of folium and pydeck: what they hold."""

from .pristine import __builtins__

from .charts import line, number

MAX_CHILDREN = 100_000


def describe_map(map):
    """Returns the line on a map of folium."""
    counts = {}
    count_layers(map, counts, 0)
    texts = [f"{count} {name}" for name, count in counts.items()]
    where = []
    location = getattr(map, "location", None)
    if location:
        where.append("centre " + ", ".join(number(n) for n in location[:2]))
    zoom = getattr(map, "options", {}).get("zoom")
    if zoom is not None:
        where.append(f"zoom {zoom}")
    return line("folium map", "", where, texts)


def count_layers(element, counts, depth):
    """Counts what is on a map, by its type."""
    for child in list(getattr(element, "_children", {}).values())[:MAX_CHILDREN]:
        name = type(child).__name__
        if name not in ("Icon", "Popup", "Tooltip", "Html", "Figure", "ElementAddToElement"):
            counts[name] = counts.get(name, 0) + 1
            if depth < 3:
                count_layers(child, counts, depth + 1)


def describe_deck(deck):
    """Returns the line on a map of pydeck."""
    layers = []
    for layer in (deck.layers or [])[:20]:
        data = getattr(layer, "data", None)
        count = f" of {len(data)} rows" if hasattr(data, "__len__") and not isinstance(data, str) else ""
        layers.append(f"{getattr(layer, 'type', 'layer')}{count}")
    view = getattr(deck, "initial_view_state", None)
    where = []
    if getattr(view, "latitude", None) is not None:
        where.append(f"centre {number(view.latitude)}, {number(view.longitude)}")
    return line("pydeck map", "", where, layers)


def show_in_answer(show):
    """Returns what replaces show_in_browser of folium's maps, which would wait for a
    browser without end."""
    def patch(module):
        def show_in_browser(self):
            show(self)
        module.Map.show_in_browser = show_in_browser
    return patch
