"""The account's container registry: find images, push them, tag those that a stack runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from foundation.names import DEPLOYED_TAG, REPOSITORIES
from vcpctl.command_exit import FAILED, CommandExit
from vcpctl.deploy.images import REVISION, Built, Images
from vcpctl.deploy.shell import Commands
from vcpctl.deploy.skopeo import push

if TYPE_CHECKING:
    from mypy_boto3_ecr.client import ECRClient
    from mypy_boto3_ecr.type_defs import ImageDetailTypeDef, ImageIdentifierTypeDef

#: Lambda supports no image index (Lambda developer guide, "Create a Lambda function using a container image").
_INDEXES = {"application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"}


class Registry:
    """The repositories of the two images."""

    def __init__(self, ecr: ECRClient, host: str) -> None:
        self._ecr = ecr
        self.host = host

    def find(self, wanted: str | Images) -> Images:
        """Find the images of a revision or of digests. Raises CommandExit when one is missing."""
        if isinstance(wanted, str):
            wanted = self._complete(wanted)
        digests: dict[str, str] = {}
        for image, repository in REPOSITORIES.items():
            key: ImageIdentifierTypeDef = (
                {"imageTag": wanted} if isinstance(wanted, str) else {"imageDigest": wanted.digests[image]}
            )
            detail = self._detail(repository, key)
            if detail is None:
                raise CommandExit(
                    f"The registry has no image {repository} of {next(iter(key.values()))}; the latest revisions: "
                    f"{', '.join(self._revisions(repository)[:5]) or 'none'}."
                )
            digests[image] = _digest(detail, repository)
        return Images(digests)

    def has(self, revision: str) -> Images | None:
        """Return the images of exactly this revision, if both exist."""
        details = {image: self._detail(name, {"imageTag": revision}) for image, name in REPOSITORIES.items()}
        found = {image: _digest(detail, REPOSITORIES[image]) for image, detail in details.items() if detail}
        return Images(found) if found.keys() == REPOSITORIES.keys() else None

    def _complete(self, revision: str) -> str:
        """Return the pushed revision for a shortened one. Raises CommandExit when it is ambiguous."""
        repository = REPOSITORIES["media"]
        found = [tag for tag in self._revisions(repository) if tag.startswith(revision)]
        if len(found) > 1 and revision not in found:
            raise CommandExit(f"The revision {revision} is ambiguous: {', '.join(found)}.")
        return found[0] if len(found) == 1 else revision

    def _revisions(self, repository: str) -> list[str]:
        """Return all revisions in a repository, latest first."""
        pages = self._ecr.get_paginator("describe_images").paginate(repositoryName=repository)
        try:
            details = [detail for page in pages for detail in page["imageDetails"]]
        except ClientError as error:
            raise _explained(repository, error) from error
        details.sort(key=lambda detail: detail["imagePushedAt"], reverse=True)
        return [tag for detail in details for tag in detail.get("imageTags", []) if REVISION.fullmatch(tag)]

    def push(self, built: list[Built], commands: Commands) -> Images:
        """Push the images that the registry lacks, tagged with their revision; return what it has afterwards."""
        missing = [
            each for each in built if self._detail(REPOSITORIES[each.image], {"imageTag": each.revision}) is None
        ]
        if missing:
            (authorization,) = self._ecr.get_authorization_token()["authorizationData"]
            for each in missing:
                destination = f"{self.host}/{REPOSITORIES[each.image]}:{each.revision}"
                push(commands, each, destination, authorization["authorizationToken"])
        found = self.find(built[0].revision)
        for each in missing:
            if found.digests[each.image] != each.digest:
                raise CommandExit(
                    f"The registry has another image as {REPOSITORIES[each.image]}:{each.revision} than the one "
                    "built here, pushed at the same time. Run it again to use that one.",
                    FAILED,
                )
        return found

    def mark_deployed(self, images: Images, stack: str) -> None:
        """Tag the images as deployed to a stack, so that the registry's lifecycle policy keeps them."""
        for image, repository in REPOSITORIES.items():
            detail = self._detail(repository, {"imageDigest": images.digests[image]})
            tags = detail.get("imageTags", []) if detail else []
            revision = next((tag for tag in tags if REVISION.fullmatch(tag)), images.digests[image][7:19])
            tag = DEPLOYED_TAG.format(stack=stack, revision=revision)
            if tag in tags:
                continue
            answer = self._ecr.batch_get_image(
                repositoryName=repository, imageIds=[{"imageDigest": images.digests[image]}]
            )
            (stored,) = answer["images"]
            self._ecr.put_image(
                repositoryName=repository,
                imageManifest=stored["imageManifest"],
                imageTag=tag,
                imageDigest=images.digests[image],
            )

    def _detail(self, repository: str, key: ImageIdentifierTypeDef) -> ImageDetailTypeDef | None:
        try:
            (detail,) = self._ecr.describe_images(repositoryName=repository, imageIds=[key])["imageDetails"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ImageNotFoundException":
                return None
            raise _explained(repository, error) from error
        return detail


def _explained(repository: str, error: ClientError) -> Exception:
    """Return an CommandExit for a missing repository, any other error unchanged."""
    if error.response["Error"]["Code"] != "RepositoryNotFoundException":
        return error
    return CommandExit(
        f"This account has no repository {repository}: deploy once without IMAGES=, see docs/deploying.md."
    )


def _digest(detail: ImageDetailTypeDef, repository: str) -> str:
    if detail.get("imageManifestMediaType") in _INDEXES:
        raise CommandExit(
            f"{repository}@{detail['imageDigest']} is an image index, which Lambda does not support: build without "
            "attestations (docker: --provenance=false --sbom=false) and push again.",
            FAILED,
        )
    return detail["imageDigest"]
