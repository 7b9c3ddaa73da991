"""The addresses of the API: version 1, its document and its docs; everything else below /api does not exist."""

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja.openapi.docs import Swagger

from tallystick.interfaces.api import (
    activity,
    allocations,
    approvals,
    audit,
    autopay,
    bank_accounts,
    bill_runs,
    billing_groups,
    catalog,
    charges,
    contract_files,
    credit_notes,
    customers,
    disputes,
    dunning,
    explain,
    gateway_accounts,
    gateway_messages,
    invoices,
    letters,
    me,
    method_setups,
    month_end,
    offers,
    payment_bulk,
    payment_imports,
    payment_links,
    payments,
    problems,
    purchase_tax,
    reports,
    staff,
    statements,
    subscriptions,
    tax_rates,
    topup_requests,
    views,
    vouchers,
    wallet_draws,
    wallets,
    what_if,
)
from tallystick.interfaces.api.document import ABOUT
from tallystick.interfaces.api.door import Api, ApiKeyAuth, JsonParser

api = Api(
    title="Tallystick API",
    version="1",
    description=ABOUT.strip(),
    auth=ApiKeyAuth(),
    parser=JsonParser(),
    docs=Swagger({"defaultModelsExpandDepth": -1}),
    urls_namespace="api",
)
api.add_router("/me", me.router)
api.add_router("/customers", customers.router)
api.add_router("/customers", statements.router)
api.add_router("/customers", activity.router)
api.add_router("/explain", explain.router)
api.add_router("/reports", reports.router)
api.add_router("/what_if", what_if.router)
api.add_router("/billing_groups", billing_groups.router)
api.add_router("/dunning_plans", dunning.router)
api.add_router("/customers", dunning.of_customers)
api.add_router("/billing_groups", dunning.of_groups)
api.add_router("/invoices", dunning.of_invoices)
api.add_router("/letters", letters.router)
api.add_router("/invoices", offers.of_invoices)
api.add_router("/tax_rates", tax_rates.router)
api.add_router("/bank_accounts", bank_accounts.router)
api.add_router("/products", catalog.products)
api.add_router("/variants", catalog.variants)
api.add_router("/prices", catalog.prices)
api.add_router("/subscriptions", subscriptions.router)
api.add_router("/subscriptions", contract_files.router)
api.add_router("/bill_runs", bill_runs.router)
api.add_router("/month_end", month_end.router)
api.add_router("/invoices", invoices.router)
api.add_router("/credit_notes", credit_notes.router)
api.add_router("/payments", payment_bulk.router)
api.add_router("/payments", payments.router)
api.add_router("/payments", disputes.returns)
api.add_router("/disputes", disputes.router)
api.add_router("/payment_imports", payment_imports.router)
api.add_router("/customers", autopay.router)
api.add_router("/customers", method_setups.router)
api.add_router("/customers", wallets.router)
api.add_router("/topup_requests", topup_requests.router)
api.add_router("/tax_documents", topup_requests.documents_router)
api.add_router("/purchase_tax_documents", purchase_tax.router)
api.add_router("/invoices", wallet_draws.of_invoices)
api.add_router("/invoices", payment_links.router)
api.add_router("/wallet_draws", wallet_draws.router)
api.add_router("/voucher_batches", vouchers.batches)
api.add_router("/vouchers", vouchers.router)
api.add_router("/charges", charges.router)
api.add_router("/payment_methods", autopay.methods_router)
api.add_router("/allocations", allocations.router)
api.add_router("/approvals", approvals.router)
api.add_router("/roles", staff.roles_router)
api.add_router("/staff", staff.router)
api.add_router("/views", views.router)
api.add_router("/audit", audit.router)
api.add_router("/gateway_accounts", gateway_accounts.router)
api.add_router("/gateway_messages", gateway_messages.router)


# Calls carry a key and no cookie, so there is nothing that a foreign page could make a browser do.
@csrf_exempt
def no_such_address(_request: HttpRequest) -> HttpResponse:
    """This function will answer an address that does not exist."""
    return problems.missing()


def _with_problems(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Turn the frame's own answer to a wrong method into a problem document."""

    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **values: Any) -> HttpResponseBase:
        response = view(request, *args, **values)
        if response.status_code == 405:
            return problems.method_not_allowed(", ".join(sorted(response["Allow"].split(", "))))
        return response

    return answer


def _addresses() -> tuple[list[URLPattern | URLResolver], str, str]:
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        if isinstance(pattern, URLPattern) and pattern.name not in {"openapi-json", "openapi-view", "api-root"}:
            pattern.callback = _with_problems(pattern.callback)
    return patterns, app_name, namespace


urlpatterns = [
    path("v1/", no_such_address),
    path("v1/", _addresses()),
    re_path("", no_such_address),
]
