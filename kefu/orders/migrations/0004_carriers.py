"""The usual carriers, under the codes of Kuaidi100 where it knows them."""

from typing import Any

from django.db import migrations, models

KUAIDI100 = "https://www.kuaidi100.com/chaxun?com={code}&nu={{number}}"
CHINESE = [
    ("shunfeng", "顺丰速运", ["SF Express", "SF", "顺丰"], True),
    ("zhongtong", "中通快递", ["ZTO Express", "ZTO", "中通"], True),
    ("yuantong", "圆通速递", ["YTO Express", "YTO", "圆通"], False),
    ("shentong", "申通快递", ["STO Express", "STO", "申通"], False),
    ("yunda", "韵达快递", ["Yunda Express", "Yunda", "韵达"], False),
    ("jtexpress", "极兔速递", ["J&T Express", "J&T", "极兔"], False),
    ("jd", "京东物流", ["JD Logistics", "JDL", "京东"], False),
    ("ems", "EMS", ["China EMS", "邮政EMS"], False),
    ("youzhengguonei", "邮政快递包裹", ["China Post", "中国邮政", "邮政"], False),
    ("debangkuaidi", "德邦快递", ["Deppon", "德邦"], False),
]
OTHERS = [
    ("dhl", "DHL", ["DHL Express"], "https://www.dhl.com/en/express/tracking.html?AWB={number}"),
    ("ups", "UPS", ["United Parcel Service"], "https://www.ups.com/track?tracknum={number}"),
    ("fedex", "FedEx", ["Federal Express"], "https://www.fedex.com/fedextrack/?trknbr={number}"),
    ("usps", "USPS", ["US Postal Service"], "https://tools.usps.com/go/TrackConfirmAction?tLabels={number}"),
]


def add(apps: Any, schema_editor: Any) -> None:
    carriers = apps.get_model("orders", "Carrier")
    rows = [
        carriers(
            code=code, name=name, also=also, phone_tail_needed=tail, tracking_url=KUAIDI100.format(code=code)
        )
        for code, name, also, tail in CHINESE
    ]
    rows += [carriers(code=code, name=name, also=also, tracking_url=url) for code, name, also, url in OTHERS]
    carriers.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_linked_order")]

    operations = [
        migrations.AddField(model_name="carrier", name="also", field=models.JSONField(default=list)),
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
