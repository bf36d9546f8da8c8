from __future__ import annotations

import base64
import gzip
import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from kefu.privacy.masking import mask
from kefu.privacy.tests.test_masking import VECTORS, a_card, an_id_number, an_ordinary_number

SCRIPT = (Path(__file__).parents[1] / "static/privacy/masking.js").read_text()
MODULE = f"data:text/javascript;base64,{base64.b64encode(SCRIPT.encode()).decode()}"


def test_the_browser_masks_what_the_server_masks() -> None:
    texts, expected = zip(*VECTORS["masked"], *((text, text) for text in VECTORS["kept"]), strict=True)
    assert _masked_by_javascript(list(texts)) == list(expected)


def test_the_browser_agrees_with_the_server_on_thousands_of_numbers() -> None:
    chance = random.Random(9)
    makers = [a_card, an_id_number, an_ordinary_number, an_ordinary_number]
    texts = [f"号 {chance.choice(makers)(chance)} ok" for _ in range(3_000)]
    assert _masked_by_javascript(texts) == [mask(text).text for text in texts]


def test_masking_twice_in_the_browser_changes_nothing_more() -> None:
    once = [masked for _, masked in VECTORS["masked"]]
    assert _masked_by_javascript(once) == once


def test_the_script_is_small() -> None:
    assert len(gzip.compress(SCRIPT.encode(), 9)) <= 1_536


def _masked_by_javascript(texts: list[str]) -> list[str]:
    if shutil.which("node"):
        return _masked_by_node(texts)
    return _masked_by_chromium(texts)


def _masked_by_node(texts: list[str]) -> list[str]:
    program = (
        f"import {{ mask }} from '{MODULE}'; let text = '';"
        "process.stdin.setEncoding('utf8').on('data', (piece) => (text += piece))"
        ".on('end', () => console.log(JSON.stringify(JSON.parse(text).map(mask))));"
    )
    node = ["node", "--input-type=module", "-e", program]
    done = subprocess.run(node, input=json.dumps(texts), capture_output=True, text=True, check=True)
    masked: list[str] = json.loads(done.stdout)
    return masked


def _masked_by_chromium(texts: list[str]) -> list[str]:
    chromium = shutil.which("chromium")  # none: the one that playwright brought
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"]) as browser,
    ):
        masking = "async ([module, texts]) => texts.map((await import(module)).mask)"
        return list(browser.new_page().evaluate(masking, [MODULE, texts]))


@pytest.mark.browser
def test_chromium_itself_masks_the_vectors() -> None:
    texts, expected = zip(*VECTORS["masked"], strict=True)
    assert _masked_by_chromium(list(texts)) == list(expected)
