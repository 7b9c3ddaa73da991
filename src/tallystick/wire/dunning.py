"""How dunning plans, and whose they are, read: the same for the API and whoever changed them."""

from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.customers import queries as customers
from tallystick.dunning import queries
from tallystick.dunning.queries import PlanFacts
from tallystick.foundation.ids import public_id

DUNNING_PLAN = "dpl"
# What is chosen in the place of a plan.
DEFAULT, NONE = "default", "none"

PlanId = Annotated[str, Field(examples=["dpl_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]


class DunningLevelShape(TypedDict):
    """A reminder of a plan."""

    days: Annotated[int, Field(description="So many days after the due date; before it when negative.", examples=[3])]
    pay_by_days: Annotated[
        int | None,
        Field(description="Within how many days it asks for payment; null for at once, or by a due date to come."),
    ]
    texts: Annotated[
        dict[str, str],
        Field(
            description="What the business writes in the place of the usual words, by language.",
            examples=[{"en": "Your invoice is still open.", "de": "Ihre Rechnung ist noch offen."}],
        ),
    ]


class DunningPlanShape(TypedDict):
    """When a payer is reminded of an open invoice, and when services are suspended."""

    id: PlanId
    name: str
    is_default: Annotated[bool, Field(description="Whether it is the plan of whoever has no other.")]
    grace_days: Annotated[
        int | None,
        Field(description="How many days after the last reminder the invoice's services are suspended; null: never."),
    ]
    levels: list[DunningLevelShape]


class PlanChoiceShape(TypedDict):
    """Which plan counts for a customer or a billing group."""

    choice: Annotated[
        str,
        Field(
            description=f"The id of a plan; `{DEFAULT}` for the default one, or as a group's payer; `{NONE}` for none.",
            examples=[DEFAULT],
        ),
    ]
    plan: Annotated[DunningPlanShape | None, Field(description="The plan that counts; null when there is none.")]


def plan_shape(facts: PlanFacts) -> DunningPlanShape:
    """This function will return a plan."""
    return {
        "id": public_id(DUNNING_PLAN, facts.id),
        "name": facts.name,
        "is_default": facts.is_default,
        "grace_days": facts.rules.grace_days,
        "levels": [
            {"days": each.days, "pay_by_days": each.pay_by_days, "texts": dict(facts.texts[each.days])}
            for each in facts.rules.levels
        ],
    }


def one_plan(plan_id: UUID) -> DunningPlanShape:
    """This function will return a plan.

    Raises:
        NotFound: when there is none.
    """
    return plan_shape(queries.plan(plan_id))


def choice_shape(*, customer_id: UUID | None = None, group_id: UUID | None = None) -> PlanChoiceShape:
    """This function will return which plan counts for a customer or a billing group."""
    is_own, chosen_id = queries.chosen(customer_id=customer_id, group_id=group_id)
    if group_id is not None and not is_own:
        return {"choice": DEFAULT, "plan": choice_shape(customer_id=customers.group(group_id)["payer_id"])["plan"]}
    known = queries.plans()
    plan = next((each for each in known if (each.id == chosen_id if is_own else each.is_default)), None)
    own = NONE if chosen_id is None else public_id(DUNNING_PLAN, chosen_id)
    return {"choice": own if is_own else DEFAULT, "plan": None if plan is None else plan_shape(plan)}
