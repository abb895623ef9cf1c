"""Random numbers of a session that begins, or goes back to what it was."""

from .pristine import __builtins__, gc

import random
import tempfile

# What a generator of numpy draws from that was made without a seed is at least so large
# but for one time in 2**64; nobody gives such a seed.
DRAWN = 1 << 64


def renew(numpy):
    """Seeds what libraries draw from anew, as several sessions come from one snapshot."""
    random.seed()
    if numpy is not None:
        numpy.random.seed()
    tempfile._name_sequence = None


def renew_generators(numpy):
    """Seeds the generators anew that code has made without a seed. Those to which it gave
    one go on as they were: what they yield was not to be random."""
    if numpy is None:
        return
    kinds = {getattr(numpy.random, name) for name in ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")}
    sequence = numpy.random.SeedSequence
    for each in gc.get_objects():
        if type(each) in kinds and type(each.seed_seq) is sequence:
            entropy = each.seed_seq.entropy
            if type(entropy) is int and entropy >= DRAWN:
                each.state = type(each)().state
