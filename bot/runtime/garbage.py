"""How often Python looks for cycles of objects that nobody holds any more."""

import gc

OBJECTS = 50_000
"""How many more objects there may be before it looks: more than a batch of the planner makes, which are all given back
without it. With Python's own 700 it took a fifth of the planner's time, looking at the same rows again and again."""


def look_rarely() -> None:
    """Set what is there by now aside, and look for cycles among the rest once in a while.

    What is set aside is not looked through first: that takes a twentieth of the start, and finds nothing there when it
    was looked rarely from the first import on.
    """
    gc.freeze()
    gc.set_threshold(OBJECTS, *gc.get_threshold()[1:])
