"""A school whose policy is kept."""

from pathlib import Path

import pytest

from tests.serve.keeping import School


@pytest.fixture
def school(tmp_path: Path) -> School:
    """A good policy, and no process that follows it yet."""
    return School(tmp_path)
