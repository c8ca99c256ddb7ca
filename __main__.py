"""The pipeline on AWS: settings in, components wired, outputs exported. The way of one video: docs/architecture.md."""

import pulumi
import pulumi_aws as aws

from infra import events, mappings, storage
from infra import settings as stack_settings
from infra.boundary import bound_identities
from infra.functions import FunctionMaker
from infra.ledger import Ledger
from infra.monitoring import Monitoring, MonitoringArgs
from infra.n8n import N8nInvoker
from infra.naming import Names
from infra.notifications import MailTopic
from infra.queues import Patience, WorkQueue, WorkQueueArgs
from infra.secrets import StoredSecret
from infra.storage import PrivateBucket, PrivateBucketArgs
from infra.transcoding import Transcoding, TranscodingArgs
from vcp.wire.object_keys import INCOMING_PREFIX, STAGING_PREFIX, VIDEOS_PREFIX

settings, region = stack_settings.load(pulumi.get_stack())
names = Names(pulumi.get_stack(), region, settings.bare_names)
account_id = aws.get_caller_identity_output().account_id
partition = aws.get_partition_output().partition
bound_identities(settings.permissions_boundary)

# What is kept, and where.
copies = storage.expiring(settings.temp_days)
results = storage.lasting(
    settings.compressed_cold_after_days, settings.compressed_cold_class, settings.overwritten_days
)
temp = PrivateBucket(
    "temp", PrivateBucketArgs(names.bucket("temp", account_id), copies, versioned=False, protect=settings.protect_data)
)
compressed = PrivateBucket(
    "compressed",
    PrivateBucketArgs(names.bucket("compressed", account_id), results, versioned=True, protect=settings.protect_data),
)
ledger = Ledger("ledger", names.of("ledger"), protect=settings.protect_data)
google_key = StoredSecret(
    "google-key",
    names.of("google-key"),
    "Google service account that reads Drive",
    settings.google_service_account_key,
)

# What works.
transfers = WorkQueue(
    "transfers", WorkQueueArgs(names.of("transfers"), settings.transfer_timeout_seconds, settings.transfer_receives)
)
transcoding = Transcoding("transcoding", TranscodingArgs(names, temp, account_id, partition))
mails = MailTopic("mails", names.of("mails"), settings.mail_recipients)
mails.restrict()

# The functions, each with what it must know.
maker = FunctionMaker(settings, names, ledger.table_name)
drive = {"google_key_secret_arn": google_key.arn}
jobs = {
    "temp_bucket": temp.bucket_name,
    "transcode_queue_arn": transcoding.queue_arn,
    "transcode_role_arn": transcoding.role_arn,
    "preset_name": transcoding.preset_name,
}
door = maker.make("door", "intake", drive | {"transfer_queue_url": transfers.url})
transfer = maker.make("transfer", "transfer", drive | jobs | {"transfer_queue_url": transfers.url})
completion = maker.make("completion", "completion", jobs | {"compressed_bucket": compressed.bucket_name})
notifier = maker.make("notifier", "notifier", {"topic_arn": mails.arn, "compressed_bucket": compressed.bucket_name})
tidying = {"transfer_queue_url": transfers.url, "completion_function": completion.function_name}
looking = {"watched_folder_id": settings.watched_folder_id, "intake_function": door.function_name}
reconciler = maker.make("reconciler", "reconciler", drive | tidying | looking)

# Who may do what.
for writer in (door, transfer, completion, notifier, reconciler):
    ledger.grant_write(writer)
for worker in (transfer, completion):
    ledger.grant_lease(worker)
ledger.grant_due(reconciler)
for reader in (door, transfer):
    google_key.grant_read(reader)
for sender in (door, reconciler):
    transfers.grant_send(sender)
for submitter in (transfer, completion):
    transcoding.grant_submit(submitter)
transcoding.grant_status(reconciler)
completion.grant_invoke(reconciler)
mails.grant_publish(notifier)
temp.grant(transfer, temp.read(INCOMING_PREFIX), temp.write(INCOMING_PREFIX), temp.delete(INCOMING_PREFIX), temp.list())
temp.grant(
    completion, temp.read(STAGING_PREFIX), temp.delete(STAGING_PREFIX), temp.delete(INCOMING_PREFIX), temp.list()
)
compressed.grant(completion, compressed.read(VIDEOS_PREFIX), compressed.write(VIDEOS_PREFIX), compressed.list())

if settings.watches:
    # The scan knocks at the door as n8n does; it takes nothing in by itself.
    google_key.grant_read(reconciler)
    ledger.grant_look_up(reconciler)
    door.grant_invoke(reconciler)

# What sets them going, and where failures end.
delivery = Patience(settings.event_retries, settings.event_max_age_seconds)
handling = Patience(settings.async_retries, settings.async_max_age_seconds)
following = Patience(settings.stream_retries, settings.stream_max_age_seconds)
mappings.WorkMapping("transfers-to-transfer", transfer, transfers, max_concurrency=settings.max_concurrent_transfers)
our_jobs = events.RuleArgs(
    names.of("jobs"),
    "State changes of this stack's transcoding jobs",
    delivery,
    event_pattern=events.job_events(transcoding.queue_arn),
)
ticking = events.RuleArgs(
    names.of("reconcile"), "When the reconciler looks", delivery, schedule=settings.reconcile_every
)
mail_changes = mappings.StreamMappingArgs(names.failures("notifier"), 10, 0, following)
failures = {
    "transfers": transfers.dead_letters,
    "jobs-undelivered": events.Rule("jobs", completion, our_jobs).undelivered,
    "reconcile-undelivered": events.Rule("reconcile", reconciler, ticking).undelivered,
    "completion-handler": events.AsyncFailures(
        "completion-async", completion, names.failures("completion"), handling
    ).failures,
    "reconciler": events.AsyncFailures("reconciler-async", reconciler, names.failures("reconciler"), handling).failures,
    "notifier": mappings.StreamMapping("ledger-to-notifier", notifier, ledger, mail_changes).failures,
}
functions = [door, transfer, completion, notifier, reconciler]
followers = [notifier]

# Airtable, if there is a base.
if settings.airtable:
    token = StoredSecret(
        "airtable-token",
        names.of("airtable-token"),
        "Airtable token of the table of videos",
        settings.airtable_token,
    )
    known = {"airtable_token_secret_arn": token.arn, "compressed_bucket": compressed.bucket_name}
    logger = maker.make("logger", "airtable_sync", known)
    ledger.grant_read(logger)
    token.grant_read(logger)
    row_changes = mappings.StreamMappingArgs(names.failures("airtable_sync"), 100, 1, following)
    failures["metadata-logger"] = mappings.StreamMapping("ledger-to-logger", logger, ledger, row_changes).failures
    functions.append(logger)
    followers.append(logger)

# n8n, if it calls.
if settings.n8n_invoker:
    n8n = N8nInvoker("n8n", names.of("n8n"), door)
    pulumi.export("n8nUserName", n8n.user_name)
    pulumi.export("n8nPolicyName", n8n.policy_name)

# Somebody hears of it.
if settings.alarms:
    monitoring = Monitoring("monitoring", MonitoringArgs(names, settings.alarm_recipients, account_id, partition))
    for function in functions:
        monitoring.watch_errors(function)
    for follower in followers:
        monitoring.watch_stream(follower)
    for what, queue in failures.items():
        monitoring.watch_failures(what, queue)
    monitoring.watch_backlog(transfers)
    pulumi.export("alarmTopicArn", monitoring.topic.arn)

pulumi.export("region", region)
pulumi.export("images", {"media": settings.media_image, "core": settings.core_image})
pulumi.export("functionNames", {function.key: function.function_name for function in functions})
pulumi.export("functionArns", {function.key: function.arn for function in functions})
pulumi.export("tempBucket", temp.bucket_name)
pulumi.export("compressedBucket", compressed.bucket_name)
pulumi.export("ledgerTable", ledger.table_name)
pulumi.export("transferQueueUrl", transfers.url)
pulumi.export("failureQueueUrls", {what: queue.queue.url for what, queue in failures.items()})
pulumi.export("mailTopicArn", mails.arn)
pulumi.export("transcodeQueueArn", transcoding.queue_arn)
pulumi.export("presetName", transcoding.preset_name)
