"""Messages from payment services: verified, stored, answered at once; `usecases.receive` acts on them."""

import logging
from typing import Final

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tallystick.foundation import clock
from tallystick.foundation.errors import Conflict, ExpectedError, NotFound
from tallystick.foundation.transactions import database_is_away
from tallystick.usecases.receive import receive_messages
from tallystick.wire.ids import gateway_account_id_of

log = logging.getLogger("tallystick.webhooks")

# The largest messages of the services that we speak to have a few ten thousand bytes.
LARGEST_BODY: Final = 1_000_000


# Exempt by name: what comes here is proven by its signature, and carries no cookie (S98).
@csrf_exempt
@require_POST
def receive(request: HttpRequest, account: str) -> HttpResponse:
    """This function will take a message for a gateway account, in answer to one POST.

    200: stored, now or before. 400: refused, and nothing is stored. 404: no such account. 409: its id came before with
    another body. 413: too large. 503: the database is away, send it again.

    One that fits no payment of ours is stored all the same; `usecases.receive` marks it unmatched.
    """
    try:
        _measure(request)
        new = receive_messages(
            account_id=gateway_account_id_of(account),
            headers=request.headers,
            body=request.body,
            at=clock.now(),
        )
    except RequestDataTooBig:
        return _say(413, "This is larger than any message of a payment service.")
    except NotFound as error:
        return _say(404, str(error))
    except Conflict as error:
        log.warning("A message was changed", extra={"account": account})
        return _say(409, str(error))
    except ExpectedError as error:
        log.warning("A message was refused", extra={"account": account, "reason": str(error)})
        return _say(400, str(error))
    except Exception as error:
        if not database_is_away(error):
            raise
        log.error("The database is away", exc_info=error)  # noqa: TRY400 - the traceback belongs to it
        return HttpResponse("Send this again.", status=503, content_type="text/plain", headers={"Retry-After": "10"})
    return _say(200, "Taken." if new else "Taken before.")


def _measure(request: HttpRequest) -> None:
    if len(request.body) > LARGEST_BODY:
        raise RequestDataTooBig


def _say(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
