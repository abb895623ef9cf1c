"""Imports the modules named by the arguments, writes matplotlib's font cache, and
makes the scripts that pages with charts of Vega hold: that takes seconds, for which
no chart should wait."""

import importlib
import importlib.util
import json
import pathlib
import sys

for name in sys.argv[1:]:
    importlib.import_module(name)

if importlib.util.find_spec("matplotlib"):
    import matplotlib.font_manager  # writes the cache

    for cache in pathlib.Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):
        fonts = json.loads(cache.read_text())
        # A sandbox sees matplotlib's own fonts, whose names are relative, and
        # those of the system; others would be looked for in vain.
        for kind in ("ttflist", "afmlist"):
            fonts[kind] = [
                font for font in fonts[kind]
                if not font["fname"].startswith("/") or font["fname"].startswith("/usr/")
            ]
        cache.write_text(json.dumps(fonts))

if vega := importlib.util.find_spec("vl_convert"):
    import vl_convert

    try:
        scripts = vl_convert.javascript_bundle()
    except Exception as e:
        print(f"no scripts for pages of Vega: {e}")  # they load them then
    else:
        (pathlib.Path(vega.submodule_search_locations[0]) / "bundle.js").write_text(scripts, "utf-8")
