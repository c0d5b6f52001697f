"""Render labelled pictures of tipper beds: python -m training.render KIND OUT --count N --seed S.

KIND is set (for training), trucks (16 of them, for leave-one-truck-out) or plates (for films). Needs the
interpreter to have `bpy`, Pillow and numpy (training/scenes/requirements.txt). Writes JPEGs and
`SEED.roi.jsonl`: per picture its label, the exposed share, the projected rim and the scene's parameters. A
picture that is there is not rendered again. Two processes of one thread each.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from queue import Queue
from threading import Thread

from training.scenes.orders import KINDS, Order, orders

SIZES = {"set": (320, 240, 2), "trucks": (320, 240, 5), "plates": (640, 480, 10)}  # width, height, samples


def main() -> None:
    """Write the listing, render what is missing, say how far it is."""
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    width, height, samples = SIZES[options.kind]
    first = Order(
        options.kind,
        options.seed,
        0,
        str(options.out.resolve()),
        width,
        height,
        options.samples or samples,
        str(options.textures.resolve()) if options.textures else "",
    )
    wanted = list(orders(first, options.count))
    _list(options.out / f"{options.seed}.roi.jsonl", wanted)
    missing = [order for order in wanted if not (options.out / order.scene().file).exists()]
    print(f"{len(wanted) - len(missing)} of {len(wanted)} pictures are there", flush=True)
    _render(missing, options.workers)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", required=True)
    parser.add_argument("--samples", type=int)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--textures", type=Path)
    return parser.parse_args()


def _list(file: Path, wanted: list[Order]) -> None:
    part = file.with_suffix(".part")
    part.write_text("".join(json.dumps(order.scene().listing()) + "\n" for order in wanted))
    part.replace(file)


def _render(missing: list[Order], workers: int) -> None:
    """Share the orders out among processes; one that dies costs its picture, not the set."""
    waiting: Queue[Order] = Queue()
    for order in missing:
        waiting.put(order)
    done: Queue[int] = Queue()
    threads = [
        Thread(target=_work, args=(waiting, done), daemon=True) for _ in range(min(workers, len(missing)))
    ]
    for thread in threads:
        thread.start()
    start = time.monotonic()
    for count, _ in enumerate(missing, 1):
        failed = done.get() < 0
        spent = time.monotonic() - start
        if failed or count % 10 == 0 or count == len(missing):
            left = spent / count * (len(missing) - count)
            word = "a picture failed; " if failed else ""
            print(
                f"{word}{count}/{len(missing)}, {spent / count:.2f} s each, {left / 60:.0f} min left",
                flush=True,
            )


def _work(waiting: "Queue[Order]", done: "Queue[int]") -> None:
    worker = None
    while not waiting.empty():
        order = waiting.get()
        if worker is None or worker.poll() is not None:
            worker = _start()
        answer = ""
        if worker.stdin and worker.stdout:
            worker.stdin.write(json.dumps(order.line()) + "\n")
            worker.stdin.flush()
            answer = worker.stdout.readline()
        done.put(order.index if answer else -1)
    if worker and worker.stdin:
        worker.stdin.close()
        worker.wait()


def _start() -> "subprocess.Popen[str]":
    command = [sys.executable, "-W", "ignore", "-m", "training.scenes.stage"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


if __name__ == "__main__":
    main()
