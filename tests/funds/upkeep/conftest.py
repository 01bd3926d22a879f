"""The named people around one active fund of the community: those of the charity room."""

from tests.funds.charity.conftest import fund, people

__all__ = ["fund", "people"]
