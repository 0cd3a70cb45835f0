"""Files that a policy names in its YAML, such as lists and calendars: within its folder, whatever is written."""

from pathlib import PurePosixPath

from saywhy.policy.reading.files import Folder, UnreadableError
from saywhy.policy.suggest import did_you_mean


def read_named(folder: Folder, name: str, most: int, like: str) -> bytes:
    """The bytes of a file by the name that is written. Raises UnreadableError; `like` is how such a name looks."""
    outside = UnreadableError("it lies outside the policy folder", "copy it into the folder and write its name there")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise outside
    try:
        inside = (folder.path / path).resolve().is_relative_to(folder.path.resolve())
    except (OSError, ValueError, RuntimeError):  # too long; a NUL; links in a circle
        raise UnreadableError("this cannot be the name of a file") from None
    if not inside:
        raise outside
    try:
        return folder.read(name, most)
    except UnreadableError as error:
        raise UnreadableError(error.what, error.instead or _nearest(folder, name, like), error.code) from None


def _nearest(folder: Folder, name: str, like: str) -> str:
    place = PurePosixPath(name).parent
    try:
        there = [str(place / one.name) for one in (folder.path / place).iterdir()]
    except OSError:
        there = []
    nearest = did_you_mean(name, there)
    return nearest if nearest.startswith("did") else f"write its name as seen from the policy folder, like {like}"
