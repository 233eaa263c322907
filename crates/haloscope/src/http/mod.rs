//! What is reached over HTTP: the web app and its API ([`app`]), and HaloPSA's deliveries ([`hooks`]). Only this folder knows axum.
//! It must not know the command line.
//!
//! A request passes [`guard`], which finds out who asks and looks into [`permissions`] whether they may; then a handler of `api`.

mod api;
pub mod app;
pub mod error;
mod extract;
mod guard;
pub mod hooks;
pub mod listener;
pub mod permissions;
mod web;
