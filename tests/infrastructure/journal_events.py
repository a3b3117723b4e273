"""Prints the events that the jobs journal, as JSON: name of event to the names of its fields."""

import ast
import json
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "glue-jobs" / "glue_etl"


def main() -> None:
    """Reads the source: a call `….event("<name>", <field>=…)` is an event."""
    trees = [ast.parse(file.read_text()) for file in sorted(PACKAGE.glob("*.py"))]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    calls = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    common = next(node.value for node in nodes if isinstance(node, ast.Assign) and _names(node) == ["entry"])
    fields = {key.value for key in common.keys if key is not None}
    events: dict[str, set[str]] = {}
    for call in calls:
        if call.func.attr == "event" and call.args and isinstance(call.args[0], ast.Constant):
            details = {keyword.arg for keyword in call.keywords if keyword.arg}
            if any(keyword.arg is None for keyword in call.keywords):  # **asdict(outcome)
                details |= _dataclass(nodes, "RuleOutcome")
            events.setdefault(call.args[0].value, set(fields)).update(details)
    json.dump({event: sorted(names) for event, names in events.items()}, sys.stdout)


def _names(node: ast.Assign) -> list[str]:
    return [target.id for target in node.targets if isinstance(target, ast.Name)]


def _dataclass(nodes: list[ast.AST], name: str) -> set[str]:
    definition = next(node for node in nodes if isinstance(node, ast.ClassDef) and node.name == name)
    return {each.target.id for each in definition.body if isinstance(each, ast.AnnAssign)}


if __name__ == "__main__":
    main()
