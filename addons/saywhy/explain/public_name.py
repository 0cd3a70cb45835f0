"""What a page may call the people that it is for: seen by whoever looks on, so only what the policy gives for that."""

from saywhy.decide.access import Access
from saywhy.decide.engine import Engine
from saywhy.policy.rule import Rule


def public_name(engine: Engine, access: Access, rule: Rule) -> str:
    """The public name of the first of the subject's groups that the rule is for; empty where none has one."""
    policy = engine.policy
    for name in access.subject.named_groups:
        group = policy.groups.get(name)
        if group is not None and group.public and (not rule.groups or rule.groups & policy.closed_groups((name,))):
            return group.public
    return ""
