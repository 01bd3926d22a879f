"""The floor's rooms on the desk, gathered for Django."""

import funds.banking.admin
import funds.charity.admin
import funds.enterprises.admin
import funds.enterprises.letting.admin
import funds.enterprises.records.admin
import funds.ledger.admin
import funds.reinvestment.admin
import funds.spending.admin
import funds.statements.admin  # noqa: F401 - registers
