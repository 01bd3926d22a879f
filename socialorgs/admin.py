"""The floor's rooms on the desk, gathered for Django."""

import socialorgs.incubation.admin
import socialorgs.incubation.operators.admin
import socialorgs.register.admin
import socialorgs.register.barring.admin
import socialorgs.register.centers.admin
import socialorgs.register.clubs.admin
import socialorgs.register.filing.admin
import socialorgs.register.intake.admin
import socialorgs.register.strengths.admin
import socialorgs.register.ties.admin
import socialorgs.supervision.admin
