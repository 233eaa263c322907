"""What each reader of tickets needs to know of the simulated HaloPSA; told by the environment."""

import json
import os
import urllib.parse
import urllib.request

RESOURCE_URL = os.environ.get("HALO_RESOURCE_URL", "").rstrip("/")
HOST_URL = RESOURCE_URL.removesuffix("/api")
CREDENTIALS = {
    "grant_type": "client_credentials",
    "client_id": os.environ.get("HALO_CLIENT_ID", ""),
    "client_secret": os.environ.get("HALO_CLIENT_SECRET", ""),
    "scope": "all",
}
TENANT = os.environ.get("HALO_TENANT", "")
PAGE_SIZE = 100
# The same tickets with the same fields as Haloscope asks for.
PARAMETERS = {
    "domain": "reqs",
    "includestatus": "true",
    "includetickettype": "true",
    "includeagent": "true",
    "includetimetaken": "true",
    "includeclosed": "true",
    "order": "id",
    "pageinate": "true",
    "page_size": PAGE_SIZE,
}


def token():
    """An access token."""
    form = urllib.parse.urlencode(CREDENTIALS).encode()
    with urllib.request.urlopen(f"{HOST_URL}/auth/token?tenant={TENANT}", form, timeout=30) as answer:
        return json.load(answer)["access_token"]
