"""Jobs as the server sends them."""

from __future__ import annotations

from typing import Any

ITEMS = [
    {
        "service_name": "Massage",
        "classification_name": "Deep tissue",
        "duration_minutes": 60,
        "price": "95.00",
    },
    {
        "service_name": "Facial",
        "classification_name": "Classic",
        "duration_minutes": 30,
        "price": "25.50",
    },
]


def ticket_job(job_id: int = 1, *, copy: bool = False, **changes: Any) -> dict[str, Any]:
    document = {
        "shop_name": "Lotus Spa",
        "shop_details": ["12 Harbour Road", "Tel. 555 0100"],
        "currency": "USD",
        "code": "0042",
        "items": ITEMS,
        "total_duration_minutes": 90,
        "total_amount": "120.50",
        "at": "2026-03-01T16:41:05.123456+08:00",
        "queue_position": 3,
        "estimated_wait_minutes": 25,
        "status_url": "http://192.0.2.1/t/Yw3nX0u8mE4tB2qPzL7sKg",
    }
    return {
        "id": job_id,
        "kind": "ticket",
        "lease": f"lease-{job_id}",
        "copy": copy,
        "document": document | changes,
    }


def receipt_job(job_id: int = 1, *, copy: bool = False, **changes: Any) -> dict[str, Any]:
    document = {
        "shop_name": "Lotus Spa",
        "shop_details": ["12 Harbour Road", "Tax no. 123-456"],
        "currency": "USD",
        "code": "0042",
        "items": ITEMS,
        "total_amount": "120.50",
        "method": "cash",
        "amount_paid": "150.00",
        "change_amount": "29.50",
        "cashier": "Carla",
        "at": "2026-03-01T17:55:00+08:00",
        "open_drawer": True,
    }
    return {
        "id": job_id,
        "kind": "receipt",
        "lease": f"lease-{job_id}",
        "copy": copy,
        "document": document | changes,
    }


def report_job(job_id: int = 1, **changes: Any) -> dict[str, Any]:
    document = {
        "shop_name": "Lotus Spa",
        "title": "Day report",
        "at": "2026-03-01T23:00:00+08:00",
        "rows": [["Payments", ""], ["Cash", "$120.50"], ["Card", "$80.00"]],
    }
    return {
        "id": job_id,
        "kind": "report",
        "lease": f"lease-{job_id}",
        "copy": False,
        "document": document | changes,
    }
