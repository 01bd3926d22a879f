"""The floor's rooms on the desk, gathered for Django."""

import funds.appeals.admin
import funds.banking.admin
import funds.budgeting.admin
import funds.charity.admin
import funds.closing.admin
import funds.disclosure.admin
import funds.donations.admin
import funds.enterprises.admin
import funds.enterprises.letting.admin
import funds.enterprises.records.admin
import funds.intake.admin
import funds.ledger.admin
import funds.oversight.admin
import funds.packs.admin
import funds.reinvestment.admin
import funds.returns.admin
import funds.spending.admin
import funds.spending.papers.admin
import funds.statements.admin
import funds.support.admin
import funds.upkeep.admin
