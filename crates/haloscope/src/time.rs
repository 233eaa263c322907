//! Times, as the API writes them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

/// RFC 3339, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-30T03:00:00Z")]
pub struct Time(i64);

impl Time {
    /// From microseconds UTC.
    pub fn of_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From milliseconds UTC.
    pub fn of_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// Microseconds UTC.
    pub fn micros(self) -> i64 {
        self.0
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // What no calendar has is far away: the end or the beginning of it.
        let earliest_or_latest = if self.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        let at = jiff::Timestamp::from_microsecond(self.0).unwrap_or(earliest_or_latest);
        serializer.collect_str(&at.strftime("%Y-%m-%dT%H:%M:%S%.fZ"))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let at = jiff::Timestamp::deserialize(from)?;
        Ok(Self(at.as_microsecond()))
    }
}
