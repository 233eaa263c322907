//! The HTTP client underneath: what it may do by itself (nothing), and what its errors mean.

use std::error::Error;
use std::sync::Arc;

use reqwest::{Client, Url, redirect, retry};

use crate::address::{BlockedAddress, GuardedResolver};
use crate::error::{Cause, HaloError};
use crate::settings::Timeouts;
use crate::url::host;

/// A client that follows no redirect, repeats nothing by itself (each request needs its own permit), and uses no proxy: a proxy
/// would resolve names for us, past the check of addresses.
pub(crate) fn client(timeouts: Timeouts, allow_private_address: bool, encrypted: bool) -> Result<Client, HaloError> {
    // Fails only where the program has chosen a provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .user_agent(concat!("haloscope/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .no_proxy()
        .dns_resolver(GuardedResolver { allow_private: allow_private_address })
        .connect_timeout(timeouts.connect)
        .read_timeout(timeouts.idle)
        .timeout(timeouts.request);
    // Plain http needs no certificates, so that the simulator can be used on a machine that has none.
    let builder = if encrypted { builder } else { builder.tls_certs_only([]) };
    builder.build().map_err(|error| HaloError::Setup {
        reason: "the trusted certificates of this machine could not be loaded; install the package ca-certificates"
            .into(),
        source: Some(cause(error)),
    })
}

/// The error without its URL: the message names what was asked already.
pub(crate) fn cause(error: reqwest::Error) -> Cause {
    Arc::new(error.without_url())
}

/// What it means that no answer came from `url`.
pub(crate) fn send_error(error: reqwest::Error, url: &Url, path: &str) -> HaloError {
    if let Some(blocked) = chain(&error).find_map(|cause| cause.downcast_ref::<BlockedAddress>()) {
        return HaloError::Blocked { host: host(url), address: blocked.address.to_string(), kind: blocked.kind };
    }
    // The TLS library's error type is not ours to name; its texts are stable enough to tell one kind from the rest.
    if error.is_connect() && chain(&error).any(|cause| cause.to_string().contains("certificate")) {
        return HaloError::Certificate { host: host(url), source: cause(error) };
    }
    match error {
        error if error.is_connect() => HaloError::Unreachable { host: host(url), source: cause(error) },
        error if error.is_timeout() => HaloError::TimedOut { path: path.to_owned(), source: cause(error) },
        error => HaloError::Interrupted { path: path.to_owned(), source: cause(error) },
    }
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| next(*error))
}

/// An `io::Error` that wraps another error answers with the source of that one: look into it by hand.
fn next<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}
