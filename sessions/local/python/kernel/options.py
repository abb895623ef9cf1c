"""The kernel's command line."""

from .pristine import __builtins__

import argparse

from .images import MAX_PIXELS


def parse_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="/mnt/data", help="the session's folder")
    parser.add_argument("--site", action="append", default=[], help="a folder of packages")
    parser.add_argument("--max-output", type=int, default=1 << 20, help="bytes of a stream that are sent as they come")
    parser.add_argument("--max-spill", type=int, default=512 << 20, help="bytes of all spill files together")
    parser.add_argument("--image-pixels", type=int, default=MAX_PIXELS, help="pixels of a picture that is sent")
    parser.add_argument("--matplotlib", help="a folder from which matplotlib's is filled")
    parser.add_argument("--memory", type=int, default=0, help="bytes that the session may use; 0 if that is not known")
    parser.add_argument("--disk", type=int, default=0, help="bytes that the session's folder may hold; 0 if that is not known")
    parser.add_argument("--relay", type=int, default=0, help="the port at which connections are taken for the host's proxy; 0 for none")
    parser.add_argument("--index", action="store_true", help="a package index is at that port")
    parser.add_argument("--offline", action="store_true", help="there is no network")
    return parser.parse_args()
