"""budget.txt: the exact .text of each subject, one block for each compiler."""

from . import recipe

FILE = recipe.HERE / "budget.txt"
HEAD = """\
# Bytes of .text that each subject may have, by target and opt-level: exact figures of the
# compiler named above them. Written by `tests/size/run --bless`, kept by `tests/size/run`.
"""
COLUMNS = [(target, level) for target in recipe.TARGETS for level in recipe.LEVELS]


def read():
    """{compiler: {(subject, target, level): bytes}}"""
    budgets, block = {}, None
    for line in FILE.read_text().splitlines() if FILE.exists() else []:
        if line.startswith("["):
            block = budgets.setdefault(line.strip("[]"), {})
        elif line and not line.startswith(("#", "subject")):
            subject, *figures = line.split()
            for column, figure in zip(COLUMNS, figures, strict=True):
                if figure != "-":
                    block[subject, *column] = int(figure)
    return budgets


def write(budgets, subjects):
    lines = [HEAD]
    for compiler, block in budgets.items():
        lines.append(f"[{compiler}]")
        lines.append("subject   " + "".join(f"{target + '-' + level:>9}" for target, level in COLUMNS))
        for subject in subjects:
            figures = [block.get((subject, *column), "-") for column in COLUMNS]
            if any(figure != "-" for figure in figures):
                lines.append(f"{subject:10}" + "".join(f"{figure:>9}" for figure in figures))
        lines.append("")
    FILE.write_text("\n".join(lines))
