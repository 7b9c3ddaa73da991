"""Finds the texts that customers can meet: in the portal, on documents, in mails, at sign-in, and what is refused."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.utils.translation.template import templatize

ROOT: Final = Path(__file__).parents[2]
_SOURCE: Final = ROOT / "src/tallystick"

# Python whose marked texts reach customers. The office and what staff alone read stay English.
_MARKED: Final = (
    "correspondence/*.py",
    "customers/*.py",
    "interfaces/kit/**/*.py",
    "interfaces/portal/*.py",
    "invoices/documents/*.py",
    "reports/movement_words.py",
    "usecases/*.py",
    "foundation/*.py",
    "payments/*.py",
    "wallets/*.py",
    "wire/words.py",
)
_TEMPLATES: Final = (
    "correspondence/templates/**/*",
    "interfaces/kit/overrides/**/*",
    "interfaces/kit/templates/**/*",
    "interfaces/portal/templates/**/*",
)
_OF_STAFF: Final = (
    "correspondence/approval_contents.py",
    "correspondence/templates/correspondence/approval_waits.*",
    "correspondence/templates/correspondence/card_tries_stopped.*",
    "correspondence/templates/correspondence/second_factor_reset.*",
    "interfaces/kit/journal.py",
    "interfaces/kit/palette.py",
    "interfaces/kit/sample_*.py",
    "interfaces/kit/saved_views.py",
    "interfaces/kit/templates/kit/backoffice.html",
    "interfaces/kit/templates/kit/found.html",
    "interfaces/kit/templates/kit/living*",
    "interfaces/kit/templates/kit/living/*",
    "interfaces/kit/templates/kit/samples/*",
    "interfaces/kit/templates/kit/components/journal.html",
    "interfaces/kit/templates/kit/components/palette*.html",
    "interfaces/kit/views.py",
    "usecases/notify_approval.py",
    "usecases/notify_card_tries.py",
)
# Where a customer's own act can be refused: sentences of errors, and reasons that stand as one text.
_REFUSING: Final = (
    "allocations/operations.py",
    "customers/operations.py",
    "foundation/card_numbers.py",
    "foundation/idempotency.py",
    "foundation/uploads.py",
    "gateways/registry.py",
    "invoices/operations.py",
    "payments/{agreements,attempts,autopay,card_tries,links,methods,operations,proofs,states,terms}.py",
    "usecases/{after_failures,aims,autopay,collect,documents,duplicates,e_invoices,enrol,methods,own_rights}.py",
    "usecases/{payment_links,people,plan_retry,promise,redeem,statements}.py",
    "wallets/redeeming.py",
)
_CALLS: Final = {
    "_": (0,),
    "gettext": (0,),
    "gettext_lazy": (0,),
    "gettext_noop": (0,),
    "ngettext": (0, 1),
    "ngettext_lazy": (0, 1),
    "pgettext": (None, 0),
    "pgettext_lazy": (None, 0),
}
_STRING: Final = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALL: Final = re.compile(rf"\b(_|gettext|ngettext|pgettext)\({_STRING}(?:,\s*{_STRING})?(?:,[^)]*)?\)", re.DOTALL)
_BRACES: Final = re.compile(r"(.*)\{(.*)\}(.*)")


@dataclass(frozen=True, order=True)
class Text:
    """A text as it stands in the code: `plural` is empty where there is one form, `context` where none is named."""

    singular: str
    plural: str = ""
    context: str = ""


def texts() -> dict[Text, set[str]]:
    """This function will return every text that a customer can meet, with the files in which it stands."""
    found: dict[Text, set[str]] = {}
    for path in _files(_MARKED):
        _note(found, path, _called(_tree(path)))
    for path in _files(_REFUSING):
        _note(found, path, _refused(_tree(path)))
    for path in _files(_TEMPLATES):
        _note(found, path, _in_template(path))
    # A catalogue has one entry of a word: what stands alone in one place and is counted in another is one text.
    for counted in [each for each in found if each.plural]:
        found[counted] |= found.pop(Text(counted.singular, context=counted.context), set())
    return found


def _note(found: dict[Text, set[str]], path: Path, those: Iterator[Text]) -> None:
    for each in those:
        if any(letter.isalpha() for letter in re.sub(r"\{\w+\}", "", each.singular)):
            found.setdefault(each, set()).add(path.relative_to(ROOT).as_posix())


def _files(patterns: tuple[str, ...]) -> list[Path]:
    staff = {path for pattern in _OF_STAFF for path in _SOURCE.glob(pattern)}
    found = {path for pattern in patterns for each in _each(pattern) for path in _SOURCE.glob(each)}
    return sorted(path for path in found - staff if path.is_file())


def _each(pattern: str) -> list[str]:
    parts = _BRACES.fullmatch(pattern)
    return [f"{parts[1]}{each}{parts[3]}" for each in parts[2].split(",")] if parts else [pattern]


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _called(tree: ast.Module) -> Iterator[Text]:
    """Texts in calls of gettext and its kin."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in _CALLS:
            continue
        said = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        if not said:
            continue
        match _CALLS[node.func.id]:
            case (None, 0):
                yield Text(said[1], context=said[0])
            case (0, 1):
                yield Text(said[0], plural=said[1])
            case _:
                yield Text(said[0])


def _refused(tree: ast.Module) -> Iterator[Text]:
    """Sentences of errors, and reasons given as one text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "sentence":
            if isinstance(node.value, ast.Constant):
                yield Text(str(node.value.value))
        elif isinstance(node, ast.Call):
            for each in node.keywords:
                if each.arg == "reason" and isinstance(each.value, ast.Constant) and " " in str(each.value.value):
                    yield Text(str(each.value.value))


def _in_template(path: Path) -> Iterator[Text]:
    for call, first, second in _CALL.findall(templatize(path.read_text())):
        one, other = (str(ast.literal_eval(each)) if each else "" for each in (first, second))
        yield Text(other, context=one) if call == "pgettext" else Text(one, plural=other)
