"""One run of a film in a process of its own: ``python film_run.py '{"model": …, "work": …}'``.

Writes to ``log`` a line for each step. ``kill_at`` and ``stop_at`` are steps of the whole run, counted from 1: at the
one it dies (SIGKILL), at the other somebody presses Ctrl-C, and steps become slow.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]


def main() -> int:
    import torch
    from diffusion_films import diffusion, film

    from musicvid.rendering.render import render

    torch.set_num_threads(1)
    asked = json.loads(sys.argv[1])
    steps = 0

    def hear(event) -> None:
        nonlocal steps
        if event.step:
            steps += 1
            with open(asked["log"], "a") as log:
                log.write(f"{event.item} {event.step}\n")
            if steps == asked.get("kill_at"):
                os.kill(os.getpid(), signal.SIGKILL)
            if steps == asked.get("stop_at"):
                os.kill(os.getpid(), signal.SIGINT)
            if steps >= asked.get("stop_at", steps + 1):
                time.sleep(0.1)

    backend = diffusion(Path(asked["model"]), Path(asked["work"]).parent, **asked["options"])
    shots = film(tuple(asked["lengths"]))
    try:
        for take in render(shots, backend, asked["work"], workers=1, on_progress=hear):
            print(take.key, take.path, flush=True)
    except KeyboardInterrupt:
        print("stopped", [thread.name for thread in threading.enumerate()], flush=True)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
