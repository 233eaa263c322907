"""`HaloPSA` 2.0.2 logs in to the simulator and lists. Its host is fixed in its code, so its requests are led to the simulator."""

import requests
from HaloPSA import Halo

import simulator as sim

FIXED_HOST = f"https://{sim.TENANT}.halopsa.com"


class LedSession(requests.Session):
    """Sends what is meant for the fixed host to the simulator."""

    def request(self, method, url, *args, **kwargs):
        assert url.startswith(FIXED_HOST), url
        return super().request(method, sim.HOST_URL + url.removeprefix(FIXED_HOST), *args, **kwargs)


def main():
    requests.Session = LedSession
    halo = Halo(sim.TENANT, sim.CLIENT_ID, sim.CLIENT_SECRET)

    def paged(search, key, **params):
        params = {"pageinate": True, "page_size": sim.PAGE_SIZE, "order": "id", **params}
        return sim.all_pages(lambda page: search(page_no=page, **params)[key])

    everyone = {"includedisabled": True, "includeunassigned": True, "includeapiagents": True}
    sim.compare("HaloPSA", {
        "Tickets": paged(halo.Tickets.search, "tickets", domain="reqs"),
        "Client": paged(halo.Clients.search, "clients", includeinactive=True),
        "Site": paged(halo.Sites.search, "sites", includeinactive=True),
        "Users": paged(halo.Users.search, "users", includeinactive=True),
        "Agent": halo.Agents.search(**everyone),
        "Invoice": paged(halo.Invoices.search, "invoices"),
    })


if __name__ == "__main__":
    main()
