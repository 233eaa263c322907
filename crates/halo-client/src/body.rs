//! Reading a body piece by piece, up to a limit.

use reqwest::Response;

use crate::error::HaloError;
use crate::http;

/// Bytes of an error's body that are read for its words.
const ERROR_BYTES: usize = 64 * 1024;

/// The whole body, after decompression.
///
/// # Errors
/// [`HaloError::TooLarge`] beyond `limit` bytes, [`HaloError::Truncated`] when it ends early, [`HaloError::TimedOut`].
pub(crate) async fn read(mut response: Response, path: &str, limit: u64) -> Result<Vec<u8>, HaloError> {
    let too_large = || HaloError::TooLarge { path: path.to_owned(), limit };
    // The header is a promise, not a fact: it refuses early, and reserves little.
    let promised = response.content_length().unwrap_or(0);
    if promised > limit {
        return Err(too_large());
    }
    let mut body = Vec::with_capacity(usize::try_from(promised.min(1 << 20)).unwrap_or(0));
    loop {
        let received = body.len() as u64;
        match response.chunk().await {
            Ok(Some(chunk)) if received + chunk.len() as u64 > limit => return Err(too_large()),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) if error.is_timeout() => {
                return Err(HaloError::TimedOut { path: path.to_owned(), source: http::cause(error) });
            }
            Err(error) => {
                return Err(HaloError::Truncated { path: path.to_owned(), received, source: http::cause(error) });
            }
        }
    }
}

/// The first bytes of an error's body; a body that breaks off is good enough for its words.
pub(crate) async fn read_some(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < ERROR_BYTES {
        let Ok(Some(chunk)) = response.chunk().await else { break };
        body.extend_from_slice(&chunk[..chunk.len().min(ERROR_BYTES - body.len())]);
    }
    body
}
