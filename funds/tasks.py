"""The tasks of the floor's rooms, gathered for Celery."""

import funds.appeals.tasks
import funds.banking.tasks
import funds.charity.tasks
import funds.closing.tasks
import funds.disclosure.tasks
import funds.donations.tasks
import funds.enterprises.tasks
import funds.intake.tasks
import funds.ledger.tasks
import funds.oversight.tasks
import funds.reinvestment.tasks
import funds.spending.tasks
import funds.statements.tasks
