"""What libraries would do with a browser or a page, done with the answer."""

from .pristine import __builtins__

import shutil

from . import bokehcharts, maps, plotlycharts
from .imports import ImportHooks


def show_in_answers(shell):
    """Has the libraries of charts, as code imports them, show what they make in the
    answer."""
    def show(obj):
        displays = shell.displays
        if isinstance(obj, dict):
            displays.send(displays.forms.objects.show_plotly(obj))
        else:
            displays.send(shell.display_formatter.format(obj)[0])

    ImportHooks({
        "plotly.io._renderers": plotlycharts.show_in_answer(show),
        "plotly.missing_anywidget": plotlycharts.without_widgets,
        "bokeh.io.showing": bokehcharts.show_in_answer(show),
        "bokeh.io.output": bokehcharts.stay_silent,
        "folium.folium": maps.show_in_answer(show),
        "matplotlib.animation": play_without_ffmpeg,
        "PIL.ImageShow": lambda module: setattr(module, "show", lambda image, title=None, **options: show(image)),
    }).install()


def play_without_ffmpeg(module):
    """Has animations play as a page of frames where there is no program that makes
    videos of them."""
    make = module.Animation.to_html5_video

    def to_html5_video(self, *args, **kwargs):
        return make(self, *args, **kwargs) if shutil.which("ffmpeg") else self.to_jshtml()
    module.Animation.to_html5_video = to_html5_video
