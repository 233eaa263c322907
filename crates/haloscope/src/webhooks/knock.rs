//! Posts a test delivery to the callback URL and looks whether it came in here.

use halo_client::{HaloError, Url, refusal_of_address};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{address, gate};
use crate::installation::{Installation, InstallationError};
use crate::secret;
use crate::store::Connection;

/// What a test came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Knocked {
    /// Whether the test delivery came in.
    pub reached: bool,
    /// HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// What happened, why, and what to do.
    pub sentence: String,
}

/// Posts a test delivery to the callback URL, and takes it out of the inbox again.
///
/// # Errors
/// See [`InstallationError`].
pub async fn knock(installation: &Installation, connection: &Connection) -> Result<Knocked, InstallationError> {
    let url = address::of(installation, connection, false).await?.callback_url;
    let url = match halo_client::parse_url(&url, "callback URL", true) {
        Ok(url) => url,
        Err(error) => return Ok(Knocked { reached: false, status: None, sentence: format!("{error}.") }),
    };
    let key = format!("test-{}", secret::address_secret()?.expose_secret());
    let body = json!({ "id": key, "event": "haloscope test" }).to_string();
    let headers = gate::guard(installation, connection).await?.headers(body.as_bytes());
    let answer = halo_client::knock(&url, &headers, body).await;
    let reached = installation.store.deliveries_remove(connection.id, &key).await?;
    Ok(Knocked {
        reached,
        status: answer.as_ref().ok().map(|(status, _)| *status),
        sentence: sentence(&url, &answer, reached),
    })
}

fn sentence(url: &Url, answer: &Result<(u16, String), HaloError>, reached: bool) -> String {
    let host = url.host_str().unwrap_or_default();
    let reachable = "The callback URL must be reachable from the internet, or from where HaloPSA is hosted";
    match answer {
        Ok(_) if reached && is_private(url) => format!(
            "The test reached us at {host}, an address of this network only. {reachable}: start `haloscope serve` with \
             --public-url."
        ),
        Ok((status, _)) if reached => format!("The test reached us through {host} (answered {status})."),
        Ok((status, _)) if (200..300).contains(status) => format!(
            "{host} answered {status}, but the test did not come in here: something else listens there. Check --public-url and \
             the reverse proxy."
        ),
        Ok((503, _)) => "We were reached, but the test could not be kept: see the log of `haloscope serve`.".to_owned(),
        Ok((status, words)) => {
            let words = if words.is_empty() { String::new() } else { format!(" ({words})") };
            format!(
                "{host} answered {status} for /hooks/...{words}. {reachable}: check the reverse proxy and --public-url."
            )
        }
        Err(error) => {
            format!("The test did not arrive: {error}. {reachable}: check --public-url, DNS and the firewall.")
        }
    }
}

fn is_private(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse().is_ok_and(|address| refusal_of_address(address, false).is_some())
}
