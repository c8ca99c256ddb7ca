"""Effects of hooks that are visible only inside the server's process: each test runs its own interpreter."""

from __future__ import annotations

import pytest

from tests.localcloud.hooks.conftest import run_with_hooks

pytestmark = pytest.mark.server


def test_rejects_a_second_installation() -> None:
    assert "the local cloud's hook expects it missing" in run_with_hooks(
        """
        from localcloud.hooks.patching import MotoChanged
        try:
            install_hooks()
        except MotoChanged as error:
            print(error)
        """
    )


def test_lists_the_modules_of_moto_once() -> None:
    assert run_with_hooks(
        """
            import os
            import moto.backends
            from moto.moto_server.werkzeug_app import DomainDispatcherApplication
            def fail(path):
                raise AssertionError("listed again")
            os.listdir = fail
            app = DomainDispatcherApplication(None)
            hosts = ["dynamodb", "s3.us-east-1.amazonaws.com", None, "nothing.example"]
            print([app.get_backend_for_host(host) for host in hosts * 2])
            """
    ) == str(["dynamodb", "s3", None, None] * 2)


def test_frees_deleted_objects() -> None:
    assert (
        run_with_hooks(
            """
            import gc, weakref
            from moto.s3.models import s3_backends
            backend = s3_backends["123456789012"]["aws"]
            backend.create_bucket("films", "us-east-1")
            key = weakref.ref(backend.put_object("films", "film.mp4", b"abc"))
            print(key() is not None)
            backend.delete_object("films", "film.mp4")
            gc.collect()
            print(key())
            """
        )
        == "True\nNone"
    )


def test_a_call_has_its_own_resource() -> None:
    assert run_with_hooks(
        """
        from types import SimpleNamespace
        from moto.dynamodb.responses import DynamoHandler
        from moto.secretsmanager.responses import SecretsManagerResponse
        from moto.sns.responses import SNSResponse
        here = dict(partition="aws", region="eu-west-3", current_account="123456789012")
        for body in ({"TableName": "ledger"}, {"TableName": "arn:aws:dynamodb:x:1:table/t"}, {}):
            print(DynamoHandler._determine_resource(SimpleNamespace(body=body, **here)))
        asked = lambda **given: SimpleNamespace(_get_param=given.get, **here)
        print(SNSResponse._determine_resource(asked(TopicArn="arn:aws:sns:eu-west-3:1:t")))
        print(SNSResponse._determine_resource(asked()))
        secret = asked(SecretId="airtable")
        secret.backend = SimpleNamespace(secrets={"airtable": SimpleNamespace(arn="arn:airtable-x1")})
        print(SecretsManagerResponse._determine_resource(secret))
        """
    ).splitlines() == [
        "arn:aws:dynamodb:eu-west-3:123456789012:table/ledger",
        "arn:aws:dynamodb:x:1:table/t",
        "*",
        "arn:aws:sns:eu-west-3:1:t",
        "*",
        "arn:airtable-x1",
    ]


def test_an_evaluator_replaces_the_check_of_moto() -> None:
    assert (
        run_with_hooks(
            """
            from localcloud.hooks import iam
            from moto.core.authorization import ActionAuthenticatorMixin
            asked = []
            iam.evaluator = lambda response, resource: asked.append(resource)
            ActionAuthenticatorMixin()._authenticate_and_authorize_action(object, "arn:aws:s3:::films/film.mp4")
            print(asked)
            """
        )
        == "['arn:aws:s3:::films/film.mp4']"
    )


def test_rejects_a_copy_of_more_than_5_gib() -> None:
    assert "larger than the maximum allowable size" in run_with_hooks(
        """
        from moto.s3.models import s3_backends
        from moto.s3.exceptions import S3ClientError
        backend = s3_backends["123456789012"]["aws"]
        backend.create_bucket("films", "us-east-1")
        key = backend.put_object("films", "film.mp4", b"abc")
        key.contentsize = 5 * 1024**3 + 1
        try:
            backend.copy_object(key, "films", "copy.mp4")
        except S3ClientError as error:
            print(error.code, error.message)
        """
    )


def test_sending_counts_no_messages() -> None:
    assert (
        run_with_hooks(
            """
            from moto.sqs.models import Queue, sqs_backends
            backend = sqs_backends["123456789012"]["us-east-1"]
            backend.create_queue("transfers", {})
            def count(queue):
                raise AssertionError("counted")
            Queue.approximate_number_of_messages = property(count)
            backend.send_message("transfers", "{}")
            try:
                backend.get_queue("transfers").attributes["DelaySeconds"]
            except AssertionError as error:
                print(error)
            """
        )
        == "counted"
    )
