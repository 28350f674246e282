"""A hundred clips in one process: ``python flat_memory_run.py MODEL WORK`` prints the process's memory (resident, in
MiB) after every tenth clip."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

EVERY = 10


def main() -> None:
    import psutil
    import torch
    from diffusion_films import diffusion, film

    from musicvid.rendering.render import render

    torch.set_num_threads(1)
    model, work = (Path(word) for word in sys.argv[1:])
    prompts = {k: f"wave {k % 5}" for k in range(100)}
    shots, process = film((2,) * 100, prompt=prompts), psutil.Process()
    backend = diffusion(model, work.parent, render_size="64x32")
    for number, _ in enumerate(render(shots, backend, work, workers=1), 1):
        if number % EVERY == 0:
            print(process.memory_info().rss / 2**20, flush=True)


if __name__ == "__main__":
    main()
