//! How the people who use this installation work: their time zone, hours and holidays.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::{Store, StoreError};

/// The setting that keeps it.
const SETTING: &str = "workspace";

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Workspace {
    /// Name of the provider, for headings.
    pub name: String,
    /// Name of the time zone, as `Europe/London` (IANA).
    pub zone: String,
    /// When work is done; a day may have several spans.
    pub working_hours: Vec<WorkingHours>,
    /// Days without work.
    pub holidays: Vec<Holiday>,
}

/// A span of a day of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkingHours {
    /// The day.
    pub day: Day,
    /// Its beginning, `HH:MM`.
    pub from: String,
    /// Its end, `HH:MM`, later on the same day; `24:00` for midnight.
    pub to: String,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "they are what they are called")]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A day without work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Holiday {
    /// `YYYY-MM-DD`, in the zone of the workspace.
    pub date: String,
    /// What it is called.
    pub name: String,
}

const WEEK: [Day; 7] =
    [Day::Monday, Day::Tuesday, Day::Wednesday, Day::Thursday, Day::Friday, Day::Saturday, Day::Sunday];
/// Entries of a list at most.
const MOST: usize = 1_000;

impl Default for Workspace {
    /// UTC, Monday to Friday from nine to half past five.
    fn default() -> Self {
        let hours = |day: &Day| WorkingHours { day: *day, from: "09:00".to_owned(), to: "17:30".to_owned() };
        Self {
            name: String::new(),
            zone: "UTC".to_owned(),
            working_hours: WEEK[..5].iter().map(hours).collect(),
            holidays: Vec::new(),
        }
    }
}

impl Workspace {
    /// As it is kept.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn get(store: &Store) -> Result<Self, StoreError> {
        Ok(store.setting_get(SETTING).await?.unwrap_or_default())
    }

    /// Keeps it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn set(&self, store: &Store) -> Result<(), StoreError> {
        store.setting_set(SETTING, self).await
    }

    /// Its time zone; UTC where this machine does not know it any more.
    pub fn time_zone(&self) -> TimeZone {
        TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC)
    }

    /// What cannot be as it is, by field; sentences.
    pub fn objections(&self) -> BTreeMap<String, String> {
        let mut wrong = BTreeMap::new();
        if self.name.chars().count() > 100 {
            wrong.insert("name".to_owned(), "A name has at most 100 characters.".to_owned());
        }
        if TimeZone::get(&self.zone).is_err() {
            let sentence = format!("There is no time zone `{}`: choose one of the list.", self.zone);
            wrong.insert("zone".to_owned(), sentence);
        }
        if let Some(sentence) = wrong_hours(&self.working_hours) {
            wrong.insert("working_hours".to_owned(), sentence);
        }
        if let Some(sentence) = wrong_holidays(&self.holidays) {
            wrong.insert("holidays".to_owned(), sentence);
        }
        wrong
    }
}

/// Names of all time zones that are known here.
pub fn zones() -> Vec<String> {
    jiff::tz::db().available().map(|name| name.to_string()).collect()
}

/// Minutes since midnight.
fn minutes(text: &str) -> Option<i32> {
    if text == "24:00" {
        return Some(24 * 60);
    }
    let is_plain = text.len() == 5;
    let time: Time = Time::strptime("%H:%M", text).ok().filter(|_| is_plain)?;
    Some(i32::from(time.hour()) * 60 + i32::from(time.minute()))
}

fn wrong_hours(hours: &[WorkingHours]) -> Option<String> {
    if hours.len() > MOST {
        return Some("These are too many spans.".to_owned());
    }
    let mut spans = Vec::new();
    for WorkingHours { day, from, to } in hours {
        match (minutes(from), minutes(to)) {
            (Some(start), Some(end)) if start < end => spans.push((*day, start, end)),
            (Some(_), Some(_)) => return Some(format!("{day:?}: {to} is not after {from}.")),
            _ => return Some(format!("{day:?}: write times as 09:00 and 17:30.")),
        }
    }
    spans.sort_unstable();
    let overlap = spans.windows(2).find(|pair| pair[0].0 == pair[1].0 && pair[1].1 < pair[0].2);
    overlap.map(|pair| format!("{:?}: two spans overlap.", pair[0].0))
}

fn wrong_holidays(holidays: &[Holiday]) -> Option<String> {
    if holidays.len() > MOST {
        return Some("These are too many holidays.".to_owned());
    }
    let mut seen = BTreeSet::new();
    for Holiday { date, name } in holidays {
        let Ok(day) = date.parse::<Date>() else { return Some(format!("`{date}` is no day: write it as 2026-12-25.")) };
        if !seen.insert(day) {
            return Some(format!("{date} is there twice."));
        }
        if name.trim().is_empty() || name.chars().count() > 100 {
            return Some(format!("{date} needs a name, of at most 100 characters."));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut Workspace), field: Option<&str>) {
        let mut workspace = Workspace::default();
        change(&mut workspace);
        let wrong = workspace.objections();
        assert_eq!(wrong.keys().next().map(String::as_str), field, "{wrong:?}");
    }

    fn span(from: &str, to: &str) -> WorkingHours {
        WorkingHours { day: Day::Monday, from: from.to_owned(), to: to.to_owned() }
    }

    fn holiday(date: &str) -> Holiday {
        Holiday { date: date.to_owned(), name: "Christmas".to_owned() }
    }

    #[test]
    fn what_can_be_kept() {
        check(|_| {}, None);
        check(|workspace| workspace.zone = "Europe/London".to_owned(), None);
        check(|workspace| workspace.zone = "Europe/Atlantis".to_owned(), Some("zone"));
        check(|workspace| workspace.working_hours = vec![span("09:00", "12:00"), span("12:00", "24:00")], None);
        check(
            |workspace| workspace.working_hours = vec![span("09:00", "12:00"), span("11:00", "13:00")],
            Some("working_hours"),
        );
        check(|workspace| workspace.working_hours = vec![span("17:00", "09:00")], Some("working_hours"));
        check(|workspace| workspace.working_hours = vec![span("9", "17")], Some("working_hours"));
        check(|workspace| workspace.holidays = vec![holiday("2026-12-25")], None);
        check(|workspace| workspace.holidays = vec![holiday("2026-12-25"), holiday("2026-12-25")], Some("holidays"));
        check(|workspace| workspace.holidays = vec![holiday("2026-02-30")], Some("holidays"));
        assert!(zones().iter().any(|name| name == "Europe/London"));
    }
}
