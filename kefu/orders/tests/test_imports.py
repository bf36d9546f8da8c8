"""An import names every bad row, tells how far it is, and goes on where it stopped."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone, translation
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from kefu.lib import csv
from kefu.orders import importing, taking
from kefu.orders.models import ImportRun, Order, OrderSource
from kefu.people.models import Brand, Refused, Staff

MAPPING = {
    "currency": "CNY",
    "time_zone": "Asia/Shanghai",
    "orders": {
        "number": "订单号",
        "status": {
            "from": "状态",
            "values": {"已发货": "shipped", "已签收": "delivered"},
            "default": "pending",
        },
        "email": "邮箱",
        "placed_at": "下单时间",
        "address": {"name": "收货人", "line1": "地址"},
        "lines": {"each": "@rows", "sku": "货号", "name": "商品", "qty": "数量", "price": "单价"},
        "shipments": {
            "each": "@rows",
            "by": "运单号",
            "tracking_no": "运单号",
            "lines": {"each": "@rows", "sku": "货号", "qty": "数量"},
        },
        "payments": {
            "amount": "实付",
            "method": {"kind": {"const": "wallet"}, "provider": {"const": "alipay"}},
        },
    },
}
HEADER = "订单号,状态,邮箱,下单时间,收货人,地址,货号,商品,数量,单价,运单号,实付\n"
GOOD = (
    "A-1,已发货,lin@example.test,2026/5/1 12:00,林,南京路,S,台灯,1,199.00,SF1,258.00\n"
    "A-1,,,,,,T,灯泡,2,29.50,SF1,\n"
    "A-2,已签收,wei@example.test,2026/5/2 12:00,魏,北京路,S,台灯,1,199.00,SF2,199.00\n"
)


@pytest.fixture(autouse=True)
def _files_of_its_own(settings: Settings, tmp_path: Any) -> None:
    storage = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path)},
    }
    settings.STORAGES = settings.STORAGES | {"default": storage}


@pytest.fixture
def source(brand: Brand) -> OrderSource:
    return OrderSource.objects.create(brand=brand, kind="file", name="Shop", mapping=MAPPING)


def begun(
    source: OrderSource, text: str, by: Staff, *, dry: bool = False, encoding: str = "gb18030"
) -> ImportRun:
    content = (HEADER + text).encode(encoding)
    return importing.begin(source, what="orders", content=content, file_name="订单.csv", dry=dry, by=by)


def finished(run: ImportRun) -> ImportRun:
    importing.go_on(ImportRun.objects.get(pk=run.pk))
    run.refresh_from_db()
    return run


def told(run: ImportRun) -> list[tuple[int, str, str]]:
    return list(run.bad_rows.order_by("line", "id").values_list("line", "key", "reason"))


def test_a_table_from_a_chinese_spreadsheet_becomes_orders(source: OrderSource, supervisor: Staff) -> None:
    run = finished(begun(source, GOOD, supervisor))
    assert (run.state, run.total, run.done, run.created, run.bad) == ("done", 2, 2, 2, 0)
    order = Order.objects.get(external_no="A-1")
    assert (order.status, order.address["name"], order.email) == ("shipped", "林", "lin@example.test")
    assert [(line.name, line.paid_minor) for line in order.lines.all()] == [("台灯", 19900), ("灯泡", 5900)]
    assert order.payments.get().captured_minor == 25800
    shipment = order.shipments.get()
    assert sorted(shipment.lines.values_list("order_line__sku", "qty")) == [("S", 1), ("T", 2)]


def test_a_dry_run_names_every_bad_row_and_stores_nothing(source: OrderSource, supervisor: Staff) -> None:
    bad = (
        "B-1,,,never,,,S,台灯,1,x,,\n"
        "B-1,,,,,,T,灯泡,0,1,,\n"
        "B-2,,,,,,S,台灯,1,1,,,,extra\n"
        ",,,,,,S,台灯,1,1,,\n"
        "B-3,已取消,,,,,S,台灯,1,1,,\n"
        "B-4,,,,,,S,台灯,0,1,,\n"
    )
    run = finished(begun(source, GOOD + bad, supervisor, dry=True))
    assert (run.state, run.total, run.created, run.bad) == ("done", 7, 2, 5)
    assert told(run) == [
        (5, "B-1", "orders.placed_at: “never” is not a date that can be read."),
        (5, "B-1", "orders.lines.price: “x” is not an amount."),
        (7, "B-2", "The row has more cells than there are columns."),
        (8, "", "There is no number."),
        (9, "B-3", "“已取消” is not one of: pending, processing, shipped, delivered, cancelled."),
        (10, "B-4", "A line has no quantity."),
    ]
    assert Order.objects.count() == 0


def test_the_file_of_a_dry_run_is_imported_without_being_sent_again_and_then_forgotten(
    source: OrderSource, supervisor: Staff
) -> None:
    rehearsed = finished(begun(source, GOOD, supervisor, dry=True))
    assert default_storage.exists(rehearsed.file)
    run = finished(importing.take_for_good(rehearsed, by=supervisor))
    assert (run.created, run.file) == (2, "")
    assert not default_storage.exists(rehearsed.file)
    with pytest.raises(Refused):
        importing.take_for_good(rehearsed, by=supervisor)


def test_half_a_character_in_a_file_stops_nothing(source: OrderSource, admin: Staff) -> None:
    rows = [
        {"订单号": "A-1", "lines": [{"货号": "S", "商品": "台\ud800灯", "单价": "1"}]},
        {"订单号": "A-\udfff2", "lines": [{"货号": "S", "商品": "灯", "单价": "\ud800"}]},
    ]
    source.mapping = MAPPING | {"orders": {"number": "订单号", "lines": _LINES_OF_JSON}}
    source.save()
    content = json.dumps(rows).encode()
    run = importing.begin(source, what="orders", content=content, file_name="a.json", dry=False, by=admin)
    importing.go_on(run)
    assert (run.state, run.created, run.bad) == ("done", 1, 1)
    assert Order.objects.get().lines.get().name == "台灯"
    assert run.bad_rows.get().reason.startswith("orders.lines.price: “”")


_LINES_OF_JSON = {"each": "lines", "sku": "货号", "name": "商品", "price": "单价"}


def test_importing_twice_changes_nothing(source: OrderSource, supervisor: Staff) -> None:
    finished(begun(source, GOOD, supervisor))
    again = finished(begun(source, GOOD, supervisor, encoding="utf-8-sig"))
    assert (again.created, again.changed, again.unchanged) == (0, 0, 2)


def test_a_run_whose_worker_died_goes_on_after_its_last_commit(
    source: OrderSource, supervisor: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "AT_ONCE", 2)
    rows = "".join(f"R-{number},,,,,,S,台灯,1,1,,\n" for number in range(5))
    run = begun(source, rows, supervisor)
    calls = []

    def dies_at_the_third(*args: Any, **kwargs: Any) -> Any:
        calls.append(len(args[1]))
        if len(calls) == 3:
            raise SystemExit
        return taking.take(*args, **kwargs)

    monkeypatch.setattr(importing, "take", dies_at_the_third)
    with pytest.raises(SystemExit):
        finished(run)
    run.refresh_from_db()
    assert (run.state, run.done, run.created) == ("running", 4, 4)
    assert (finished(run).state, run.done, run.created) == ("done", 5, 5)
    assert calls == [2, 2, 1, 1]


def test_what_cannot_be_read_stops_the_run_with_a_sentence_and_it_may_go_on(
    source: OrderSource, supervisor: Staff
) -> None:
    run = begun(source, GOOD, supervisor)
    OrderSource.objects.update(mapping={"orders": {}})
    stopped = finished(run)
    assert (stopped.state, stopped.problem) == (
        "stopped",
        "orders: it does not say where to find number, lines.",
    )
    OrderSource.objects.update(mapping=MAPPING)
    importing.go_on_later(stopped, by=supervisor)
    assert finished(run).created == 2
    with pytest.raises(Refused):
        importing.go_on_later(run, by=supervisor)


def test_imports_of_one_source_take_turns(source: OrderSource, supervisor: Staff) -> None:
    runs = [begun(source, GOOD, supervisor) for _each in range(2)]
    jobs = ProcrastinateJob.objects.filter(task_name="orders:go_on_with_import")
    assert sorted(job.args["run"] for job in jobs) == sorted(str(run.pk) for run in runs)
    assert {job.lock for job in jobs} == {f"import {source.pk}"}


def test_reasons_are_in_the_language_of_whoever_began(
    source: OrderSource, supervisor: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken = []

    def heard(*_: object) -> list[Any]:
        spoken.append(translation.get_language())
        return []

    monkeypatch.setattr(importing, "records", heard)
    supervisor.language = "zh-hans"
    supervisor.save()
    finished(begun(source, GOOD, supervisor))
    assert spoken == ["zh-hans"]


def test_a_kind_of_rows_that_the_mapping_does_not_know_is_refused(
    source: OrderSource, supervisor: Staff
) -> None:
    with pytest.raises(Refused, match="does not say how Products are read"):
        importing.begin(source, what="products", content=b"x", file_name="x", dry=False, by=supervisor)


def test_bad_rows_as_a_table_hold_no_formulas(source: OrderSource, supervisor: Staff) -> None:
    """D7"""
    run = finished(begun(source, "=1+1,,,,,,S,台灯,x,1,,\n", supervisor))
    assert "".join(csv.lines(importing.bad_rows(run))).splitlines()[1] == (
        "2,'=1+1,orders.lines.qty: “x” is not a whole number."
    )


def test_files_that_nobody_came_back_to_are_taken_away(source: OrderSource, supervisor: Staff) -> None:
    old = finished(begun(source, GOOD, supervisor, dry=True))
    fresh = finished(begun(source, GOOD, supervisor, dry=True))
    ImportRun.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=8))
    assert importing.sweep() == 1
    assert not default_storage.exists(old.file)
    assert default_storage.exists(fresh.file)
