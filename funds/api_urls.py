"""The API routes of the floor's rooms."""

from funds.appeals.api import routes as appeals
from funds.banking.api import routes as banking
from funds.budgeting.api import routes as budgeting
from funds.charity.api import routes as charity
from funds.closing.api import routes as closing
from funds.disclosure.api import routes as disclosure
from funds.donations.api import routes as donations
from funds.enterprises.api import routes as enterprises
from funds.enterprises.letting.api import routes as letting
from funds.enterprises.records.api import routes as records
from funds.intake.api import routes as intake
from funds.ledger.api import routes as ledger
from funds.oversight.api import routes as oversight
from funds.packs.api import routes as packs
from funds.reinvestment.api import routes as reinvestment
from funds.returns.api import routes as returns
from funds.spending.api import routes as spending
from funds.spending.papers.api import routes as papers
from funds.statements.api import routes as statements
from funds.statements.place_api import routes as places
from funds.statements.voucher_api import routes as vouchers
from funds.support.api import routes as support
from funds.upkeep.api import routes as upkeep

routes = [
    *ledger,
    *charity,
    *appeals,
    *donations,
    *intake,
    *enterprises,
    *letting,
    *records,
    *reinvestment,
    *banking,
    *spending,
    *papers,
    *returns,
    *packs,
    *oversight,
    *support,
    *upkeep,
    *closing,
    *budgeting,
    *statements,
    *disclosure,
    *vouchers,
    *places,
]
