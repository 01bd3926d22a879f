"""How long it takes to find similar matters among 100,000 of one district, as a resident and as the street ask.

    python -m bench.similar [matters] [searches]

Matters are generated from 40 subjects, 60 places and a tail of rare words, so that the usual character pairs stand in
many of them, as they do in a real inbox. Searched are texts that are worded otherwise than what is stored.
"""

from __future__ import annotations

import random
import statistics
import sys
import time

from bench import measure

SUBJECTS = (
    "楼道灯坏了 电梯经常停运 垃圾桶满了没人清 下水道堵塞返水 小区门口乱停车 广场舞声音太大 消防通道被占 路灯不亮 井盖松动 墙面渗水 "
    "健身器材损坏 流浪狗追人 高空抛物 装修噪音 快递柜占道 充电桩不够 绿化带枯死 健身步道积水 老人没有座椅 无障碍坡道太陡 "
    "公厕没水 信号不好 暖气不热 燃气有味 屋顶漏雨 门禁失灵 物业不接电话 电动车进楼 共享单车乱放 河道发臭 "
    "学校门口拥堵 菜市场脏乱 夜间施工 油烟扰民 树枝挡窗 监控不亮 地砖松动 楼梯没有扶手 自来水发黄 网线杂乱"
).split()
WISHES = ("希望尽快修好", "请社区来看一看", "已经反映过多次", "老人孩子都不方便", "存在安全隐患", "影响大家休息", "希望给个答复")
HANZI = [chr(code) for code in range(0x4E00, 0x9FA5)]
LIMIT = 100.0


def text_of(chance: random.Random, subject: str) -> tuple[str, str]:
    """Return a matter as somebody would write it down, with a few words that hardly anybody else uses."""
    place = f"{chance.randint(1, 60)}号楼{chance.choice('一二三四五六')}单元"
    rare = "".join(chance.choice(HANZI) for _sign in range(chance.randint(6, 24)))
    wishes = chance.sample(WISHES, 3)
    return f"{place}{subject}", f"{place}的{subject}，{wishes[0]}。{rare}。{wishes[1]}，{wishes[2]}。"


def fill(count: int) -> object:
    """Insert a district of a hundred communities with its matters and what they are compared by; return the district."""
    from django.db import connection  # noqa: PLC0415 - Django is set up by the stack

    from consultation.matters.intake.policy import grams_of  # noqa: PLC0415 - as above
    from tests.factories.accounts import UserFactory  # noqa: PLC0415 - as above
    from tests.factories.communities import DivisionFactory  # noqa: PLC0415 - as above

    district = DivisionFactory()
    places = [DivisionFactory(parent=district) for _number in range(100)]
    by, chance = UserFactory().pk, random.Random(28)
    with connection.cursor() as cursor:
        for table in ("consultation_matter", "consultation_matterintake"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for begin in range(0, count, 5000):
            rows, grams = [], []
            for number in range(begin, min(begin + 5000, count)):
                title, text = text_of(chance, chance.choice(SUBJECTS))
                rows.append((f"S{number}", title, text, chance.choice(places).pk, by))
                grams.append((f"S{number}", grams_of(f"{title}\n{text}")))
            _insert(cursor, rows, grams)
        for table in ("consultation_matter", "consultation_matterintake"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("ANALYZE consultation_matter")
        cursor.execute("ANALYZE consultation_matterintake")
    return district


def _insert(cursor: object, rows: list[tuple[object, ...]], grams: list[tuple[str, list[int]]]) -> None:
    from psycopg2.extras import execute_values  # noqa: PLC0415 - as above

    execute_values(
        cursor,
        "INSERT INTO consultation_matter (number, title, text, summary, place, division_id, channel, raised_for, contact,"
        " is_anonymous, external_reference, status, raised_at, recorded_by_id, raised_by_id, three_way, sort_reason,"
        " route, due_on, is_due_provisional, sorted_at, transferred_to, reply, close_reason) VALUES %s",
        rows,
        template="(%s, %s, %s, '公开摘要', '', %s, 'PAGE', '', '', true, '', 'SORTED', now(), %s, NULL, 'SMALL', '小事',"
        " 'DIRECT', now(), false, now(), '', '', '')",
    )
    execute_values(
        cursor,
        "INSERT INTO consultation_matterintake (matter_id, grams, need_field, is_hardship, phone_hash)"
        " SELECT m.id, given.grams, '', false, '' FROM (VALUES %s) AS given (number, grams)"
        " JOIN consultation_matter AS m ON m.number = given.number",
        grams,
        template="(%s, %s::int[])",
    )


def main() -> int:
    """Measure and report."""
    matters = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    searches = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    with measure.scratch_database("similar"):
        from django.db import connection  # noqa: PLC0415 - Django is set up by the stack

        from consultation.matters.intake.queries import similar_to  # noqa: PLC0415 - as above
        from governance.calendar import clock  # noqa: PLC0415 - as above

        connection.close()
        connection.settings_dict["USER"] = measure.settings.ENGINES.owner_user
        began = time.perf_counter()
        district = fill(matters)
        filled = time.perf_counter() - began
        chance, today = random.Random(29), clock.today()
        texts = ["\n".join(text_of(chance, chance.choice(SUBJECTS))) for _number in range(searches)]
        times, found = [], 0
        for text in texts:
            before = time.perf_counter()
            found += bool(similar_to(text, division=district, today=today))  # type: ignore[arg-type]  # made above
            times.append((time.perf_counter() - before) * 1000)
        times.sort()
        report = measure.Report("similar", {"matters": matters, "searches": searches})
        report.line("search, median", [statistics.median(times)], unit="ms")
        report.line("search, 95 of 100", [times[int(len(times) * 0.95)]], unit="ms")
        report.line("filled", [filled], unit="s")
        report.line("searches with a hit", [found / len(texts)], unit="share")
        return report.finish()


if __name__ == "__main__":
    sys.exit(main())
