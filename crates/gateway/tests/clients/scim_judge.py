"""scim2-tester, a checker of conformance to RFC 7643 and 7644, against the gateway's SCIM server.

It reads what the server says about itself, and then makes, reads, replaces, patches and deletes resources with random
values in every attribute that the schemas name.
"""

import os
import sys
from collections import Counter

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

TOKEN = os.environ["SCIM_TOKEN"]


def main():
    headers = {"authorization": f"Bearer {TOKEN}"}
    with Client(base_url=os.environ["BASE_URL"] + "/scim/v2", headers=headers, timeout=20) as client:
        results = check_server(SyncSCIMClient(client))
    counts = Counter(result.status for result in results)
    bad = [result for result in results if result.status not in (Status.SUCCESS, Status.SKIPPED)]
    for result in bad:
        print("FAIL", result.title, result.status.name, result.resource_type, result.reason, repr(result.data)[:500])
    for result in results:
        if result.status == Status.SKIPPED:
            print("skipped", result.title, result.resource_type, result.reason)
    if not bad and counts[Status.SUCCESS] > 50:
        print("ok", ", ".join(f"{count} {status.name.lower()}" for status, count in counts.items()))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
