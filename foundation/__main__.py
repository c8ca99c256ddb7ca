"""Once per account and region: registries, the stacks' keys and permissions boundaries, and CI's roles."""

import pulumi
import pulumi_aws as aws

from foundation import boundaries, deploying, github, names, settings
from foundation.place import Place
from foundation.registry import Registry, RegistryArgs
from foundation.state import StateKey, read_state, write_state
from infra.naming import Names
from infra.policies import allow, document

config = settings.load()
region = config.region
account_id = aws.get_caller_identity().account_id
partition = aws.get_partition().partition
places = {
    stack: Place(Names(stack, region, bare=stack == config.bare_names), account_id, partition)
    for stack in config.stacks
}

registries = {
    image: Registry(
        image,
        RegistryArgs(
            repository,
            config.stacks,
            config.keep_deployed,
            config.keep_revisions,
            config.untagged_days,
            account_id,
            partition,
            region,
        ),
    )
    for image, repository in names.REPOSITORIES.items()
}
keys = {stack: StateKey(f"{stack}-state", stack) for stack in config.stacks}
boundary_policies = {
    stack: aws.iam.Policy(
        f"{stack}-boundary",
        name=names.boundary(stack),
        description=f"Permissions boundary of roles and users of the pipeline's stack {stack}",
        policy=document(*boundaries.statements(place)),
    )
    for stack, place in places.items()
}

# CI, if there is a repository: who may assume which role, and what the role may do.
if config.repository:
    repository = github.Repository(config.repository, config.owner_id, config.repository_id, config.branch)
    provider_arn = github.provider(config.github_provider)
    first = places[names.FIRST_STACK]
    pushing = (
        "BatchCheckLayerAvailability",
        "InitiateLayerUpload",
        "UploadLayerPart",
        "CompleteLayerUpload",
        "PutImage",
    )
    reading = ("BatchGetImage", "DescribeImages", "GetDownloadUrlForLayer")
    roles = {
        names.IMAGES_ROLE: github.WorkflowRole(
            "images",
            github.WorkflowRoleArgs(
                names.IMAGES_ROLE,
                f"Pushes images built from {config.branch}",
                github.trust(provider_arn, repository, github.on_branch(repository)),
                {
                    "push": [
                        allow(["ecr:GetAuthorizationToken"], ["*"]),
                        allow(
                            deploying.actions("ecr", *pushing, *reading),
                            [registry.arn for registry in registries.values()],
                        ),
                    ]
                },
            ),
        ),
        names.PREVIEW_ROLE: github.WorkflowRole(
            "preview",
            github.WorkflowRoleArgs(
                names.PREVIEW_ROLE,
                f"Previews what a pull request would change in {names.FIRST_STACK}",
                github.trust(provider_arn, repository, github.on_pull_request()),
                {"read-state": read_state(first, keys[names.FIRST_STACK].arn)},
            ),
        ),
    }
    for stack, place in places.items():
        is_first = stack == names.FIRST_STACK
        runs = github.on_branch(repository) if is_first else github.approved(repository, stack)
        roles[names.deploy_role(stack)] = github.WorkflowRole(
            f"deploy-{stack}",
            github.WorkflowRoleArgs(
                names.deploy_role(stack),
                f"Deploys the pipeline's stack {stack}",
                github.trust(provider_arn, repository, runs),
                {**deploying.grants(place), "state": write_state(place, keys[stack].arn)},
            ),
        )
    pulumi.export("roles", {name: role.arn for name, role in roles.items()})

pulumi.export("region", region)
pulumi.export("repositories", {image: registry.url for image, registry in registries.items()})
pulumi.export("boundaries", {stack: policy.arn for stack, policy in boundary_policies.items()})
pulumi.export("stateBucket", names.state_bucket(account_id, region))
