"""What the chat costs a brand's page: the launcher, and an opened chat, gzipped."""

from __future__ import annotations

import os

from bench.figure import Figure


def measure() -> Figure:
    # In development static files go by the names that they have here.
    os.environ |= {"DJANGO_SETTINGS_MODULE": "kefu.settings", "KEFU_DEVELOPMENT": "yes"}
    import django

    django.setup()
    from kefu.widget import weight

    launcher, chat = weight.launcher_weight(), sum(weight.chat_weights().values())
    return Figure(
        "weight",
        round(chat / 1000, 2),
        "kB gzipped",
        limit="opened chat ≤ 45 kB, launcher ≤ 5 kB",
        met=launcher <= weight.LAUNCHER_LIMIT and chat <= weight.CHAT_LIMIT,
        parts={"launcher_kb": round(launcher / 1000, 2)},
    )
