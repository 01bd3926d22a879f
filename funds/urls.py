"""The pages of the floor's rooms."""

from funds.appeals.urls import urlpatterns as appeals
from funds.banking.urls import urlpatterns as banking
from funds.budgeting.urls import urlpatterns as budgeting
from funds.charity.urls import urlpatterns as charity
from funds.closing.urls import urlpatterns as closing
from funds.disclosure.urls import urlpatterns as disclosure
from funds.donations.urls import urlpatterns as donations
from funds.enterprises.urls import urlpatterns as enterprises
from funds.intake.urls import urlpatterns as intake
from funds.ledger.urls import urlpatterns as ledger
from funds.oversight.urls import urlpatterns as oversight
from funds.packs.urls import urlpatterns as packs
from funds.reinvestment.urls import urlpatterns as reinvestment
from funds.returns.urls import urlpatterns as returns
from funds.spending.urls import urlpatterns as spending
from funds.statements.urls import urlpatterns as statements

app_name = "funds"
urlpatterns = [
    *ledger,
    *charity,
    *appeals,
    *donations,
    *intake,
    *enterprises,
    *reinvestment,
    *banking,
    *spending,
    *returns,
    *packs,
    *oversight,
    *closing,
    *budgeting,
    *statements,
    *disclosure,
]
