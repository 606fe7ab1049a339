from pathlib import Path

import pytest

from digitscope.exporting.places import without_folders


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/home/ada/runs/0001-a/x.json is damaged.", "x.json is damaged."),
        ("Can't open '/srv/a/b.npz' or /srv/c.npz: no.", "Can't open 'b.npz' or c.npz: no."),
        (r"C:\Users\ada\x.npz is gone.", "x.npz is gone."),
        ("This writes it anew: digitscope evaluate /a/b/0001-c", None),
        ("The data at /my data/of ada/x.npz is gone.", "The data at x.npz is gone."),
        ("/my data/of ada can't be written.", "of ada can't be written."),
        ("See /docs, http://localhost:80/docs/a, train/0 or 3/4 of it.", None),
    ],
)
def test_files_keep_their_names_and_nothing_else_is_changed(text, said):
    said = said or text.replace("/a/b/", "")
    assert without_folders(text, Path("/my data/of ada")) == said
