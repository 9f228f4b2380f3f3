"""Read from the chain what earlier releases took.

For an estimate, which decides nothing: records are read by their tags, side by side, without
looking at their signatures, and what is no record is passed over.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from publisher.errors import DigestMismatch, NotFound, RecordConflict
from publisher.oci.descriptor import RELEASE_RECORD
from publisher.plan.figures import History
from publisher.records.history import MOST_RECORDS, history_of
from publisher.records.release import ReleaseRecord, sequence_tag
from publisher.steps.chain import Chain, StoredRecord, read_record

_AT_ONCE = 8
"""Records that are asked for at a time."""


def read_history(chain: Chain, newest: StoredRecord | None) -> History:
    """Give the figures of the newest records; none before the first release.

    Raises:
        RegistryError: staging does not answer.
    """
    if newest is None:
        return History()
    last = newest.record.sequence
    older = range(last - 1, max(last - MOST_RECORDS, 0), -1)
    with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="history") as pool:
        found = list(pool.map(lambda sequence: _read(chain, sequence), older))
    return history_of([newest.record, *(record for record in found if record)])


def _read(chain: Chain, sequence: int) -> ReleaseRecord | None:
    tag = sequence_tag(sequence)
    try:
        _, content = chain.bench.artifacts.pull(chain.repository, tag, RELEASE_RECORD)
        return read_record(content, f"{chain.repository}:{tag}")
    except (NotFound, DigestMismatch, RecordConflict):
        return None
