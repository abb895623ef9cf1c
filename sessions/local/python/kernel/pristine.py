"""Modules and builtins as they were before any code ran.

Code may replace what they hold; the kernel uses these copies:

    from .pristine import __builtins__, os

Functions find builtins in the dictionary that is current when they are defined,
so that line precedes the first of them.
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
