"""The API routes of the floor's rooms."""

from funds.banking.api import routes as banking
from funds.charity.api import routes as charity
from funds.enterprises.api import routes as enterprises
from funds.enterprises.letting.api import routes as letting
from funds.enterprises.records.api import routes as records
from funds.ledger.api import routes as ledger
from funds.reinvestment.api import routes as reinvestment
from funds.spending.api import routes as spending
from funds.statements.api import routes as statements

routes = [*ledger, *charity, *enterprises, *letting, *records, *reinvestment, *banking, *spending, *statements]
