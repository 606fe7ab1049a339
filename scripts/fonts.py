"""Fetch the freely licensed fonts from which `scripts/reader_data.py` draws digits and letters.

    python -m scripts.fonts

They come from npm, as packages of Fontsource, into build/fonts/train and build/fonts/test: 60 MB.
The families of `test` are those that nothing is trained on.
"""

import json
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path
from subprocess import DEVNULL, run

FOLDER = Path("build/fonts")
FREE = ("OFL-1.1", "Apache-2.0", "UFL-1.0", "MIT")
PRINTED = """
    roboto open-sans lato montserrat source-sans-3 raleway merriweather pt-serif playfair-display
    roboto-mono ibm-plex-sans ibm-plex-mono ibm-plex-serif inter oswald bebas-neue work-sans
    nunito rubik karla fira-sans fira-code libre-baskerville eb-garamond crimson-text bitter
    arvo anton josefin-sans quicksand comfortaa exo-2 orbitron share-tech-mono courier-prime
    special-elite cutive-mono vt323 inconsolata space-mono overpass cabin archivo barlow
    titillium-web teko abril-fatface alfa-slab-one lobster righteous audiowide old-standard-tt
    cormorant zilla-slab spectral ubuntu-mono jetbrains-mono manrope dm-sans dm-serif-display
"""
WRITTEN = """
    caveat patrick-hand indie-flower shadows-into-light kalam gochi-hand architects-daughter
    permanent-marker amatic-sc handlee nothing-you-could-do homemade-apple reenie-beanie
    covered-by-your-grace rock-salt gloria-hallelujah coming-soon schoolbell just-another-hand
    annie-use-your-telescope crafty-girls waiting-for-the-sunrise over-the-rainbow
    la-belle-aurore cedarville-cursive dawning-of-a-new-day sue-ellen-francisco
    the-girl-next-door short-stack sriracha mali itim neucha bad-script marck-script
    nanum-pen-script gaegu hi-melody poor-story delius kristi zeyada league-script
    loved-by-the-king swanky-and-moo-moo walter-turncoat give-you-glory
    just-me-again-down-here pangolin sedgwick-ave mansalva grape-nuts comic-neue dekko
    patrick-hand-sc caveat-brush chilanka edu-nsw-act-foundation edu-sa-beginner
    edu-vic-wa-nt-beginner edu-tas-beginner playwrite-de-grund playwrite-fr-moderne
    playwrite-it-moderna playwrite-es playwrite-us-trad playwrite-pl playwrite-nl
    playwrite-br playwrite-in playwrite-za playwrite-at playwrite-be-wal playwrite-ca
"""
SCRIPTS = """
    noto-sans-hebrew noto-sans-georgian noto-sans-armenian noto-sans-thai noto-sans-devanagari
    noto-sans-tamil noto-sans-ethiopic noto-sans-cherokee noto-sans-arabic noto-sans-khmer
    noto-sans-glagolitic noto-sans-runic noto-sans-tifinagh noto-sans-canadian-aboriginal
    noto-serif-hebrew noto-serif-georgian noto-serif-armenian
"""
HELD_OUT = """
    noto-sans noto-serif poppins ubuntu mulish heebo libre-franklin signika vollkorn
    source-code-pro source-serif-4 anonymous-pro asap hind cairo cousine tinos arimo
    dosis varela-round
"""
STYLES = ("400-normal", "700-normal")


def fetch(names: list[str], folder: Path, subsets: tuple[str, ...]) -> None:
    """Put these families' regular and bold faces of these parts of Unicode into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        packages = [f"@fontsource/{name}@5" for name in names]
        run(["npm", "pack", "--silent", *packages], cwd=place, check=True, stdout=DEVNULL)
        for archive in sorted(Path(place).glob("*.tgz")):
            _unpack(archive, folder, subsets)


def _unpack(archive: Path, folder: Path, subsets: tuple[str, ...]) -> None:
    with tarfile.open(archive) as tar:
        about = tar.extractfile("package/package.json")
        assert about is not None
        package = json.load(about)
        if package["license"] not in FREE:
            sys.exit(f"{package['name']} is under {package['license']}, not one of {FREE}.")
        family = package["name"].rpartition("/")[2]
        for subset in subsets or (family.split("-", 2)[2],):
            for style in STYLES:
                name = f"{family}-{subset}-{style}.woff2"
                if f"package/files/{name}" in tar.getnames():
                    content = tar.extractfile(f"package/files/{name}")
                    assert content is not None
                    (folder / name).write_bytes(content.read())


def main() -> None:
    """Fetch all families."""
    if shutil.which("npm") is None:
        sys.exit("npm is needed to fetch the fonts; it comes with Node.js.")
    fetch([*PRINTED.split(), *WRITTEN.split()], FOLDER / "train", ("latin", "greek", "cyrillic"))
    fetch(SCRIPTS.split(), FOLDER / "train", ())  # the script that the family is named after
    fetch(HELD_OUT.split(), FOLDER / "test", ("latin",))
    for part in ("train", "test"):
        print(f"{FOLDER / part}: {len(list((FOLDER / part).iterdir()))} faces")


if __name__ == "__main__":
    main()
