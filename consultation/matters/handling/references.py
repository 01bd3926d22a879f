"""The reference lists of the three-way sorting (三事分流): how many items each class has comes from the report.

The report names the counts (streets 19 big, 24 small, 23 private; townships 17, 28, 39), not the items: the items are
defaults of this platform. A district enters its own list as the value of the parameter, with the document it rests on;
lists of past days stay as they were (Basis: report on Pengshui).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import Unreadable, declare, words
from communities.policy.queries import value
from communities.territory.models import DivisionLevel

if TYPE_CHECKING:
    import datetime as dt

    from communities.territory.models import Division

CLASSES = ("BIG", "SMALL", "PRIVATE")
PENGSHUI = "Report on Pengshui: sorting in three ways"
LONGEST_ITEM = 200

Lists = dict[str, tuple[str, ...]]


def _items(text: str) -> tuple[str, ...]:
    return tuple(text.split())


STREET: Lists = {
    "BIG": _items(
        "道路桥梁建设与养护 公交站点与线路调整 供水供电供气管网改造 排水防涝设施 路灯与市政照明 违法建设查处 占道经营整治 "
        "消防安全监管 食品药品监管 环境污染治理 工地噪声与扬尘 老旧小区改造立项 学校布点与学位 医疗机构与医保 "
        "社会保险与就业 社会救助与住房保障 征地拆迁与补偿 治安与交通管理 地质灾害与防汛"
    ),
    "SMALL": _items(
        "楼道照明维修 楼道杂物清理 楼道扶手与无障碍装置 小区绿化养护 小区保洁与垃圾分类 小区停车秩序 电动车充电与停放 "
        "宠物饲养管理 楼顶与外墙漏水协商 公共晾晒设施 健身器材维护 儿童活动场地 老年活动场所 门禁与监控 小区门卫与值守 "
        "院坝与公共空地使用 邻里噪声协商 文明养成与公约修订 志愿服务与互助 文体活动组织 社区微更新 物业服务评议 "
        "公共收益使用 社区食堂与助餐点"
    ),
    "PRIVATE": _items(
        "户内水电维修 户内管道疏通 家电维修 开锁换锁 房屋装修 房屋租赁买卖 搬家运输 家政保洁 保姆与护理 婴幼儿照看 "
        "课外辅导 婚介服务 婚丧事务 家庭纠纷 个人债务 个人合同纠纷 个人就业选择 个人理财保险 宽带与通信业务 快递物流 "
        "车辆维修 宠物医疗 个人心理咨询"
    ),
}
TOWNSHIP: Lists = {
    "BIG": _items(
        "乡村公路建设与养护 农村客运 人畜饮水工程 农网与通信建设 水利设施 耕地保护与宅基地审批 农村危房改造 "
        "动植物疫病防控 农产品质量监管 森林防火与林地管理 环境污染治理 地质灾害与防汛 学校与幼儿园 卫生院与医保 "
        "社会救助与养老保险 征地补偿与移民安置 治安与道路交通"
    ),
    "SMALL": _items(
        "入户道路与便道 院坝整治 农家庭院清洁 垃圾收集清运 户用厕所与污水 沟渠清淤 山坪塘管护 提灌设施管护 公共水井 "
        "组内公路养护 路灯安装与维护 集体林木管护 集体资产出租 集体收益分配 互助生产 农机合用 红白理事 移风易俗 "
        "村规民约修订 邻里地界协商 牲畜放养管理 公共晒坝使用 文化院坝活动 老年互助 留守儿童看护 志愿服务 公益岗位推选 "
        "村级公墓与祭祀"
    ),
    "PRIVATE": _items(
        "种子农药化肥购买 农产品销售 农机维修 牲畜诊疗 牲畜买卖 自建房施工 房屋维修 户内水电 家电维修 打井 "
        "家具制作 运输租车 搬家 婚介 婚庆 丧葬服务 生日寿宴 家庭纠纷 分家析产 个人债务 民间借贷 个人合同纠纷 土地流转价格 "
        "劳务外出 个人就业培训 个人创业 小额贷款 商业保险 宽带与通信业务 快递代办 车辆维修 驾驶培训 课外辅导 幼儿托管 "
        "保姆与护理 中介服务 开锁换锁 宠物诊疗 个人心理咨询"
    ),
}


def read_lists(given: Any) -> Lists:
    """Read a list of items for each of the three classes, none twice."""
    if not isinstance(given, Mapping) or set(given) != set(CLASSES):
        raise Unreadable(given)
    lists = {name: words(given[name]) for name in CLASSES}
    if any(len(item) > LONGEST_ITEM for items in lists.values() for item in items):
        raise Unreadable(given)
    return lists


STREET_LISTS = declare(
    "matter.references.street",
    _("Reference lists of streets: big, small and private matters"),
    unit="list",
    read=read_lists,
    default=STREET,
    basis=PENGSHUI,
)
TOWNSHIP_LISTS = declare(
    "matter.references.township",
    _("Reference lists of towns and townships: big, small and private matters"),
    unit="list",
    read=read_lists,
    default=TOWNSHIP,
    basis=PENGSHUI,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """One item of a list: the class it speaks for, and the code under which a matter keeps it."""

    code: str
    three_way: str
    text: str


def references(place: Division, on: dt.date) -> dict[str, Reference]:
    """Return the items that hold in a place on a day by their codes, class by class; two queries."""
    levels = place.__class__.objects.filter(pk__in=place.ancestor_ids).values_list("level", flat=True)
    is_rural = bool({DivisionLevel.TOWN, DivisionLevel.TOWNSHIP} & set(levels))
    letter, parameter = ("T", TOWNSHIP_LISTS) if is_rural else ("S", STREET_LISTS)
    lists = value(parameter, place, on)
    return {
        reference.code: reference
        for three_way in CLASSES
        for number, text in enumerate(lists[three_way], start=1)
        for reference in [Reference(f"{letter}-{three_way}-{number:02d}", three_way, text)]
    }
