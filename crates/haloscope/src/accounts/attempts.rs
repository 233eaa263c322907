//! Slows down who guesses passwords: after some wrong ones, each further one for that name or from that address has to wait, longer each
//! time. Counted in memory: who could restart the program needs no password.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Wrong passwords that cost nothing: people mistype.
const FREE: [(Kind, u32); 2] = [(Kind::Name, 5), (Kind::Address, 20)];
/// The first wait; each further one is twice as long, up to the second.
const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// After so long without a wrong one nothing is held against anybody.
const FORGIVEN: Duration = Duration::from_secs(60 * 60);
/// Names and addresses that are remembered. Beyond that the oldest are forgotten.
const REMEMBERED: usize = 10_000;

/// Characters of a name by which it is told from others.
const LONGEST_NAME: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Name,
    Address,
}

#[derive(Clone, Copy)]
struct Wrong {
    times: u32,
    last: Duration,
}

/// See the module. Times are those of a monotonic clock.
#[derive(Default)]
pub struct Attempts(Mutex<HashMap<(Kind, String), Wrong>>);

impl Attempts {
    /// Counts a try as a wrong one, before it is known what it is: many tries at once are many tries. [`Self::forgive`] takes it back.
    ///
    /// # Errors
    /// How long who tries this name from this address has to wait; then it is not counted.
    pub fn begin(&self, name: &str, address: &str, now: Duration) -> Result<(), Duration> {
        let mut wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wait) = FREE.into_iter().filter_map(|rule| wait(&wrong, rule, name, address, now)).max() {
            return Err(wait);
        }
        wrong.retain(|_, wrong| now.saturating_sub(wrong.last) < FORGIVEN);
        for (kind, _) in FREE {
            let key = key(kind, name, address);
            if wrong.len() >= REMEMBERED && !wrong.contains_key(&key) {
                let oldest = wrong.iter().min_by_key(|(_, wrong)| wrong.last).map(|(key, _)| key.clone());
                oldest.map(|oldest| wrong.remove(&oldest));
            }
            let entry = wrong.entry(key).or_insert(Wrong { times: 0, last: now });
            *entry = Wrong { times: entry.times.saturating_add(1), last: now };
        }
        Ok(())
    }

    /// Notes that the last one was right: the name has a clean sheet. The address loses just that one, or who has one account could
    /// guess those of others.
    pub fn forgive(&self, name: &str, address: &str) {
        let mut wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.remove(&key(Kind::Name, name, ""));
        if let Some(wrong) = wrong.get_mut(&key(Kind::Address, "", address)) {
            wrong.times = wrong.times.saturating_sub(1);
        }
    }
}

fn wait(
    wrong: &HashMap<(Kind, String), Wrong>,
    (kind, free): (Kind, u32),
    name: &str,
    address: &str,
    now: Duration,
) -> Option<Duration> {
    let Wrong { times, last } = *wrong.get(&key(kind, name, address))?;
    let beyond = times.checked_sub(free)?;
    let wait = LONGEST.min(FIRST.saturating_mul(1 << beyond.min(16)));
    (last + wait).checked_sub(now).filter(|left| !left.is_zero())
}

fn key(kind: Kind, name: &str, address: &str) -> (Kind, String) {
    let text = match kind {
        Kind::Name => name.chars().take(LONGEST_NAME).collect::<String>().to_lowercase(),
        Kind::Address => address.to_owned(),
    };
    (kind, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn waits_grow_with_each_wrong_password_and_end() {
        let attempts = Attempts::default();
        let begin = |name: &str, address: &str, now: u64| attempts.begin(name, address, at(now)).err();
        for time in 0..4 {
            assert_eq!(begin("ana", "a", time), None);
        }
        assert_eq!(begin("Ana", "b", 10), None);
        assert_eq!(begin("ana", "c", 10), Some(at(2)), "whatever the address and the case");
        assert_eq!(begin("ben", "b", 10), None);
        assert_eq!(begin("ana", "b", 12), None);
        assert_eq!(begin("ana", "c", 12), Some(at(4)));
        attempts.forgive("ANA", "b");
        assert_eq!(begin("ana", "c", 12), None);
        // Whoever guesses many names waits, too, and longer each time.
        let mut now = 20;
        let waits: Vec<Duration> = (0..40)
            .filter_map(|name| {
                let wait = begin(&format!("name {name}"), "d", now);
                now += wait.map_or(0, |wait| wait.as_secs());
                wait
            })
            .collect();
        assert_eq!(waits.first(), Some(&at(2)));
        assert_eq!(waits.last(), Some(&LONGEST));
        assert_eq!(begin("ben", "e", now), None);
    }

    #[test]
    fn what_lies_long_back_is_forgiven_and_memory_is_bounded() {
        let attempts = Attempts::default();
        for _ in 0..5 {
            attempts.begin("ana", "a", at(0)).unwrap();
        }
        attempts.begin("ana", "a", at(0)).unwrap_err();
        attempts.begin("ben", "b", at(3_600)).unwrap();
        assert_eq!(attempts.begin("ana", "a", at(3_600)), Ok(()));
        for number in 0..12_000_u64 {
            attempts.begin(&number.to_string(), &number.to_string(), at(3_600)).unwrap();
        }
        assert!(attempts.0.lock().unwrap().len() <= REMEMBERED);
    }
}
