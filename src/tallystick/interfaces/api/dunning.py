"""`/dunning_plans`: when payers are reminded of open invoices, and by which plan."""

from typing_extensions import TypedDict

from tallystick.customers import queries as customers
from tallystick.dunning import queries
from tallystick.foundation import clock
from tallystick.interfaces.api.door import Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.dunning_inputs import (
    ChoiceInput,
    DefaultInput,
    LevelInput,
    LevelRemoval,
    PauseInput,
    PlanInput,
    PromiseInput,
)
from tallystick.interfaces.api.inputs import (
    Nothing,
)
from tallystick.invoices import queries as invoices
from tallystick.usecases import dunning_pauses, dunning_plans
from tallystick.usecases.frame import require_own, require_unscoped
from tallystick.usecases.roles import Permission
from tallystick.wire.dunning import (
    DunningOfInvoiceShape,
    DunningPauseShape,
    DunningPlanShape,
    PlanChoiceShape,
    choice_shape,
    one_plan,
    pause_of_customer,
    plan_shape,
)
from tallystick.wire.ids import (
    billing_group_id_of,
    customer_id_of,
    dunning_plan_id_of,
    invoice_id_of,
)

router = Room(tags=["dunning"])
of_customers = Room(tags=["dunning"])
of_groups = Room(tags=["dunning"])
of_invoices = Room(tags=["dunning"])


class CustomerPause(TypedDict):
    """The pause of all reminders of a customer."""

    pause: DunningPauseShape | None


class DunningPlanList(TypedDict):
    """Dunning plans."""

    data: list[DunningPlanShape]


@router.get("", response=DunningPlanList, summary="List dunning plans", operation_id="list_dunning_plans")
def list_dunning_plans(request: Request) -> DunningPlanList:
    """Answers with all plans that are not archived, the default one first. There are few: the list has one page. Needs
    `view`.
    """
    viewer(request)
    return {"data": [plan_shape(each) for each in queries.plans()]}


@router.post("", response={201: DunningPlanShape}, summary="Add a dunning plan", operation_id="create_dunning_plan")
def create_dunning_plan(request: Request, key: RequiredKey, body: PlanInput) -> DunningPlanShape:
    """Adds a plan without levels; until it is chosen it reminds nobody. Needs `settings.change`."""
    return dunning_plans.create_plan(**body.told(), **call(request, key))


@router.post(
    "/default", response=DunningPlanList, summary="Choose the default plan", operation_id="choose_default_dunning_plan"
)
def choose_default_dunning_plan(request: Request, key: RequiredKey, body: DefaultInput) -> DunningPlanList:
    """Chooses the plan of whoever has no other, and answers with all of them. Without one nobody is reminded by itself.
    Needs `settings.change`.
    """
    plan_id = None if body.plan is None else dunning_plan_id_of(body.plan)
    return {"data": dunning_plans.choose_default_plan(plan_id=plan_id, **call(request, key))}


@router.get(
    "/{dunning_plan_id}", response=DunningPlanShape, summary="Get a dunning plan", operation_id="get_dunning_plan"
)
def get_dunning_plan(request: Request, dunning_plan_id: str) -> DunningPlanShape:
    """Answers with the plan and its levels, by their days. Needs `view`."""
    viewer(request)
    return one_plan(dunning_plan_id_of(dunning_plan_id))


@router.post(
    "/{dunning_plan_id}", response=DunningPlanShape, summary="Change a dunning plan", operation_id="change_dunning_plan"
)
def change_dunning_plan(request: Request, dunning_plan_id: str, key: RequiredKey, body: PlanInput) -> DunningPlanShape:
    """Sets the name of a plan, when services are suspended, and how its late fees are taxed; what is left out becomes
    null. Needs `settings.change`.
    """
    return dunning_plans.change_plan(plan_id=dunning_plan_id_of(dunning_plan_id), **body.told(), **call(request, key))


@router.post(
    "/{dunning_plan_id}/archive",
    response=DunningPlanShape,
    summary="Archive a dunning plan",
    operation_id="archive_dunning_plan",
)
def archive_dunning_plan(
    request: Request, dunning_plan_id: str, key: RequiredKey, body: Nothing | None = None
) -> DunningPlanShape:
    """Puts away a plan that counts for nobody. Needs `settings.change`."""
    del body
    return dunning_plans.archive_plan(plan_id=dunning_plan_id_of(dunning_plan_id), **call(request, key))


@router.post(
    "/{dunning_plan_id}/levels", response=DunningPlanShape, summary="Set a level", operation_id="set_dunning_level"
)
def set_dunning_level(request: Request, dunning_plan_id: str, key: RequiredKey, body: LevelInput) -> DunningPlanShape:
    """Puts a reminder into a plan, in the place of the one on the same day. Needs `settings.change`."""
    return dunning_plans.set_level(
        plan_id=dunning_plan_id_of(dunning_plan_id),
        **body.model_dump(exclude={"fees"}),
        fees=body.by_currency(),
        **call(request, key),
    )


@router.post(
    "/{dunning_plan_id}/levels/remove",
    response=DunningPlanShape,
    summary="Remove a level",
    operation_id="remove_dunning_level",
)
def remove_dunning_level(
    request: Request, dunning_plan_id: str, key: RequiredKey, body: LevelRemoval
) -> DunningPlanShape:
    """Takes a reminder out of a plan; whoever got it before keeps it. Needs `settings.change`."""
    return dunning_plans.remove_level(plan_id=dunning_plan_id_of(dunning_plan_id), days=body.days, **call(request, key))


@of_customers.get(
    "/{customer_id}/dunning_plan",
    response=PlanChoiceShape,
    summary="Get a customer's dunning plan",
    operation_id="get_dunning_plan_of_customer",
)
def get_dunning_plan_of_customer(request: Request, customer_id: str) -> PlanChoiceShape:
    """Answers with the plan by which a customer is reminded. Needs `view`."""
    found = customer_id_of(customer_id)
    require_own(viewer(request), found, kind="customer")
    return choice_shape(customer_id=customers.customer(found)["id"])


@of_customers.post(
    "/{customer_id}/dunning_plan",
    response=PlanChoiceShape,
    summary="Choose a customer's dunning plan",
    operation_id="choose_dunning_plan_of_customer",
)
def choose_dunning_plan_of_customer(
    request: Request, customer_id: str, key: RequiredKey, body: ChoiceInput
) -> PlanChoiceShape:
    """Chooses by which plan a customer is reminded, or that it is not. Needs `customers.edit`."""
    return dunning_plans.choose_for_customer(
        customer_id=customer_id_of(customer_id), choice=body.choice, **call(request, key)
    )


@of_groups.get(
    "/{group_id}/dunning_plan",
    response=PlanChoiceShape,
    summary="Get a group's dunning plan",
    operation_id="get_dunning_plan_of_group",
)
def get_dunning_plan_of_group(request: Request, group_id: str) -> PlanChoiceShape:
    """Answers with the plan by which the payer of a group is reminded of its invoices. Needs `view`, and a key that is
    not narrowed to one customer.
    """
    require_unscoped(viewer(request), Permission.VIEW)
    return choice_shape(group_id=customers.group(billing_group_id_of(group_id))["id"])


@of_groups.post(
    "/{group_id}/dunning_plan",
    response=PlanChoiceShape,
    summary="Choose a group's dunning plan",
    operation_id="choose_dunning_plan_of_group",
)
def choose_dunning_plan_of_group(
    request: Request, group_id: str, key: RequiredKey, body: ChoiceInput
) -> PlanChoiceShape:
    """Chooses by which plan the payer of a group is reminded of its invoices. Needs `groups.change`."""
    return dunning_plans.choose_for_group(
        group_id=billing_group_id_of(group_id), choice=body.choice, **call(request, key)
    )


@of_invoices.get(
    "/{invoice_id}/dunning", response=DunningOfInvoiceShape, summary="Get reminders", operation_id="get_dunning"
)
def get_dunning(request: Request, invoice_id: str) -> DunningOfInvoiceShape:
    """Answers with the reminders of an invoice, and what happens next if nothing is paid. Needs `view`."""
    actor, found = viewer(request), invoice_id_of(invoice_id)
    require_own(actor, invoices.invoice(found)["customer_id"], kind="invoice")
    return dunning_pauses.dunning_of(found, today=clock.local_date(clock.now()), tells_private=actor.scope is None)


@of_invoices.post(
    "/{invoice_id}/dunning/pause",
    response=DunningOfInvoiceShape,
    summary="Pause an invoice's reminders",
    operation_id="pause_reminders",
)
def pause_reminders(request: Request, invoice_id: str, key: RequiredKey, body: PauseInput) -> DunningOfInvoiceShape:
    """Pauses the reminders of an open invoice, and what would follow. Needs `payments.record`."""
    return dunning_pauses.pause_invoice(invoice_id=invoice_id_of(invoice_id), **body.model_dump(), **call(request, key))


@of_invoices.post(
    "/{invoice_id}/dunning/promise",
    response=DunningOfInvoiceShape,
    summary="Note a promise to pay",
    operation_id="promise_to_pay",
)
def promise_to_pay(request: Request, invoice_id: str, key: RequiredKey, body: PromiseInput) -> DunningOfInvoiceShape:
    """Notes that the payer promised to pay by a day: nobody is reminded until then, and from the next day on as before,
    if anything is still open. Those who get the reminders get a mail that says so. Automatic payment goes on: a planned
    charge is made on its day. Needs `payments.record`.
    """
    return dunning_pauses.promise_to_pay(
        invoice_id=invoice_id_of(invoice_id), **body.model_dump(), **call(request, key)
    )


@of_invoices.post(
    "/{invoice_id}/dunning/resume",
    response=DunningOfInvoiceShape,
    summary="Resume an invoice's reminders",
    operation_id="resume_reminders",
)
def resume_reminders(
    request: Request, invoice_id: str, key: RequiredKey, body: Nothing | None = None
) -> DunningOfInvoiceShape:
    """Ends the pause of an invoice, or the wait for what was promised. Needs `payments.record`."""
    del body
    return dunning_pauses.resume_invoice(invoice_id=invoice_id_of(invoice_id), **call(request, key))


@of_customers.get(
    "/{customer_id}/dunning/pause",
    response=CustomerPause,
    summary="Get the pause of a customer's reminders",
    operation_id="get_pause_of_customer",
)
def get_pause_of_customer(request: Request, customer_id: str) -> CustomerPause:
    """Answers with the pause of all reminders of a customer; null when there is none. Needs `view`."""
    actor, found = viewer(request), customer_id_of(customer_id)
    require_own(actor, found, kind="customer")
    return {"pause": pause_of_customer(customers.customer(found)["id"], tells_private=actor.scope is None)}


@of_customers.post(
    "/{customer_id}/dunning/pause",
    response=CustomerPause,
    summary="Pause a customer's reminders",
    operation_id="pause_reminders_of_customer",
)
def pause_reminders_of_customer(
    request: Request, customer_id: str, key: RequiredKey, body: PauseInput
) -> CustomerPause:
    """Pauses all reminders of a customer, and what would follow. Needs `payments.record`."""
    told = dunning_pauses.pause_customer(
        customer_id=customer_id_of(customer_id), **body.model_dump(), **call(request, key)
    )
    return {"pause": told}


@of_customers.post(
    "/{customer_id}/dunning/resume",
    response=CustomerPause,
    summary="Resume a customer's reminders",
    operation_id="resume_reminders_of_customer",
)
def resume_reminders_of_customer(
    request: Request, customer_id: str, key: RequiredKey, body: Nothing | None = None
) -> CustomerPause:
    """Ends the pause of all reminders of a customer. Needs `payments.record`."""
    del body
    return {"pause": dunning_pauses.resume_customer(customer_id=customer_id_of(customer_id), **call(request, key))}
