"""Runs in a process of its own: bounds it, and looks at the file that is asked for.
The other modules come with the order, since no file is left in the session."""

import json
import os
import sys
import types

MEMORY = 1200 << 20  # bytes of addresses: a session has 2 GiB, and its variables take some
READERS = {
    "image": "images", "svg": "drawings", "pdf": "pages", "docx": "documents", "pptx": "documents",
    "workbook": "workbooks", "ipynb": "notebooks", "sqlite": "databases", "parquet": "databases",
    "zip": "archives", "tar": "archives",
}


def bound(seconds):
    try:
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        pass  # another system, or less is allowed already


def load(name, source):
    module = types.ModuleType(f"preview_{name}")
    sys.modules[module.__name__] = module
    exec(compile(source, f"<{name}>", "exec"), vars(module))
    return module


def main():
    order = json.loads(sys.stdin.buffer.read())
    out = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what libraries print is no answer
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[name] = "1"  # each thread takes addresses
    bound(order["seconds"])
    sys.path[:] = order["path"]
    request, modules = order["request"], order["modules"]
    answer = load("answer", modules["answer"]).Answer(request)
    try:
        load(READERS[request["kind"]], modules[READERS[request["kind"]]]).look(request["path"], answer)
    except ImportError as e:
        answer.fail(f"the session has no package {e.name} to read it with")
    except MemoryError:
        answer.fail("it takes too much memory to read")
    except Exception as e:
        answer.fail(f"it could not be read: {type(e).__name__}: {e}")
    out.write(answer.encode() + "\n")
    out.flush()
    os._exit(0)


main()
