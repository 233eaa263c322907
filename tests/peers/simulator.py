"""What every peer test needs: where the simulator is, what it truly holds, and a comparison that fails loudly.

It asks the simulator's own pages without any HaloPSA client, so that a peer is judged by something it has no part in.
"""

import json
import os
import sys
import urllib.request

RESOURCE_URL = os.environ["HALO_RESOURCE_URL"].rstrip("/")
TENANT = os.environ["HALO_TENANT"]
CLIENT_ID = os.environ["HALO_CLIENT_ID"]
CLIENT_SECRET = os.environ["HALO_CLIENT_SECRET"]

HOST_URL = RESOURCE_URL.removesuffix("/api")
PAGE_SIZE = 100
MOST_PAGES = 1000


def truth(entity):
    """The ids of all records of an entity that are not deleted."""
    with urllib.request.urlopen(f"{HOST_URL}/_sim/truth/{entity}", timeout=30) as answer:
        records = [json.loads(line) for line in answer if line.strip()]
    return {int(record["id"]) for record in records if not record.get("deleted")}


def all_pages(page):
    """Every row of a paged list: `page(number)` until a page is short or comes again, as one past the end does."""
    rows, first = [], None
    for number in range(1, MOST_PAGES):
        answer = list(page(number))
        if not answer or answer[0]["id"] == first:
            return rows
        rows += answer
        first = answer[0]["id"]
        if len(answer) < PAGE_SIZE:
            return rows
    sys.exit("a list did not end")


def compare(peer, lists):
    """Ends the process with an error unless each list holds exactly the ids of its entity's truth, each once."""
    wrong = False
    for entity, rows in lists.items():
        ids, expected = [int(row["id"]) for row in rows], truth(entity)
        missing, unknown, twice = expected - set(ids), set(ids) - expected, len(ids) - len(set(ids))
        good = expected and not (missing or unknown or twice)
        wrong = wrong or not good
        verdict = "equal" if good else f"{len(missing)} missing, {len(unknown)} unknown, {twice} repeated"
        print(f"{peer}: {entity}: {len(ids)} rows, {verdict}", flush=True)
    if wrong:
        sys.exit(f"{peer}: the lists differ from what the simulator holds")
