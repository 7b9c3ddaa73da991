"""Work for later: deferred in the transaction of the fact that causes it, registered by the doors, done by a worker."""

import asyncio
import functools
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

import psycopg
import structlog
from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import connection
from django.utils import timezone
from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy, exceptions
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.utils import connector_params
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.signals import on_stop
from procrastinate.tasks import configure_task
from procrastinate.worker import Worker

from tallystick.foundation import clock
from tallystick.foundation.processes import GRACE_SECONDS
from tallystick.foundation.transactions import needs_transaction, savepoint, transaction

log = structlog.get_logger()

Function = TypeVar("Function", bound=Callable[..., object])

# A job that takes its worker down again and again is given up after so many starts.
MOST_STARTS = 5

# Always Django's connection: in a worker, the queue's own app has another one, outside the transaction of the job.
_manager = JobManager(DjangoConnector())


@needs_transaction
def defer(
    name: str,
    /,
    *,
    queue: str = "default",
    lock: str | None = None,
    queueing_lock: str | None = None,
    schedule_at: datetime | None = None,
    **args: Any,
) -> int | None:
    """This function will queue the job `name` with JSON arguments; it runs once the caller's transaction is committed.

    Jobs with the same `lock` run one after another, in order. Of those with the same `queueing_lock` only one waits:
    when there is one already, nothing is added and None returned, else the new job's number.

    Raises:
        NoTransactionError: when the caller has no transaction, and the fact and its job could be torn apart.
    """
    deferrer = configure_task(
        name=name,
        job_manager=_manager,
        queue=queue,
        lock=lock,
        queueing_lock=queueing_lock,
        # The queue lives in real time, also where the clock was moved.
        schedule_at=None if schedule_at is None else schedule_at - clock.offset(),
    )
    if queueing_lock is None:
        return deferrer.defer(**args)
    try:
        # The refusal of a second one breaks the transaction, unless it happens inside a savepoint.
        with savepoint():
            return deferrer.defer(**args)
    except exceptions.AlreadyEnqueued:
        return None


@needs_transaction
def bring_forward(by: timedelta) -> None:
    """This function will bring every job that waits for its time that much nearer, because the clock was moved."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - make_interval(secs => %s) "
            "WHERE status = 'todo' AND scheduled_at > now()",
            [by.total_seconds()],
        )


@needs_transaction
def forget_waiting(*, begins: str) -> int:
    """This function will remove the waiting jobs whose name begins so, and return how many; one that runs goes on."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE status = 'todo' AND starts_with(task_name, %s)", [begins])
        return int(cursor.rowcount)


def job(name: str, *, attempts: int = 8) -> Callable[[Function], Function]:
    """This function will register the decorated function as the job `name`.

    When it fails it is tried again after 2, 4, 8 … seconds, `attempts` times in all, and then waits as failed for
    staff to look at.
    """

    def register(function: Function) -> Function:
        # The strategy reads 0 as "for ever".
        retry = RetryStrategy(max_attempts=attempts - 1, exponential_wait=2) if attempts > 1 else False
        app.task(name=name, retry=retry)(function)
        return function

    return register


def periodic_job(name: str, *, cron: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """This function will register the decorated function as a job that is started by the clock, once for all workers.

    `cron` has five fields, or six with seconds at the end. A run that is due while the one before still waits is left
    out.
    """

    def register(function: Callable[[], None]) -> Callable[[], None]:
        @functools.wraps(function)
        def run(timestamp: int) -> None:  # noqa: ARG001 - the queue says for when it was due; our jobs ask the clock
            function()

        app.periodic(cron=cron, queueing_lock=name)(app.task(name=name, queueing_lock=name)(run))
        return function

    return register


def log_job(call_next: Callable[[], Any], context: JobContext, _worker: Worker) -> Any:
    """This function will put a job's name and number into every log line that it writes."""
    with structlog.contextvars.bound_contextvars(job=context.job.task_name, job_id=context.job.id):
        return call_next()


def rescue_stalled() -> int:
    """This function will put jobs back into the queue whose worker fell silent, and return how many.

    A job that waits in the queue a second time anyway, or that was started too often, ends as failed instead.
    """
    silence = settings.JOBS_SILENCE_SECONDS
    stalled = cast("Iterable[Job]", _call(_manager.get_stalled_jobs, seconds_since_heartbeat=silence))
    rescued = 0
    for each in stalled:
        number = cast("int", each.id)
        if each.attempts + 1 >= MOST_STARTS or not _put_back(number):
            _call(_manager.finish_job_by_id_async, job_id=number, status=Status.FAILED, delete_job=False)
        else:
            rescued += 1
    return rescued


def _put_back(number: int) -> bool:
    try:
        with transaction():
            _manager.retry_job_by_id(number, retry_at=timezone.now())
    except exceptions.UniqueViolation:
        return False
    return True


def forget_old(*, hours: int) -> None:
    """This function will delete jobs that succeeded longer ago than that; failed ones stay until staff see to them."""
    _call(_manager.delete_old_jobs, nb_hours=hours)


def _call(function: Callable[..., Any], **arguments: Any) -> Any:
    return async_to_sync(function)(**arguments)


@dataclass(frozen=True, kw_only=True)
class WorkerSigns:
    """What the workers and the queue show from outside."""

    # Workers whose heart beat within the time of silence.
    alive: int
    waiting: int
    failed: int


def worker_signs() -> WorkerSigns:
    """This function will return how many workers live and how many jobs are due or failed."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (SELECT count(*) FROM procrastinate_workers
                    WHERE last_heartbeat > now() - make_interval(secs => %s)),
                   count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()),
                   count(*) FILTER (WHERE status = 'failed')
            FROM procrastinate_jobs
            """,
            [settings.JOBS_SILENCE_SECONDS],
        )
        alive, waiting, failed = cursor.fetchone() or (0, 0, 0)
    return WorkerSigns(alive=alive, waiting=waiting, failed=failed)


class DatabaseAway(Exception):
    """A worker could no longer work with its database."""

    def __init__(self) -> None:
        super().__init__(
            "The worker lost its database and ended: start it again when the database answers, and it goes on where "
            "it was."
        )


def work(*, concurrency: int, until_empty: bool = False) -> None:
    """This function will do jobs until the process is told to stop, or until none is due when `until_empty`.

    On SIGTERM and SIGINT running jobs are finished first.

    Raises:
        DatabaseAway: when it ended without being told to; whoever started it starts it again.
    """
    connector = PsycopgConnector(kwargs=connector_params(), timeout=settings.JOBS_PATIENCE_SECONDS)
    with app.replace_connector(connector) as worker_app:
        working = _work(
            worker_app,
            concurrency=concurrency,
            wait=not until_empty,
            # Notifications only save waiting for the next look into the queue.
            listen_notify=not until_empty,
        )
        try:
            told = asyncio.run(working)
        except (exceptions.ConnectorException, psycopg.OperationalError) as error:
            if isinstance(error.__cause__, psycopg.ProgrammingError):
                raise  # the database is there, its tables are not
            log.exception("worker lost its database")
            raise DatabaseAway from error
    if not told and not until_empty:
        raise DatabaseAway


async def _work(worker_app: App, **options: Any) -> bool:
    """This function will run a worker, and tell whether it ended because it was told to.

    The queue's own handling of signals would not tell that from an end after an error.
    """
    done = 0

    def counted(call_next: Callable[[], Any], context: JobContext, worker: Worker) -> Any:
        nonlocal done
        done += 1
        return log_job(call_next, context, worker)

    def stop() -> None:
        worker.cancel()

    async with worker_app.open_async():
        while True:
            before = done
            worker = asyncio.ensure_future(
                worker_app.run_worker_async(
                    task_middleware=[*app.worker_defaults["task_middleware"], counted],
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=GRACE_SECONDS,
                    update_heartbeat_interval=settings.JOBS_HEARTBEAT_SECONDS,
                    stalled_worker_timeout=settings.JOBS_SILENCE_SECONDS,
                    **options,
                )
            )
            # A worker that shall end by itself may run in any thread, and signals reach only the first.
            with on_stop(stop) if options["wait"] else nullcontext():
                try:
                    await worker
                except asyncio.CancelledError:
                    return True
            # Of several at once, one finds the queue empty while another is still doing what puts a job into it.
            if options["wait"] or options["concurrency"] == 1 or done == before:
                return False
