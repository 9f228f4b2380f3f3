"""Tags and aliases: what may be one."""

from __future__ import annotations

from publisher.catalog.findings import Findings
from publisher.catalog.nodes import Scalar
from publisher.catalog.rules import Rule
from publisher.oci.reference import is_reserved_tag, is_tag


def check_tag(node: Scalar, findings: Findings) -> bool:
    """Tell whether a text may be a tag or alias; note why not."""
    if not is_tag(node.text):
        message = f"{node.text!r:.140} is not a valid tag"
        findings.add(Rule.TAG, node, message, "use up to 128 of letters, digits, `_`, `.`, `-`")
    elif is_reserved_tag(node.text):
        message = f"the tag `{node.text}` begins like one of the publisher's own"
        findings.add(Rule.RESERVED_TAG, node, message, "rename it")
    elif node.text == "latest":
        findings.add(
            Rule.RESERVED_TAG, node, "`latest` is no entry", "put `latest: true` into the entry that owns it"
        )
    else:
        return True
    return False
