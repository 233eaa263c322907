"""dlt copies all tickets into a DuckDB file in the folder it is started in; prints how many."""

import dlt
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator

import halo

auth = BearerTokenAuth(token=halo.token())
# HaloPSA does not count pages, and a page past the last is not empty.
first = RESTClient(base_url=halo.RESOURCE_URL + "/", auth=auth).get("Tickets", params={**halo.PARAMETERS, "page_no": 1})
pages = -(-first.json()["record_count"] // halo.PAGE_SIZE)
client = RESTClient(
    base_url=halo.RESOURCE_URL + "/",
    auth=auth,
    paginator=PageNumberPaginator(base_page=1, page_param="page_no", total_path=None, maximum_page=pages + 1),
    data_selector="tickets",
)


# As dlt's performance guide advises: Parquet between the steps, nothing unnested.
@dlt.resource(name="tickets", primary_key="id", write_disposition="append", max_table_nesting=0)
def tickets():
    yield from client.paginate("Tickets", params=halo.PARAMETERS)


pipeline = dlt.pipeline("tickets", destination=dlt.destinations.duckdb("tickets.duckdb"), dataset_name="halo")
pipeline.run(tickets(), loader_file_format="parquet")
with pipeline.sql_client() as sql:
    print(sql.execute_sql("select count(*) from tickets")[0][0])
