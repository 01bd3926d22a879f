"""PostgreSQL and Valkey of a checkout, started by the project when no address of a server is given.

Importing this package starts nothing. `addresses()` computes where the engines answer; `Stack(profile)` runs them.
"""

from engines.places import Addresses, addresses, current_profile
from engines.say import EngineError
from engines.stack import Stack

__all__ = ["Addresses", "EngineError", "Stack", "addresses", "current_profile"]
