//! Tests of the product's parts with real files, sockets and processes.

#![allow(clippy::unwrap_used, reason = "helpers of tests may unwrap, as tests do")]

mod backups;
mod bad_input;
mod child;
mod cluster;
mod command_line;
mod control;
mod desk;
mod documents;
mod folder;
mod forecast;
mod limit;
mod migrations;
mod places;
mod schedules;
mod serve;
mod soak;
mod store;
mod traps;
mod truth;
mod unsynced;
mod web_accounts;
mod web_api;
mod web_connections;
mod webhook_freshness;
mod webhook_kills;
mod webhook_setup;
mod webhook_status;
mod webhooks;
