"""Where the judges differ from the local cloud, and what AWS documents.

A test of a `Difference` must fail with its error; if it passes, the difference is gone and the run fails. A test of a
`Gap` is skipped: it needs something that the judge does not offer.
"""

from __future__ import annotations

from dataclasses import dataclass

from vcp.domain.errors import RetryableError


@dataclass(frozen=True)
class Difference:
    """Tests that fail because a judge does not behave as AWS. Paths are relative to tests/integration/aws."""

    judge: str
    tests: tuple[str, ...]
    error: type[Exception]
    explanation: str
    document: str


@dataclass(frozen=True)
class Gap:
    """Tests that do not apply to a judge."""

    judge: str
    tests: tuple[str, ...]
    explanation: str
    document: str


DIFFERENCES = (
    Difference(
        judge="ministack",
        tests=(
            "s3/test_copies.py::test_copies_an_object_under_a_download_name",
            "s3/test_objects.py::test_joins_parts_sent_in_any_order_with_a_full_object_checksum",
            "s3/test_objects.py::test_resumes_an_upload_from_its_stored_parts",
            "s3/test_objects.py::test_completing_an_upload_is_idempotent",
            "s3/test_ranges.py::test_reads_exactly_the_requested_range",
            "s3/test_ranges.py::test_rejects_a_file_replaced_while_it_is_read",
        ),
        error=RetryableError,
        explanation="ministack answers BadDigest to the CRC64NVME of a whole multipart object. In S3 the checksum "
        'header of CompleteMultipartUpload "specifies the [...] CRC64NVME checksum of the object. The CRC64NVME '
        'checksum is always a full object checksum."',
        document="Amazon S3 API Reference, CompleteMultipartUpload, x-amz-checksum-crc64nvme",
    ),
    Difference(
        judge="versitygw",
        tests=("s3/test_copies.py::test_copies_an_object_under_a_download_name[in parts]",),
        error=RetryableError,
        explanation="versitygw returns the CRC64NVME of the whole source for a copied part, and combines these. In S3 "
        "it is the checksum of the part.",
        document="Amazon S3 API Reference, UploadPartCopy, CopyPartResult, ChecksumCRC64NVME",
    ),
)

GAPS = (
    Gap(
        judge="ministack",
        tests=("test_mediaconvert.py",),
        explanation="ministack has no MediaConvert.",
        document="AWS Elemental MediaConvert API Reference",
    ),
    Gap(
        judge="ministack",
        tests=("test_mail.py::test_delivers_a_mail_with_a_valid_subject",),
        explanation="A subscriber confirms with the link in a mail, and reads mails; the test uses the inbox of the "
        "local cloud for both.",
        document="Amazon SNS Developer Guide, Email subscription setup and management",
    ),
    Gap(
        judge="ministack",
        tests=(
            "test_completion_function.py",
            "test_intake_function.py::test_returns_the_status_of_the_answer",
            "test_intake_function.py::test_anything_but_an_intake_answer_is_retryable",
        ),
        explanation="The test runs a function from a container image, which Lambda pulls from Amazon ECR; only the "
        "local cloud runs a directory in place of an image.",
        document="AWS Lambda Developer Guide, Create a Lambda function using a container image",
    ),
)
