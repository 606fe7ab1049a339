"""What counts as a mutant: the kinds of changes, and those that can't mean anything.

Cosmic Ray's operators, two of our own beside them, and one of them at a time in a place. Left out:
what doesn't compile, docstrings, types (but for the limits that are written in them), `if
TYPE_CHECKING`, `zip(strict=True)`, other than `/` and `+` with a text, imports, and texts for
people: strings with a space in them.
"""

import ast
import random
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import parso
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import OPERATOR_PROVIDERS, get_operator
from cosmic_ray.work_item import MutationSpec, WorkItem

CAREFUL = {"errors", "serving", "runs", "data"}  # an error in them costs most
DENSER = 4
FEWEST = 4  # of a stratum

# The likely slips. `is` for `==`, or `@` for `/`, is none, and most others are errors of type.
KINDS = re.compile(
    r"core/(ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Div|Div_Mul|FloorDiv_Div|Mod_FloorDiv"
    r"|Pow_Mul|LShift_RShift|RShift_LShift|BitAnd_BitOr|BitOr_BitAnd|BitXor_BitAnd)"
    r"|ReplaceComparisonOperator_(Eq_NotEq|NotEq_Eq|Lt_(LtE|GtE)|LtE_(Lt|Gt)|Gt_(GtE|LtE)"
    r"|GtE_(Gt|Lt)|Is_IsNot|IsNot_Is)"
    r"|ReplaceUnaryOperator_Delete_(Not|USub|Invert)"
    r"|AddNot|ReplaceTrueWithFalse|ReplaceFalseWithTrue|ReplaceAndWithOr|ReplaceOrWithAnd"
    r"|ReplaceBreakWithContinue|ReplaceContinueWithBreak|ExceptionReplacer|NumberReplacer"
    r"|RemoveDecorator|ZeroIterationForLoop)"
    r"|own/.*"
)


class WordReplacer(Operator):  # type: ignore[misc]  # cosmic-ray has no types
    """Changes a key, a file's name or another string without a space."""

    def mutation_positions(self, node: Any) -> Iterable[Any]:
        """The strings' positions."""
        if isinstance(node, parso.python.tree.String) and re.fullmatch(
            r"\w*(['\"])\S+\1", node.value
        ):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """`"name"` becomes `"XXname"`."""
        node.value = re.sub(r"^(\w*['\"])", r"\1XX", node.value)
        return node

    @classmethod
    def examples(cls) -> Iterable[Any]:
        """None."""
        return ()


class CallRemover(Operator):  # type: ignore[misc]  # cosmic-ray has no types
    """Leaves out a statement that is nothing but a call."""

    def mutation_positions(self, node: Any) -> Iterable[Any]:
        """The calls' positions."""
        called = (
            node.type in ("atom_expr", "power", "await_expr") and node.parent.type == "simple_stmt"
        )
        if called:
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """`call(...)` becomes `pass`."""
        return parso.python.tree.Name("pass", node.start_pos, node.get_first_leaf().prefix)

    @classmethod
    def examples(cls) -> Iterable[Any]:
        """None."""
        return ()


OPERATOR_PROVIDERS["own"] = {"WordReplacer": WordReplacer, "CallRemover": CallRemover}


class _Essence(ast.NodeTransformer):
    """Code without what tells people, type checkers or `zip` what is so anyway."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return ast.Pass() if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "isinstance":
            node.args = node.args[:1]  # `&` between types is an error
        return self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST | None:
        return None if node.arg == "strict" else self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        if any(map(_is_text, (node.left, node.right))):
            node.op = ast.Add()  # or `/` of a path: with a text there is but one that can be
        return self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST:
        names = {name.id for name in ast.walk(node.test) if isinstance(name, ast.Name)}
        return ast.Pass() if "TYPE_CHECKING" in names else self.generic_visit(node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for name in ("annotation", "returns"):
            found = getattr(node, name, None)
            if found and not any(isinstance(part, ast.Call) for part in ast.walk(found)):
                setattr(node, name, None)
        return super().generic_visit(node)


def _is_text(node: ast.AST) -> bool:
    value = getattr(node, "value", None)
    return isinstance(node, ast.JoinedStr) or isinstance(value, str)


@cache
def essence(code: str) -> str | None:
    """What of the code matters; None: it doesn't compile."""
    try:
        return ast.dump(_Essence().visit(ast.parse(code)))
    except SyntaxError:
        return None


def mutated(mutation: MutationSpec) -> str | None:
    """The module's code with the mutation; None: it means nothing."""
    code = mutation.module_path.read_text("utf-8")
    operator = get_operator(mutation.operator_name)(**mutation.operator_args)
    changed = mutate_code(code, operator, mutation.occurrence)
    meaningful = changed and essence(changed) not in (None, essence(code))
    return changed if meaningful else None


def stratum(path: Path) -> str:
    """`runs` for digitscope/runs/run.py, `errors` for digitscope/errors.py."""
    name = path.parts[1].removesuffix(".py")
    return name if len(path.parts) > 2 or name == "errors" else "top level"


def sample(items: Iterable[WorkItem], count: int, seed: int) -> set[str]:
    """The job ids of about `count` mutants: places at random, and in each one of its changes."""
    chosen: set[str] = set()
    places = _places(items)
    for name, quota in quotas({name: len(found) for name, found in places.items()}, count).items():
        rng = random.Random(f"{seed} {name}")
        changes = [rng.choice(there) for there in rng.sample(places[name], len(places[name]))]
        meaningful = (item.job_id for item in changes if mutated(item.mutations[0]))
        chosen.update(islice(meaningful, quota))
    return chosen


def _places(items: Iterable[WorkItem]) -> dict[str, list[list[WorkItem]]]:
    """By stratum, the places of the code; of each, the changes that can be made there."""

    def place(item: WorkItem) -> tuple[Path, Any]:
        return item.mutations[0].module_path, item.mutations[0].start_pos

    def change(item: WorkItem) -> tuple[Any, ...]:
        return *place(item), item.mutations[0].operator_name, item.mutations[0].occurrence

    places: dict[str, list[list[WorkItem]]] = defaultdict(list)
    wanted = (item for item in items if KINDS.fullmatch(item.mutations[0].operator_name))
    for (path, _), there in groupby(sorted(wanted, key=change), key=place):
        places[stratum(path)].append(list(there))
    return places


def quotas(sizes: dict[str, int], count: int) -> dict[str, int]:
    """How many mutants of each stratum, by its size; the careful ones are sampled more densely."""
    weights = {name: size * (DENSER if name in CAREFUL else 1) for name, size in sizes.items()}
    share = count / sum(weights.values())
    return {name: max(FEWEST, round(share * weights[name])) for name in sorted(weights)}
