"""What modules and builtins held before any code ran. Code may replace any of
it; the kernel keeps what it found.

    from .pristine import __builtins__, os

Functions look builtins up in the dictionary that is current when they are
defined, so the line comes before the first of them.
"""

import builtins

__builtins__ = dict(vars(builtins))

import fcntl
import gc
import json
import os
import select
import struct
import time
import types

os, fcntl, select, time, gc = (types.SimpleNamespace(**vars(m)) for m in (os, fcntl, select, time, gc))
quote = json.encoder.encode_basestring_ascii
encode = json.JSONEncoder().encode
parse = json.JSONDecoder().scan_once
pack = struct.Struct(">II").pack
unpack = struct.Struct(">II").unpack_from
