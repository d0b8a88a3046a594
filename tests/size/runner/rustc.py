#!/usr/bin/env python3
"""rustc, with our crates' own names for their metadata: cargo's would hold the folder of this clone,
and functions are ordered by a hash of it, so that two clones would differ by 16 bytes here and there.
"""

import os
import re
import sys

OURS = {"ipc_core", "ipc_derive", "ipc_runtime"}


def own_metadata(arguments):
    name = arguments[arguments.index("--crate-name") + 1] if "--crate-name" in arguments else None
    ours = name in OURS or os.environ.get("CARGO_PKG_NAME") == "subjects"
    return [re.sub(r"^metadata=.*", f"metadata={name}", it) for it in arguments] if ours else arguments


rustc, *arguments = sys.argv[1:]
os.execvp(rustc, [rustc, *own_metadata(arguments)])
