"""The floor's rooms on the desk, gathered for Django."""

import projects.contracts.admin
import projects.contracts.judging.admin
import projects.contracts.services.admin
import projects.contracts.terms.admin
import projects.evaluation.admin
import projects.grants.admin
import projects.market.admin
import projects.market.fairs.admin
import projects.market.sharing.admin
import projects.market.talents.admin
import projects.purchasing.admin
import projects.purchasing.asking.admin
import projects.purchasing.awarding.admin
import projects.purchasing.catalogue.admin
import projects.volunteering.admin
