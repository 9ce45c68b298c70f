"""The checks compare Tally with other programs, so which ones those are is checked first."""

from importlib.metadata import version
from pathlib import Path

import pytest

PINNED = [
    line.split("==")
    for line in Path(__file__).with_name("requirements.txt").read_text().splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize("name,wanted", PINNED, ids=[name for name, _ in PINNED])
def test_a_tool_is_the_pinned_one(name, wanted):
    assert version(name) == wanted
