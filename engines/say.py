"""What the commands print: plain short lines, steps with their seconds."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class EngineError(Exception):
    """A refusal or failure of the engines, worded for the person at the keyboard."""


def say(text: str) -> None:
    """Print one line at once, also into a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextmanager
def step(label: str) -> Iterator[None]:
    """Print the label before the block and the seconds that it took after it, on one line."""
    began = time.monotonic()
    sys.stdout.write(f"{label} … ")
    sys.stdout.flush()
    try:
        yield
    except BaseException:
        say("failed")
        raise
    say(f"{time.monotonic() - began:.1f} s")
