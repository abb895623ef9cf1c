"""The form of a display that is words for the model, about a file or a picture."""

from .pristine import __builtins__

from .outfiles import NotSaved

SUMMARY = "text/vnd.dynamic-sessions.summary"


def summary(*parts):
    """Returns the forms of a display that is told in words."""
    text = "\n".join(part for part in parts if part)
    return {"text/plain": text, SUMMARY: text}


def saved(out, *args, **kwargs):
    """Saves something for the person, as OutFiles.save does, and returns where it is,
    or why it is not kept, as a text."""
    try:
        return out.save(*args, **kwargs)
    except NotSaved as e:
        return f"no file, since {e}"
