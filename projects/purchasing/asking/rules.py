"""Who asks about a purchase: people who act for an organization."""

import rules

from socialorgs.register.rules import organization_person

rules.add_perm("projects.ask_purchase_question", organization_person)
