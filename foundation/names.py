"""Names of the foundation's resources: its program creates them, `vcp deploy` finds them by name."""

from __future__ import annotations

#: The Pulumi project and its only stack in an account and region.
PROJECT = "vcp-foundation"
STACK = "account"
#: CloudFormation stack of `state.json`, which must exist before Pulumi can store its state.
STATE_STACK = "vcp-state"
#: Image (the Dockerfile's target) -> ECR repository.
REPOSITORIES = {"media": "vcp/media", "core": "vcp/core"}
#: The stack that every push to main deploys. All others need an approval in the environment of their name.
FIRST_STACK = "dev"
IMAGES_ROLE = "vcp-ci-images"
PREVIEW_ROLE = "vcp-ci-preview"
#: Tag of an image that a stack ran: `<stack>-<revision>`. Lifecycle rules count by it.
DEPLOYED_TAG = "{stack}-{revision}"


def state_bucket(account_id: str, region: str) -> str:
    """Return the name of the bucket with the state of all stacks, each below its own prefix."""
    return f"vcp-state-{account_id}-{region}"


def backend_url(account_id: str, region: str, project_stack: str) -> str:
    """Return the URL of a stack's state. `project_stack`: a stack of the pipeline, or `foundation`."""
    return f"s3://{state_bucket(account_id, region)}/{project_stack}?region={region}"


def key_alias(project_stack: str) -> str:
    """Return the alias of the key that encrypts a stack's secrets."""
    return f"alias/vcp-state-{project_stack}"


def secrets_provider(region: str, project_stack: str) -> str:
    """Return that key in Pulumi's notation."""
    return f"awskms://{key_alias(project_stack)}?region={region}"


def deploy_role(stack: str) -> str:
    """Return the name of the role that deploys a stack from CI."""
    return f"vcp-ci-deploy-{stack}"


def boundary(stack: str) -> str:
    """Return the name of a stack's permissions boundary."""
    return f"vcp-boundary-{stack}"


def boundary_arn(account_id: str, stack: str, partition: str = "aws") -> str:
    """Return the ARN of a stack's permissions boundary."""
    return f"arn:{partition}:iam::{account_id}:policy/{boundary(stack)}"
