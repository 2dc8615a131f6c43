"""The rules of a leaf's attributes that are more than a list of values."""

from collections.abc import Mapping

from tutelage.core.nearest import nearest
from tutelage.taxonomy.attribute_form import AttributeForm
from tutelage.taxonomy.finding import Notes
from tutelage.taxonomy.leaf import AttributeRule


def rules_of(
    attributes: Mapping[str, list[str] | AttributeForm], notes: Notes
) -> dict[str, AttributeRule]:
    """By name, weights and conditions; a condition that can never hold is noted as an error."""
    found = {}
    above: dict[str, list[str]] = {}
    for name, one in attributes.items():
        if isinstance(one, AttributeForm):
            found[name] = AttributeRule(one.weights, one.when)
            for other, wanted in one.when.items():
                if message := _never(other, wanted, above):
                    notes.error("unknown-attribute", f"attributes.{name}.when.{other}", message)
        above[name] = values_of(one)
    return found


def values_of(attribute: list[str] | AttributeForm) -> list[str]:
    """All values of an attribute."""
    return attribute if isinstance(attribute, list) else list(attribute.weights)


def _never(other: str, wanted: list[str], above: Mapping[str, list[str]]) -> str | None:
    if other not in above:
        return f"no attribute '{other}' stands above this one{nearest(other, above)}"
    if unknown := next((value for value in wanted if value not in above[other]), None):
        return f"'{other}' never is '{unknown}'{nearest(unknown, above[other])}"
    return None
