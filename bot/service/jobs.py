"""What is scheduled: procrastinate on the same PostgreSQL runs each of these once per cluster.

A worker that is killed leaves its job "doing" for ever; `retry_stalled` finds those by their worker's heartbeat and lets them run again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import structlog
from procrastinate import App, JobContext, PsycopgConnector, exceptions, jobs

from bot.channels.base import ChannelAdapter, SendFailed
from bot.settings import Settings
from bot.store import retention
from bot.store.store import Store

log = structlog.get_logger()


def make_app(url: str, settings: Settings, store: Store, adapters: Mapping[str, ChannelAdapter]) -> App:
    """The app with its periodic tasks; `app.run_worker_async` runs them."""
    app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=4))

    @app.periodic(cron="*/5 * * * *")
    @app.task(name="vanish", queueing_lock="vanish", pass_context=False)
    async def vanish(timestamp: int) -> None:
        await retention.vanish(store)

    @app.periodic(cron="17 * * * *")
    @app.task(name="delete_old", queueing_lock="delete_old")
    async def delete_old(timestamp: int) -> None:
        await retention.delete_old(store, sessions=timedelta(days=settings.retention_session_days), messages=timedelta(days=settings.retention_transcript_days))

    @app.periodic(cron="*/10 * * * *")
    @app.task(name="watch_webhooks", queueing_lock="watch_webhooks")
    async def watch_webhooks(timestamp: int) -> None:
        """Platforms that unsubscribe us without a word are asked whether we still are subscribed."""
        for name, adapter in adapters.items():
            watchdog = getattr(adapter, "watchdog", None)
            if watchdog is not None:
                try:
                    await watchdog()
                except SendFailed as failed:
                    log.warning("webhook is not watched", channel=name, sentence=failed.sentence)

    @app.periodic(cron="*/2 * * * *")
    @app.task(name="retry_stalled", queueing_lock="retry_stalled", pass_context=True)
    async def retry_stalled(context: JobContext, timestamp: int) -> None:
        for job in await app.job_manager.get_stalled_jobs():
            try:
                await app.job_manager.retry_job(job)
            except exceptions.UniqueViolation:  # the next of its kind waits already
                await app.job_manager.finish_job(job, jobs.Status.ABORTED, delete_job=True)
        await app.job_manager.prune_stalled_workers(60)
        await app.job_manager.delete_old_jobs(nb_hours=24)

    return app
