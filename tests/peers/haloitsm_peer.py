"""`haloitsm-python` 0.1.0 logs in to the simulator and lists what an independent reader would list first."""

import logging

from halo import HaloAuthenticationError, HaloClient

import simulator as sim


def refused(secret):
    """Whether the simulator refuses this secret; the library would log that at length."""
    logging.getLogger("halo").addHandler(logging.NullHandler())
    try:
        HaloClient(sim.RESOURCE_URL, sim.CLIENT_ID, secret, max_retries=0).auth.get_token()
    except HaloAuthenticationError:
        return True
    return False


def raw(rows):
    return [row.raw for row in rows]


def main():
    halo = HaloClient(sim.RESOURCE_URL, sim.CLIENT_ID, sim.CLIENT_SECRET, max_retries=0)

    # The library has no resource for these; its plain `get` reads their lists.
    def paged(path, key, **params):
        params = {"pageinate": True, "page_size": sim.PAGE_SIZE, **params}
        return sim.all_pages(lambda page: halo.get(path, params={**params, "page_no": page})[key])

    everyone = {"includedisabled": True, "includeunassigned": True, "includeapiagents": True}
    sim.compare("haloitsm-python", {
        "Tickets": sim.all_pages(lambda page: raw(halo.tickets.list(page_no=page, order="id", domain="reqs"))),
        "Client": sim.all_pages(lambda page: raw(halo.clients.list(page_no=page, order="id", inactive=True))),
        "Site": paged("/Site", "sites", order="id", includeinactive=True),
        "Users": sim.all_pages(lambda page: raw(halo.users.list(page_no=page, order="id", inactive=True))),
        "Agent": halo.get("/Agent", params=everyone),
        "Invoice": paged("/Invoice", "invoices", order="id"),
    })

    newest = halo.tickets.list(page_size=1, order="id", order_desc=True, domain="reqs")[0]
    assert halo.ticket(newest.id).summary == newest.summary, "a ticket read alone differs from its row"
    assert refused("not-the-secret"), "a wrong secret was accepted"


if __name__ == "__main__":
    main()
