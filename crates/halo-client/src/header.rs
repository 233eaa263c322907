//! The headers that we read: `Date`, `Retry-After`, `Location`.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::Url;
use reqwest::header::{DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};

use crate::url::without_secrets;

/// The longest wait that we accept from a server. More is a fault of it, and our own back-off asks again.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// The server's time of day by its `Date` header: microseconds UTC, with a resolution of one second.
pub(crate) fn server_time_micros(headers: &HeaderMap) -> Option<i64> {
    http_date(text(headers, &DATE)?).map(Timestamp::as_microsecond)
}

/// How long `Retry-After` asks us to wait: a number of seconds, or a date, which is read against the server's own `Date`
/// and, without one, against `now_micros`.
pub(crate) fn retry_after(headers: &HeaderMap, now_micros: i64) -> Option<Duration> {
    let text = text(headers, &RETRY_AFTER)?.trim();
    let wait = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok()?,
        Err(_) => {
            let until = http_date(text)?.as_microsecond();
            let now = server_time_micros(headers).unwrap_or(now_micros);
            Duration::from_micros(u64::try_from(until.saturating_sub(now)).unwrap_or(0))
        }
    };
    Some(wait.min(LONGEST_WAIT))
}

/// Where a redirect leads, without query. A relative target is read against `asked`.
pub(crate) fn redirect_target(headers: &HeaderMap, asked: &Url) -> String {
    let Some(text) = text(headers, &LOCATION) else { return "no target".to_owned() };
    asked.join(text).map_or_else(|_| "an unreadable target".to_owned(), |url| without_secrets(url.as_str()))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn http_date(text: &str) -> Option<Timestamp> {
    const PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    PARSER.parse_timestamp(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let check = |text: &'static str, seconds: Option<f64>| {
            let now = "2026-11-24T10:00:00Z".parse::<Timestamp>().unwrap().as_microsecond();
            let wait = retry_after(&headers(&[(RETRY_AFTER, text)]), now);
            assert_eq!(wait, seconds.map(Duration::from_secs_f64), "{text}");
        };
        check("17", Some(17.0));
        check(" 2.5 ", Some(2.5));
        check("Tue, 24 Nov 2026 10:01:00 GMT", Some(60.0));
        check("Tue, 24 Nov 2026 09:00:00 GMT", Some(0.0));
        check("99999999999", Some(3600.0));
        check("-3", None);
        check("NaN", None);
        check("soon", None);
        check("", None);
    }

    #[test]
    fn a_date_is_read_against_the_servers_clock() {
        let both = headers(&[(RETRY_AFTER, "Tue, 24 Nov 2026 10:01:00 GMT"), (DATE, "Tue, 24 Nov 2026 10:00:30 GMT")]);
        assert_eq!(retry_after(&both, 0), Some(Duration::from_secs(30)));
    }

    #[test]
    fn the_target_of_a_redirect_is_shown_without_its_query() {
        let asked = Url::parse("https://h/api/Tickets?x=1").unwrap();
        let check = |location: &'static str, target: &str| {
            assert_eq!(redirect_target(&headers(&[(LOCATION, location)]), &asked), target);
        };
        check("/login?return=/api", "https://h/login");
        check("https://user:pw@evil.example/a?token=1", "https://evil.example/a");
    }
}
