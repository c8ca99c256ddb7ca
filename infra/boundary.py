"""A permissions boundary: what any role or user of the stack can be allowed at most, whatever its policies say.

`foundation/` makes one for each stack and lets the roles that deploy from CI create bounded identities only, so that
a change of this program cannot hand out more than the pipeline ever needs. Set on every identity in one place:
a component that is added later cannot forget it.
"""

from __future__ import annotations

import pulumi

_IDENTITIES = frozenset({"aws:iam/role:Role", "aws:iam/user:User"})


def bound_identities(boundary_arn: str) -> None:
    """Give every role and user that is registered from now on this boundary; none where the ARN is empty."""
    if not boundary_arn:
        return

    def bounded(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ not in _IDENTITIES:
            return None
        return pulumi.ResourceTransformationResult({**args.props, "permissions_boundary": boundary_arn}, args.opts)

    pulumi.runtime.register_stack_transformation(bounded)
