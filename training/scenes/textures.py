"""Pictures of surfaces from Debian packages: python -m training.scenes.textures OUT [--packages FOLDER].

`supertuxkart-data` (GPL-3+, CC-BY-SA and others) and `0ad-data` (CC-BY-SA 3.0; see CREDITS in OUT) are
downloaded with apt-get, 2 GB in all, and opened without being installed. OUT gets soil/ metal/ ground/ rock/
brick/ cloth/ as JPEG of at most 512 px. What is there already is kept. Needs Pillow.
"""

import argparse
import io
import re
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("supertuxkart-data", "0ad-data")
KINDS = {
    "soil": r"(^|_)(dirt|clay|mud|sand|gravel|riparian)(_|[a-e]?\.|A|$)|canyon_dirt|yellow_dirt|gravel",
    "metal": r"metal_plates|metalRusted|(blue|darkGray|grey|red|lightGray|corrug|gold|rusted)Metal",
    "ground": r"paving|city_ground|hacienda|road_(flat|med|muddy|stones)|concrete|grass_0[1-3]|plaster",
    "rock": r"(^|_)rocks?(_|\.|wall|Wall|Mountain)|cliff_0|concrete|river_rocks|dirt_rocks",
    "brick": r"[bB]rick",
    "cloth": r"[fF]abric|plasticPanel|stk_generic_plaster|darkGrayMetal|lightGrayMetal|concrete_plain",
}
NEVER = (
    r"[nN]orm|colorfabric|spec|_nm|gloss|mask|grass2|2sand|road_di"
    r"rt|dirtRoad|gfx|animated|grassDirt|plants|coral|snow|Lava"
)
SIZE = 512


def main() -> None:
    """Fetch the packages, choose by name, write JPEGs and their credits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--packages", type=Path, default=Path("packages"))
    options = parser.parse_args()
    if (options.out / "CREDITS").exists():
        return
    options.packages.mkdir(parents=True, exist_ok=True)
    notes = []
    for package in PACKAGES:
        file = _package(package, options.packages)
        kept = [name for name, picture in _pictures(file) if _keep(package, name, picture, options.out)]
        print(f"{package}: {len(kept)} pictures")
        notes.append(
            f"{file.name}: licences in its /usr/share/doc/{package}/copyright\n  " + "\n  ".join(kept)
        )
    (options.out / "CREDITS").write_text("\n".join(notes) + "\n")


def kinds_of(name: str) -> list[str]:
    """What a picture of that file name may serve as; none for normal maps and the like."""
    if re.search(NEVER, name):
        return []
    return [kind for kind, pattern in KINDS.items() if re.search(pattern, name)]


def _package(name: str, folder: Path) -> Path:
    found = sorted(folder.glob(f"{name}_*.deb"))
    if not found:
        subprocess.run(["apt-get", "download", name], cwd=folder, check=True)
        found = sorted(folder.glob(f"{name}_*.deb"))
    return found[-1]


def _pictures(package: Path) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the surfaces in a package."""
    command = ["dpkg-deb", "--fsys-tarfile", str(package)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as unpacked,
        tarfile.open(fileobj=unpacked.stdout, mode="r|") as files,
    ):
        for member in files:
            content = files.extractfile(member) if member.isfile() else None
            if content and re.search(r"/data/textures/[^/]*\.(jpg|png)$", member.name):
                yield Path(member.name).name, content.read()
            elif content and member.name.endswith("public.zip"):
                yield from _zipped(content.read())


def _zipped(content: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        for name in files.namelist():
            if "terrain/types/" in name and name.endswith(".dds"):
                yield name.split("terrain/types/")[1].replace("/", "_"), files.read(name)


def _keep(package: str, name: str, content: bytes, out: Path) -> bool:
    """Write the picture for each kind it suits; whether it suits any."""
    from PIL import Image

    kinds = kinds_of(name)
    if not kinds:
        return False
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    if min(picture.size) < 128 or max(picture.size) > 2.1 * min(picture.size):
        return False
    picture.thumbnail((SIZE, SIZE))
    short = f"{package.removesuffix('-data')}_{name.partition('.')[0]}"
    for kind in kinds:
        (out / kind).mkdir(parents=True, exist_ok=True)
        picture.save(out / kind / f"{short}.jpg", quality=88)
    return True


if __name__ == "__main__":
    main()
