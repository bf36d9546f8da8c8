from __future__ import annotations

import time
from pathlib import Path

import pytest
from pytest_django import Settings

from kefu.conversations.models import Conversation, Message
from kefu.demo import load


@pytest.fixture
def loaded(db: None, tmp_path: Path, settings: Settings) -> None:
    settings.KEFU_DATA = tmp_path
    load.load_demo()


def test_x(loaded):
    t = time.time()
    load._load if 0 else None
    print(Conversation.objects.count(), Message.objects.count())
    from collections import Counter

    print(Counter(Conversation.objects.values_list("status", flat=True)))
