"""The pipeline on AWS: settings, functions, outputs. How a video passes through it: docs/architecture.md."""

import pulumi
import pulumi_aws as aws

from infra import functions as limits
from infra.components import bucket, event_rule, stream
from infra.components.alarms import Alarms, AlarmsArgs
from infra.components.bucket import PrivateBucket, PrivateBucketArgs
from infra.components.event_rule import RuleArgs
from infra.components.mail_topic import MailTopic, MailTopicArgs
from infra.components.n8n_user import N8nUser, N8nUserArgs
from infra.components.queue import WorkQueue, WorkQueueArgs
from infra.components.secret import StoredSecret, StoredSecretArgs
from infra.components.table import Ledger, LedgerArgs
from infra.components.transcoding import Transcoding, TranscodingArgs
from infra.components.trigger import RetryPolicy
from infra.config.settings import load
from infra.functions import Functions
from infra.naming import Names
from vcp.wire.environment import NOTIFIER_TIMEOUT_SECONDS
from vcp.wire.object_keys import INCOMING_PREFIX, STAGING_PREFIX, VIDEOS_PREFIX

settings = load(pulumi.get_stack())
names = Names(settings.stack, settings.region, settings.bare_names)
account_id = aws.get_caller_identity_output().account_id
partition = aws.get_partition_output().partition
boundary = settings.permissions_boundary or None
protect = settings.protect_data

# Data
expiring = bucket.temporary(settings.temp_days)
lasting = bucket.permanent(
    settings.compressed_cold_after_days, settings.compressed_cold_class, settings.noncurrent_version_days
)
temp = PrivateBucket(
    "temp", PrivateBucketArgs(names.bucket("temp", account_id), expiring, versioned=False, protect=protect)
)
compressed = PrivateBucket(
    "compressed", PrivateBucketArgs(names.bucket("compressed", account_id), lasting, versioned=True, protect=protect)
)
ledger = Ledger("ledger", LedgerArgs(names.of("ledger"), protect=protect))
google_key = StoredSecret(
    "google-key",
    StoredSecretArgs(
        names.of("google-key"), "Google service account that reads Drive", settings.google_service_account_key
    ),
)

# Queues, jobs, mails
transfers = WorkQueue(
    "transfers", WorkQueueArgs(names.of("transfers"), settings.transfer_timeout_seconds, settings.transfer_max_receives)
)
transcoding = Transcoding("transcoding", TranscodingArgs(names, temp, account_id, partition, boundary))
mails = MailTopic("mails", MailTopicArgs(names.of("mails"), settings.mail_recipients))

# Triggers
delivery = RetryPolicy(settings.event_retries, settings.event_max_age_seconds)
invocation = RetryPolicy(settings.async_retries, settings.async_max_age_seconds)
streaming = RetryPolicy(settings.stream_retries, settings.stream_max_age_seconds)
jobs = RuleArgs(
    names.of("jobs"),
    "State changes of this stack's transcoding jobs",
    delivery,
    invocation,
    pattern=event_rule.job_events(transcoding.queue_arn),
)
schedule = RuleArgs(
    names.of("reconcile"), "Schedule of the reconciler", delivery, invocation, schedule=settings.reconcile_rate
)

# Functions: what each may do, and what invokes it
functions = Functions(settings, names)
intake = functions.create(
    "intake",
    "Accepts videos: asks Drive, claims the file, queues the transfer",
    image=settings.media_image,
    memory_mb=settings.intake_memory_mb,
    timeout_seconds=limits.INTAKE_TIMEOUT_SECONDS,
    uses=[ledger.write(), google_key.read(), transfers.send()],
)
transfer = functions.create(
    "transfer",
    "Plans a video, copies it from Drive and submits its job",
    image=settings.media_image,
    memory_mb=settings.transfer_memory_mb,
    timeout_seconds=settings.transfer_timeout_seconds,
    uses=[
        ledger.write(),
        ledger.release_lease(),
        google_key.read(),
        transcoding.submit(),
        temp.access(read=[INCOMING_PREFIX], write=[INCOMING_PREFIX], delete=[INCOMING_PREFIX]),
    ],
    trigger=transfers.consumer(settings.max_concurrent_transfers),
)
completion = functions.create(
    "completion",
    "Verifies results and publishes them",
    image=settings.media_image,
    memory_mb=settings.completion_memory_mb,
    timeout_seconds=settings.completion_timeout_seconds,
    uses=[
        ledger.write(),
        ledger.release_lease(),
        transcoding.submit(),
        temp.access(read=[STAGING_PREFIX], delete=[STAGING_PREFIX, INCOMING_PREFIX]),
        compressed.access(read=[VIDEOS_PREFIX], write=[VIDEOS_PREFIX]),
    ],
    trigger=event_rule.rule("jobs", jobs),
)
notifier = functions.create(
    "notifier",
    "Sends each mail once",
    image=settings.core_image,
    memory_mb=settings.notifier_memory_mb,
    timeout_seconds=NOTIFIER_TIMEOUT_SECONDS,
    uses=[ledger.write(), mails.publish()],
    settings={"compressed_bucket": compressed.bucket_name},
    trigger=stream.changes(ledger, streaming, batch_size=10),
)
# The scan submits files to the intake as n8n does.
scan = [google_key.read(), ledger.look_up(), intake.invoke()] if settings.watches else []
reconciler = functions.create(
    "reconciler",
    "Recovers lost work and scans the watched folder",
    image=settings.core_image,
    memory_mb=settings.reconciler_memory_mb,
    timeout_seconds=limits.RECONCILER_TIMEOUT_SECONDS,
    uses=[ledger.write(), ledger.query_due(), transfers.send(), transcoding.status(), completion.invoke(), *scan],
    settings={
        "watched_folder_id": settings.watched_folder_id,
        "google_key_secret_arn": google_key.arn,
        "intake_function": intake.function_name,
    },
    trigger=event_rule.rule("reconcile", schedule),
)
if settings.airtable:
    airtable_token = StoredSecret(
        "airtable-token",
        StoredSecretArgs(names.of("airtable-token"), "Airtable token for the table of videos", settings.airtable_token),
    )
    airtable_sync = functions.create(
        "airtable_sync",
        "Writes the ledger's records to the Airtable table",
        image=settings.core_image,
        memory_mb=settings.airtable_sync_memory_mb,
        timeout_seconds=limits.AIRTABLE_SYNC_TIMEOUT_SECONDS,
        uses=[ledger.read(), airtable_token.read()],
        settings={"compressed_bucket": compressed.bucket_name},
        trigger=stream.changes(ledger, streaming, batch_size=100, window_seconds=1),
    )

# Access for n8n, alarms
if settings.n8n_invoker:
    n8n = N8nUser("n8n", N8nUserArgs(names.of("n8n"), intake, boundary))
    pulumi.export("n8nUserName", n8n.user_name)
    pulumi.export("n8nPolicyName", n8n.policy_name)
if settings.alarms:
    alarms = Alarms("alarms", AlarmsArgs(names, functions.alarms, settings.alarm_recipients, account_id, partition))
    pulumi.export("alarmTopicArn", alarms.topic_arn)

pulumi.export("region", settings.region)
pulumi.export("images", {"media": settings.media_image, "core": settings.core_image})
pulumi.export("functionNames", {function.key: function.function_name for function in functions.all})
pulumi.export("functionArns", {function.key: function.arn for function in functions.all})
pulumi.export("tempBucket", temp.bucket_name)
pulumi.export("compressedBucket", compressed.bucket_name)
pulumi.export("ledgerTable", ledger.table_name)
pulumi.export("transferQueueUrl", transfers.url)
pulumi.export("failureQueueUrls", {what: queue.url for what, queue in functions.failure_queues.items()})
pulumi.export("mailTopicArn", mails.arn)
pulumi.export("transcodeQueueArn", transcoding.queue_arn)
pulumi.export("presetName", transcoding.preset_name)
