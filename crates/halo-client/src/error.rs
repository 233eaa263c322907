//! Why a call gave no usable answer, and what to do about it.

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// Any error of a trait that others implement.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// The cause of a [`HaloError`]. Shared, because all who wait for one sign-in get the same error.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Why a call to HaloPSA gave no usable answer.
///
/// No text of it holds a secret. `path` is the path below the Resource URL (`/Tickets`), or the whole path of the token endpoint.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum HaloError {
    /// A URL that we will not call, whatever answers there.
    #[error("the {which} `{url}` cannot be used: {reason}")]
    BadUrl {
        /// `Auth URL` or `Resource URL`.
        which: &'static str,
        /// The text, without user name, password and query.
        url: String,
        /// A sentence that says what to change.
        reason: Cow<'static, str>,
    },
    /// The host's addresses are all private, and such are not allowed.
    #[error("`{host}` is at {address}, {kind}, which is not called unless private addresses are allowed")]
    Blocked {
        /// The host asked for.
        host: String,
        /// The address that it has.
        address: String,
        /// What that address is, as `a private address`.
        kind: &'static str,
    },
    /// The client could not be set up.
    #[error("the HaloPSA client could not be set up: {reason}")]
    Setup {
        /// A sentence that says what to change.
        reason: Cow<'static, str>,
        /// The cause, where there is one.
        #[source]
        source: Option<Cause>,
    },
    /// No connection to the host: unknown name, nothing listens, or the network is down.
    #[error("`{host}` could not be reached")]
    Unreachable {
        /// The host asked for.
        host: String,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// The host's certificate is not trusted.
    #[error("the certificate of `{host}` is not trusted")]
    Certificate {
        /// The host asked for.
        host: String,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// No answer in time.
    #[error("`{path}` gave no answer in time")]
    TimedOut {
        /// What was asked.
        path: String,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// The connection broke before an answer came.
    #[error("the connection broke while `{path}` was asked")]
    Interrupted {
        /// What was asked.
        path: String,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// The answer ended early.
    #[error("the answer of `{path}` ended early, after {received} bytes")]
    Truncated {
        /// What was asked.
        path: String,
        /// Bytes that arrived, after decompression.
        received: u64,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// The answer is larger than we read.
    #[error("the answer of `{path}` is larger than the limit of {limit} bytes")]
    TooLarge {
        /// What was asked.
        path: String,
        /// The limit, in bytes after decompression.
        limit: u64,
    },
    /// The answer has more rows than we keep.
    #[error("the answer of `{path}` has more than {limit} rows")]
    TooManyRows {
        /// What was asked.
        path: String,
        /// The limit.
        limit: usize,
    },
    /// The answer nests deeper than any record of HaloPSA.
    #[error("the answer of `{path}` nests deeper than {limit} levels")]
    TooDeep {
        /// What was asked.
        path: String,
        /// The limit.
        limit: usize,
    },
    /// The answer is not UTF-8.
    #[error("the answer of `{path}` is not UTF-8 text")]
    NotUtf8 {
        /// What was asked.
        path: String,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// The answer is not JSON: HTML (a login or error page), nothing, or damaged JSON.
    #[error("`{path}` answered {found} instead of JSON")]
    NotJson {
        /// What was asked.
        path: String,
        /// What came, as `an HTML page titled "Login"`.
        found: String,
        /// Whether it was HTML.
        html: bool,
        /// The cause, where there is one.
        #[source]
        source: Option<Cause>,
    },
    /// The answer is JSON, but not what was asked for.
    #[error("the answer of `{path}` holds no {wanted}{}", said(.message))]
    Unexpected {
        /// What was asked.
        path: String,
        /// What it should hold, as ``list `tickets` ``.
        wanted: String,
        /// HaloPSA's own words, or empty.
        message: String,
    },
    /// HaloPSA sent us elsewhere. We do not follow: the target was not checked, and it is a login page as a rule.
    #[error("`{path}` answered with a redirect to `{target}`, which is not followed")]
    Redirected {
        /// What was asked.
        path: String,
        /// Scheme, host and path of the target.
        target: String,
    },
    /// 429: HaloPSA asks us to wait.
    #[error("HaloPSA refused `{path}` because of its request limit; next try in {} s", .retry_after.as_secs_f32().ceil())]
    RateLimited {
        /// What was asked.
        path: String,
        /// How long nothing is sent.
        retry_after: Duration,
    },
    /// 5xx.
    #[error("HaloPSA failed at `{path}` with status {status}{}", said(.message))]
    ServerFault {
        /// What was asked.
        path: String,
        /// The HTTP status.
        status: u16,
        /// HaloPSA's own words, or empty.
        message: String,
    },
    /// A 4xx that is none of those below.
    #[error("HaloPSA refused `{path}` with status {status}{}", said(.message))]
    Refused {
        /// What was asked.
        path: String,
        /// The HTTP status.
        status: u16,
        /// HaloPSA's own words, or empty.
        message: String,
    },
    /// HaloPSA answered that it could not run a report's SQL.
    #[error("HaloPSA could not run a report: {message}")]
    Report {
        /// HaloPSA's own words.
        message: String,
    },
    /// 404 where no single record was asked for.
    #[error("`{path}` does not exist in this HaloPSA")]
    NotFound {
        /// What was asked.
        path: String,
    },
    /// 403: the token is good, the right is missing.
    #[error("the agent may not read `{path}`{}", said(.message))]
    Forbidden {
        /// What was asked.
        path: String,
        /// HaloPSA's own words, or empty.
        message: String,
    },
    /// 401 with a token that was new.
    #[error("HaloPSA refused a new token of client `{client_id}` at `{path}`")]
    Unauthorized {
        /// What was asked.
        path: String,
        /// The client that asked.
        client_id: String,
    },
    /// The token endpoint does not accept client ID and secret.
    #[error("HaloPSA refused the credentials of client `{client_id}`{}", said(.message))]
    Credentials {
        /// The client that asked.
        client_id: String,
        /// HaloPSA's own words, or empty.
        message: String,
    },
    /// The token endpoint does not know the tenant.
    #[error("HaloPSA does not accept the tenant `{tenant}`{}", said(.message))]
    Tenant {
        /// The tenant that was sent, or empty.
        tenant: String,
        /// HaloPSA's own words.
        message: String,
    },
    /// The token endpoint does not grant the scope.
    #[error("HaloPSA does not grant the scope `{scope}`{}", said(.message))]
    Scope {
        /// The scope that was asked for.
        scope: String,
        /// HaloPSA's own words.
        message: String,
    },
    /// The record of permits could not be written, so nothing may be sent.
    #[error("the record of requests could not be written")]
    PermitLog {
        /// The cause.
        #[source]
        source: Cause,
    },
}

/// What to do after an error.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recovery {
    /// Ask again after this time. The budget holds back everything for that long by itself.
    After(Duration),
    /// Ask again, with growing waits.
    Backoff,
    /// Asking again changes nothing until a person has done what the sentence says.
    AskOperator(Cow<'static, str>),
}

impl HaloError {
    /// The only place that decides between waiting, backing off and asking a person.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        match self {
            Self::RateLimited { retry_after, .. } => Recovery::After(*retry_after),
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::Interrupted { .. }
            | Self::Truncated { .. }
            | Self::ServerFault { .. } => Recovery::Backoff,
            // A host that wakes up answers HTML for a while; so does a wrong URL, which stays wrong after the last attempt.
            Self::NotJson { .. } => Recovery::Backoff,
            other => Recovery::AskOperator(other.advice()),
        }
    }

    /// Whether HaloPSA refused a right.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Forbidden { .. } | Self::Unauthorized { .. })
    }

    /// What a person can do about it, as a sentence. Also useful for errors that are tried again, once the last attempt failed.
    #[must_use]
    pub fn advice(&self) -> Cow<'static, str> {
        match self {
            Self::BadUrl { .. } => "Copy Auth URL and Resource URL from Configuration > Integrations > Halo API.".into(),
            Self::Blocked { .. } => "Allow private addresses for this connection if this HaloPSA is in your own network.".into(),
            Self::Setup { .. } => "Change the setting that the message names.".into(),
            Self::Unreachable { host, .. } => {
                format!("Check the spelling of `{host}`, and that this machine can reach it.").into()
            }
            Self::Certificate { host, .. } => {
                format!("Check that `{host}` is the right host and that its certificate is valid and issued by an authority this machine trusts.").into()
            }
            Self::TimedOut { .. } | Self::Interrupted { .. } | Self::Truncated { .. } => {
                "Check the network between this machine and HaloPSA.".into()
            }
            Self::TooLarge { .. } | Self::TooManyRows { .. } => "HaloPSA sent more than any answer of this kind should hold; if it goes on, look at what this list holds in HaloPSA.".into(),
            Self::TooDeep { .. } | Self::NotUtf8 { .. } | Self::Unexpected { .. } => {
                "Check that the Resource URL is a HaloPSA's and ends in /api; if it is, this HaloPSA answers in an unknown form.".into()
            }
            Self::NotJson { .. } | Self::Redirected { .. } => {
                "Check that the Resource URL ends in /api and the Auth URL in /auth; a login page answers at other paths.".into()
            }
            Self::RateLimited { .. } => "Wait, or lower the request limit of this connection.".into(),
            Self::ServerFault { .. } => "HaloPSA is at fault; look at its status page if it goes on.".into(),
            Self::Refused { .. } => "HaloPSA does not accept this request; its own words say why.".into(),
            Self::Report { .. } => "Nothing is lost: what the report was for is read record by record.".into(),
            Self::NotFound { .. } => "This version of HaloPSA has no such list, or the Resource URL is wrong.".into(),
            Self::Forbidden { .. } => {
                "Give the API application's agent the right to read it: check the application's Permissions, its Login Type (Agent), and the agent's role and teams.".into()
            }
            Self::Unauthorized { .. } => {
                "Either the application or its agent lacks the right or scope for this, or its Login Type is not Agent: check both in Configuration > Integrations > Halo API.".into()
            }
            Self::Credentials { .. } => {
                "Check client ID, client secret and tenant, and that the API application is active and uses Client ID and Secret (Services).".into()
            }
            Self::Tenant { .. } => "Copy the tenant from Configuration > Integrations > Halo API.".into(),
            Self::Scope { .. } => "Grant the scope on the Permissions tab of the API application.".into(),
            Self::PermitLog { .. } => "Check that the data folder can be written and that the disk has room.".into(),
        }
    }
}

/// HaloPSA's words at the end of a message.
fn said(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passing_faults_are_retried_and_refusals_are_not() {
        let path = || "/Tickets".to_owned();
        let fault = HaloError::ServerFault { path: path(), status: 503, message: String::new() };
        assert_eq!(fault.recovery(), Recovery::Backoff);
        let limited = HaloError::RateLimited { path: path(), retry_after: Duration::from_secs(7) };
        assert_eq!(limited.recovery(), Recovery::After(Duration::from_secs(7)));
        let unauthorized = HaloError::Unauthorized { path: path(), client_id: "id".to_owned() };
        let Recovery::AskOperator(advice) = unauthorized.recovery() else { panic!("must ask the operator") };
        assert!(advice.contains("scope") && advice.contains("Login Type"));
    }

    #[test]
    fn messages_name_what_failed_and_quote_halo() {
        let error = HaloError::Refused {
            path: "/Invoice/lines".to_owned(),
            status: 400,
            message: "client_id is needed".to_owned(),
        };
        assert_eq!(error.to_string(), "HaloPSA refused `/Invoice/lines` with status 400: client_id is needed");
    }
}
