"""The registers of the reports, taken in by sheets, bear the reports' figures out by their rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import socialorgs.tasks  # noqa: F401 - registers the handlers of the jobs, as a worker does
from governance.calendar import clock
from governance.indicators import operations
from governance.indicators.counting import Places
from governance.indicators.queries import compared, counted_changes
from governance.jobs import operations as jobs
from governance.jobs.models import Job
from governance.portal.demonstration import figures, registers, steps
from governance.portal.demonstration.steps import Scene, place
from socialorgs.register.models import SocialOrganization

pytestmark = pytest.mark.django_db
COUNTED = (
    *("so.registered", "so.registered.half", "so.associations", "so.total", "so.community.registered"),
    *("so.brought_in", "so.tenants", "sunken.items", "sunken.classes", "fair.projects", "aide.count", "aide.money"),
)
BORNE_OUT = {
    registers.PENGSHUI: ("H2b-07",),
    registers.WUHOU: ("H4-01", "H4-02", "H4-04", "H4-12", "H4-13", "H4-15", "H4-18"),
    registers.BAOHE: ("H3-31", "H3-32"),
}


def test_the_registers_of_the_reports_are_there_row_by_row(db: Any) -> None:
    """Several seconds: three districts with 1,488 bodies, each counted once."""
    del db
    scene = Scene(now=clock.now())
    for code, name in (
        (registers.PENGSHUI, "nbs2023_500243_chongqing_pengshui.csv"),
        (registers.WUHOU, "nbs2023_510107_chengdu_wuhou.csv"),
        (registers.BAOHE, "nbs2023_340111_hefei_baohe.csv"),
    ):
        steps.take_in(scene, name)
        assert steps.has_code(code)
    figures.enter_claims(scene)
    for _twice in range(2):
        registers.mirror(scene)
        registers.furnish(scene)
    while jobs.run_due(by=scene.system, clock=lambda: scene.now):
        pass

    assert not Job.objects.exclude(status="DONE").exists()
    assert SocialOrganization.objects.filter(status="ACTIVE").count() == 1127 + 361
    for key in COUNTED:
        operations.compute_indicator(
            by=scene.system, now=scene.now, day=scene.today, key=key, places=Places(scene.today)
        )
    for code, references in BORNE_OUT.items():
        found = {row.claim.reference: row for row in compared(place(code))}
        for reference in references:
            row = found[reference]
            assert (row.counted is not None, row.is_borne_out) == (True, True), (reference, row.found)
    [half] = counted_changes(place(registers.PENGSHUI), scene.today)
    assert (half.change.old, half.change.new, half.change.growth) == (356, 361, Decimal("1.40"))
    shares = {row.claim.reference: row for row in compared(place(registers.PENGSHUI))}["H2b-08"]
    assert shares.counted is not None
    assert (shares.counted.numerator, shares.counted.denominator, shares.counted.value) == (261, 361, Decimal("72.30"))
