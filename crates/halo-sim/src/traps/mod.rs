//! Switches that make the simulator behave as badly as real servers did.
//!
//! A trap bends answers, rights, tokens or pages; it never bends the truth or the ledger. Everything is
//! counted by request and nothing is left to chance, so that a run can be repeated. Start with [`table`].

pub(crate) mod setting;
pub(crate) mod table;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::clock::Micros;
use crate::entity::Late;
use crate::rights::Rights;
use crate::rng::Rng;
use crate::times::Ms;
use crate::value::Style;
use setting::Settings;
use table::{Effect, TRAPS, Trap};

/// What the traps that are on make of answers.
#[derive(Default)]
pub(crate) struct Effects {
    pub(crate) rights: Rights,
    pub(crate) style: Style,
    pub(crate) late: Late,
    pub(crate) older: bool,
    /// See [`crate::world::World::stamp_lag`].
    pub(crate) stamp_lag: Ms,
}

/// How an answer is spoilt.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    /// This status with an empty body.
    Status(u16),
    TooMany(Option<Wait>),
    Html,
    Login,
    Cut,
    /// Megabytes of text in one record.
    Huge(u64),
    /// Depth of nesting in one record.
    Deep(usize),
}

/// What `Retry-After` says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wait {
    pub(crate) seconds: i64,
    /// As a date instead of a number.
    pub(crate) as_date: bool,
}

/// What a fault may depend on.
pub(crate) struct Moment {
    /// Requests that it could have hit since the switch, counted from 1.
    pub(crate) hit: i64,
    /// Seconds since the switch.
    pub(crate) seconds: i64,
}

/// Whether a trap strikes.
pub(crate) struct Strike {
    pub(crate) settings: Settings,
    pub(crate) hit: i64,
}

struct Active {
    trap: &'static Trap,
    settings: Settings,
    since: Micros,
    /// Requests to the API since the switch.
    requests: i64,
    /// Those of them that it could have hit.
    hits: i64,
    /// Since when it is in effect, if it is.
    effective: Option<Ms>,
}

/// The traps that are on, in order of the table.
#[derive(Default)]
pub(crate) struct Traps(BTreeMap<usize, Active>);

impl Traps {
    /// Switches traps on (`true`, or an object of settings) and off (`false`); all of them, or none when
    /// one of them is wrong.
    ///
    /// # Errors
    /// A sentence that names what is wrong.
    pub(crate) fn switch(&mut self, asked: &Map<String, Value>, now: Micros) -> Result<(), String> {
        let mut changes = Vec::new();
        for (name, wanted) in asked {
            let Some(place) = TRAPS.iter().position(|trap| trap.name == name) else {
                return Err(format!("There is no trap `{name}`; GET /_sim/traps lists them."));
            };
            let trap = &TRAPS[place];
            let settings = match wanted {
                Value::Bool(false) => None,
                Value::Bool(true) => Some(Settings::defaults(trap.settings)),
                Value::Object(given) => Some(Settings::read(name, trap.settings, given)?),
                _ => return Err(format!("The trap `{name}` takes true, false or an object of settings.")),
            };
            changes.push((place, settings));
        }
        for (place, settings) in changes {
            self.0.remove(&place);
            if let Some(settings) = settings {
                self.0.insert(place, Active::new(&TRAPS[place], settings, now));
            }
        }
        Ok(())
    }

    /// Every trap with its meaning, its default settings and the present ones.
    pub(crate) fn list(&self) -> Value {
        let line = |(place, trap): (usize, &Trap)| {
            let active = self.0.get(&place);
            json!({
                "name": trap.name,
                "meaning": trap.meaning,
                "defaults": Settings::defaults(trap.settings).map(),
                "on": active.is_some(),
                "settings": active.map(|active| active.settings.map()),
                "hits": active.map_or(0, |active| active.hits),
            })
        };
        TRAPS.iter().enumerate().map(line).collect()
    }

    /// Counts one request to the API.
    pub(crate) fn count_request(&mut self, now: Micros) {
        for active in self.0.values_mut() {
            active.requests += 1;
            if active.effective.is_none() && active.requests > active.settings.whole("after_requests") {
                active.effective = Some(now.div_euclid(1_000));
            }
        }
    }

    pub(crate) fn effects(&self) -> Effects {
        let mut effects = Effects::default();
        for active in self.0.values() {
            match active.trap.effect {
                Effect::Rights => effects.rights.restrict(active.trap.name, active.settings.map()),
                Effect::Content(change) => {
                    if let Some(since) = active.effective {
                        change(&mut effects, &active.settings, since);
                    }
                }
                Effect::Fault(_) | Effect::Named => {}
            }
        }
        effects
    }

    /// The fault that spoils a request to this entity, with the name of its trap. Every trap that could
    /// hit it counts it, so that one trap does not change when another strikes.
    pub(crate) fn fault(&mut self, entity: &str, now: Micros) -> Option<(&'static str, Fault)> {
        let mut first = None;
        for active in self.0.values_mut() {
            let Effect::Fault(spoil) = active.trap.effect else { continue };
            if !active.strikes(entity) {
                continue;
            }
            let moment = Moment { hit: active.hits, seconds: (now - active.since) / 1_000_000 };
            let fault = spoil(&active.settings, &moment);
            first = first.or(fault.map(|fault| (active.trap.name, fault)));
        }
        first
    }

    /// Whether the trap of this name is on, means this entity, and this is its n-th chance.
    pub(crate) fn strike(&mut self, name: &str, entity: &str) -> Option<Strike> {
        let active = self.0.get_mut(&place(name))?;
        active.strikes(entity).then(|| Strike { settings: active.settings.clone(), hit: active.hits })
    }

    /// The settings of a trap of this name that is on and means this entity, without counting a chance.
    pub(crate) fn settings(&self, name: &str, entity: &str) -> Option<&Settings> {
        self.0.get(&place(name)).map(|active| &active.settings).filter(|settings| settings.means(entity))
    }
}

impl Active {
    fn new(trap: &'static Trap, settings: Settings, now: Micros) -> Self {
        let effective = settings.maybe("after_requests").is_none().then_some(now.div_euclid(1_000));
        Self { trap, settings, since: now, requests: 0, hits: 0, effective }
    }

    fn strikes(&mut self, entity: &str) -> bool {
        if !self.settings.means(entity) {
            return false;
        }
        self.hits += 1;
        match self.settings.whole("percent") {
            0 => self.hits % self.settings.maybe("every").unwrap_or(1) == 0,
            share => {
                let seed = self.settings.whole("seed").unsigned_abs();
                Rng::new(seed, self.trap.name, self.hits.unsigned_abs()).between(1, 100) <= share
            }
        }
    }
}

fn place(name: &str) -> usize {
    TRAPS.iter().position(|trap| trap.name == name).expect("code asks only for traps of the table")
}

/// The table of `docs/simulator.md`.
#[cfg(test)]
fn markdown() -> String {
    let line = |trap: &Trap| {
        let settings = Settings::defaults(trap.settings);
        let settings: Vec<_> = settings.map().iter().map(|(name, value)| format!("`{name}`: `{value}`")).collect();
        format!("| `{}` | {} | {} |\n", trap.name, trap.meaning, settings.join(", "))
    };
    TRAPS.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(asked: &Value) -> Result<Traps, String> {
        let mut traps = Traps::default();
        traps.switch(asked.as_object().unwrap(), 0).map(|()| traps)
    }

    #[test]
    fn the_document_lists_every_trap() {
        let document = include_str!("../../../../docs/simulator.md");
        let table = markdown();
        assert!(document.contains(&table), "docs/simulator.md must hold this table:\n\n{table}");
    }

    #[test]
    fn defaults_are_valid_settings() {
        for trap in TRAPS {
            let defaults = Settings::defaults(trap.settings);
            assert_eq!(Settings::read(trap.name, trap.settings, defaults.map()), Ok(defaults));
        }
    }

    #[test]
    fn what_is_wrong_is_named_and_nothing_is_switched() {
        for (asked, said) in [
            (json!({"zulu_times": true, "nope": true}), "`nope`"),
            (json!({"zulu_times": 1}), "true, false or an object"),
            (json!({"zulu_times": {"x": 1}}), "no settings"),
            (json!({"cut_body": {"every": 0}}), "from 1 to"),
            (json!({"cut_body": {"entities": [1]}}), "a list of texts"),
            (json!({"agent_access": {"tickets": "some"}}), "one of full, read, none"),
            (json!({"limit_429": {"retry_after": -1}}), "a whole number or null"),
        ] {
            let sentence = on(&asked).err().unwrap();
            assert!(sentence.contains(said), "{asked}: {sentence}");
        }
    }

    #[test]
    fn every_nth_request_is_hit_and_the_first_fault_wins() {
        let mut traps = on(&json!({
            "cut_body": {"every": 2, "entities": ["tickets"]},
            "server_errors": {"every": 4, "status": 502},
        }))
        .unwrap();
        let mut faults = |entity: &str, n: usize| -> Vec<Option<&str>> {
            (0..n).map(|_| traps.fault(entity, 0).map(|(name, _)| name)).collect()
        };
        assert_eq!(faults("Client", 3), [None, None, None]);
        assert_eq!(faults("Tickets", 4), [Some("server_errors"), Some("cut_body"), None, Some("cut_body")]);
    }

    #[test]
    fn fields_appear_after_their_number_of_requests() {
        let mut traps = on(&json!({"custom_field_later": {"after_requests": 2}})).unwrap();
        let seen: Vec<_> = (0..4)
            .map(|_| {
                traps.count_request(7_000);
                traps.effects().late.custom_field
            })
            .collect();
        assert_eq!(seen, [None, None, Some(7), Some(7)]);
    }
}
