"""without_folders: a text that may leave this machine, in which files have their names alone."""

import re
from pathlib import Path

# A path from a root or a drive on, but for its last part. A part with a space ends it.
FOLDERS = re.compile(r"""(?<![\w.~/\\-])(?:[A-Za-z]:)?[/\\](?:[^\s/\\:;,'"()]+[/\\])+""")


def without_folders(text: str, *known: Path) -> str:
    """A text without the folders of the paths in it, for people elsewhere.

    Args:
        text: such as an error's.
        known: folders that may stand in it, of which a name may have spaces.

    Example:
        >>> without_folders("/home/ada/runs/0001-fast/config.json is damaged.")
        'config.json is damaged.'
    """
    for folder in (*known, Path.home()):
        for place in {folder.absolute(), folder.resolve()}:
            text = text.replace(f"{place}{'/' if '/' in str(place) else chr(92)}", "")
            text = text.replace(str(place), place.name)
    return FOLDERS.sub("", text)
