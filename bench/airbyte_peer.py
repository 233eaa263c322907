"""A declarative source of airbyte-cdk reads all tickets and writes them nowhere; prints how many."""

import logging

from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer
from airbyte_cdk.sources.declarative.concurrent_declarative_source import ConcurrentDeclarativeSource

import halo

TICKETS = {
    "type": "DeclarativeStream",
    "name": "tickets",
    "primary_key": ["id"],
    "schema_loader": {
        "type": "InlineSchemaLoader",
        "schema": {"type": "object", "additionalProperties": True, "properties": {"id": {"type": "integer"}}},
    },
    "retriever": {
        "type": "SimpleRetriever",
        "requester": {
            "type": "HttpRequester",
            "url_base": halo.RESOURCE_URL,
            "path": "/Tickets",
            "http_method": "GET",
            "request_parameters": {name: str(value) for name, value in halo.PARAMETERS.items()
                                   if name != "page_size"},
            "authenticator": {"type": "BearerAuthenticator", "api_token": "{{ config['token'] }}"},
        },
        "record_selector": {"type": "RecordSelector",
                            "extractor": {"type": "DpathExtractor", "field_path": ["tickets"]}},
        "paginator": {
            "type": "DefaultPaginator",
            "page_token_option": {"type": "RequestOption", "inject_into": "request_parameter",
                                  "field_name": "page_no"},
            "page_size_option": {"type": "RequestOption", "inject_into": "request_parameter",
                                 "field_name": "page_size"},
            "pagination_strategy": {"type": "PageIncrement", "page_size": halo.PAGE_SIZE, "start_from_page": 1},
        },
    },
}
MANIFEST = {
    "version": "6.0.0",
    "type": "DeclarativeSource",
    "check": {"type": "CheckStream", "stream_names": ["tickets"]},
    "streams": [TICKETS],
    "spec": {"type": "Spec", "connection_specification": {"type": "object", "properties": {}}},
}
CATALOG = {
    "streams": [{
        "stream": {"name": "tickets", "json_schema": {}, "supported_sync_modes": ["full_refresh"]},
        "sync_mode": "full_refresh",
        "destination_sync_mode": "append",
    }]
}

config = {"token": halo.token()}
catalog = ConfiguredAirbyteCatalogSerializer.load(CATALOG)
source = ConcurrentDeclarativeSource(catalog=catalog, config=config, state=[], source_config=MANIFEST)
messages = source.read(logging.getLogger("peer"), config, catalog, [])
print(sum(message.type.value == "RECORD" for message in messages))
