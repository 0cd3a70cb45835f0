import shutil
from pathlib import Path

import pytest

SOUND = Path(__file__).parent / "reading" / "sound"


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sound policy in the folder `school` of the working directory, one file for each section."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(SOUND, "school")
    return Path("school")
