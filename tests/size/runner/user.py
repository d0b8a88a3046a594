"""What a user's own build bears: how many crates, and how long a clean build of them takes."""

import os
import shutil
import subprocess

from . import recipe

CRATE = "ipc-runtime"


def crates():
    """The crates compiled for a user, ours among them."""
    tree = recipe.output("cargo", "tree", "-e", "normal,build", "-p", CRATE, "--prefix", "none",
                         cwd=recipe.ROOT, env=recipe.environment())
    return sorted({line.removesuffix(" (*)").split(" (")[0] for line in tree.splitlines() if line})


def clean_build_seconds(enough):
    """CPU-seconds, all threads together, of the first build in a new target folder; None if it
    fails. A busy machine only ever adds to them, so of three tries the best counts, and one that
    is within `enough` is the last."""
    best = None
    for _ in range(3):
        seconds = clean_build()
        if seconds is None:
            return None
        best = min(seconds, best or seconds)
        if best <= enough:
            break
    return best


def clean_build():
    target = recipe.OUT / "clean-build"
    shutil.rmtree(target, ignore_errors=True)
    env = recipe.environment(CARGO_TARGET_DIR=str(target))
    subprocess.run(["cargo", "fetch", "--quiet"], cwd=recipe.ROOT, env=env, check=True)
    before = os.times()
    build = subprocess.run(["cargo", "build", "--quiet", "-p", CRATE], cwd=recipe.ROOT, env=env)
    after = os.times()
    if build.returncode != 0:
        return None
    return (after.children_user - before.children_user) + (after.children_system - before.children_system)
