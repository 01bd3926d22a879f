"""What the tests of the report stand on: the enterprise, its fund and its year, as in the room of giving back."""

from tests.funds.reinvestment.conftest import company, fund, plan, policy, worked_example

__all__ = ["company", "fund", "plan", "policy", "worked_example"]
