"""Networks fitted side by side, each in a process of one thread: two threads on one network are slower."""

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from training.batches import Pictures
from training.fit import Say, fitted
from training.pictures import Render
from training.plan import Plan


def fit(
    renders: list[Render], folder: Path, wanted: Sequence[tuple[Plan, int]], processes: int, say: Say
) -> None:
    """Leave in `folder`, one folder per plan, the checkpoint of every plan and seed `wanted`, in that order.

    What is there is not fitted again; a run that was killed goes on after the last epoch of each. Raises what
    the first process that failed raised, when the others are done.
    """
    fresh = multiprocessing.get_context("spawn")  # torch does not survive a fork once it has threads
    with ProcessPoolExecutor(processes, mp_context=fresh) as pool:
        jobs = [
            pool.submit(_fit, plan.chosen(renders)[0], plan, seed, folder / plan.name, say)
            for plan, seed in wanted
        ]
        for job in as_completed(jobs):
            job.result()


def _fit(renders: list[Render], plan: Plan, seed: int, folder: Path, say: Say) -> None:
    single()
    fitted(plan, Pictures(renders), seed, folder, say)


def single(threads: int = 1) -> None:
    """Let OpenCV use one thread, and torch so many."""
    import cv2
    import torch

    torch.set_num_threads(threads)
    cv2.setNumThreads(1)
