//! Seeded schedules: HaloPSA changes while it is read, the program is killed in the middle, and every trap is played.
//! Afterwards each row of each entity must equal the simulator's truth.
//!
//! `HALOSCOPE_SCHEDULES` and `HALOSCOPE_SCHEDULES_FROM` run others than the usual 40: `cargo x schedules`.

use std::sync::Arc;
use std::time::Duration;

use halo_sim::Options;
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use crate::desk::{Desk, end};
use crate::truth::{self, Known};
use crate::webhooks;

const TICKETS: u32 = 2_000;
/// Changes at HaloPSA while it is read, and how many at once.
const MUTATIONS: u64 = 500;
const AT_ONCE: u64 = 10;
/// Runs that are ended in the middle.
const KILLS: u64 = 3;

/// When a trap is played.
#[derive(Clone, Copy, PartialEq)]
enum When {
    /// From the start to the end: how this HaloPSA is.
    Always,
    /// While HaloPSA changes and the program is killed.
    Trouble,
}
use When::{Always, Trouble};

/// Every trap that needs no webhook, with the settings it is played with.
fn traps() -> Vec<(&'static str, When, Value)> {
    let lists = ["Tickets", "Projects", "Opportunities", "Client", "Site", "Users", "Invoice"];
    vec![
        ("page_cap", Always, json!({ "size": 37 })),
        ("paging_ignored", Always, json!({ "entities": ["Client", "Site", "Projects"] })),
        ("filter_ignored", Always, json!({ "entities": lists })),
        ("rows_deleted_while_reading", Trouble, json!({ "entities": ["Tickets", "Users"] })),
        ("rows_inserted_while_reading", Trouble, json!({ "entities": ["Tickets"] })),
        ("limit_size", Always, json!({ "limit": 300 })),
        ("retry_hint", Always, json!(true)),
        ("limit_429", Trouble, json!({ "every": 11, "retry_after": 5 })),
        ("token_429", Trouble, json!(true)),
        ("token_expires_early", Always, json!({ "seconds": 120 })),
        ("token_revoked_after", Always, json!({ "requests": 30 })),
        ("forbidden", Trouble, json!({ "entities": ["Invoice", "Site"] })),
        ("unauthorized_right", Trouble, json!({ "entities": ["TimesheetEvent"] })),
        ("agent_no_unassigned", Trouble, json!(true)),
        ("agent_own_tickets_only", Trouble, json!(true)),
        ("agent_ticket_types", Trouble, json!(true)),
        ("agent_teams", Trouble, json!(true)),
        ("agent_departments", Trouble, json!(true)),
        ("agent_clients", Trouble, json!(true)),
        ("agent_no_team", Trouble, json!(true)),
        ("agent_login_type_other", Trouble, json!(true)),
        ("agent_own_timesheet_only", Trouble, json!(true)),
        ("agent_access", Trouble, json!({ "customers": "none", "projects": "none" })),
        ("app_scopes", Trouble, json!({ "allowed": ["read:tickets", "read:customers"] })),
        ("sentinel_mixed", Always, json!(true)),
        ("zulu_times", Always, json!(true)),
        ("decimal_ids", Always, json!(true)),
        ("numbers_as_text", Always, json!(true)),
        ("absent_fields", Always, json!(true)),
        ("retyped_field", Always, json!(true)),
        ("midnight_east", Always, json!({ "hours": 2 })),
        ("negative_contract", Always, json!(true)),
        ("custom_field_later", Always, json!({ "after_requests": 60 })),
        ("plain_field_later", Always, json!({ "after_requests": 50 })),
        ("stamps_lag", Always, json!(true)),
        ("older_version", Always, json!(true)),
        ("storm_5xx", Trouble, json!({ "seconds": 10 })),
        ("server_errors", Trouble, json!(true)),
        ("html_instead", Trouble, json!(true)),
        ("redirect_login", Trouble, json!({ "every": 31 })),
        ("cut_body", Trouble, json!(true)),
        ("huge_body", Trouble, json!({ "every": 7 })),
        ("deep_json", Trouble, json!({ "every": 9 })),
        ("report_refused", Trouble, json!(true)),
        ("report_gateway_timeout", Trouble, json!({ "rows": 500 })),
        ("report_load_error", Trouble, json!(true)),
        ("report_rows_nested", Always, json!(true)),
        ("slow", Trouble, json!({ "milliseconds": 5, "jitter": 5 })),
    ]
}

/// How actions are read.
#[derive(Clone, Copy, PartialEq)]
enum Actions {
    /// Ticket by ticket, all of them: the report lane is never granted, and in the end everything is read again.
    OneByOne,
    /// The report lane is granted from start to end, and in the end everything is read again.
    Lane,
    /// The report lane comes and goes as the traps have it.
    Mixed,
}

impl Actions {
    fn of(seed: u64) -> Self {
        [Self::OneByOne, Self::Lane, Self::Mixed][(seed % 3) as usize]
    }

    /// Where the lane is never granted, a full reading asks once for each ticket: the limit would take minutes.
    fn limit(self) -> usize {
        if self == Self::OneByOne { 4_000 } else { Options::default().limit }
    }

    fn last_sync(self) -> &'static [&'static str] {
        if self == Self::Mixed { &["sync"] } else { &["sync", "--full"] }
    }
}

/// The traps of a schedule: each is played by three of any ten schedules in a row, but those of the report lane as
/// [`Actions`] says.
fn chosen(seed: u64) -> Vec<(&'static str, When, Value)> {
    let plays = |place: u64| (seed * 7 + place * 3) % 10 < 3;
    let traps = (0..).zip(traps()).filter_map(|(place, (name, when, settings))| {
        let chosen = match (Actions::of(seed), name) {
            (Actions::OneByOne, "report_refused") => return Some((name, Always, settings)),
            (Actions::Lane, "report_refused") => false,
            (Actions::Lane, lane) if lane.starts_with("report_") => true,
            (Actions::OneByOne, lane) if lane.starts_with("report_") => false,
            _ => plays(place),
        };
        chosen.then_some((name, when, settings))
    });
    traps.collect()
}

#[test]
fn each_trap_is_played_by_ten_of_the_usual_schedules() {
    for (name, ..) in traps() {
        let count = (0..40).filter(|seed| chosen(*seed).iter().any(|(played, ..)| *played == name)).count();
        assert!(count >= 10, "{name} is played {count} times");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_trap_of_the_simulator_is_played() {
    let desk = Desk::open(Options { tickets: 50, ..Options::default() }).await;
    let listed: Value = serde_json::from_str(&desk.get("traps").await).unwrap();
    let played: Vec<&str> = traps().iter().map(|(name, ..)| *name).collect();
    let names = listed.as_array().unwrap().iter().map(|trap| trap["name"].as_str().unwrap().to_owned());
    let of_webhooks = webhooks::traps();
    let is_played = |name: &String| played.contains(&name.as_str()) || of_webhooks.get(name).is_some();
    let forgotten: Vec<String> = names.filter(|name| !is_played(name)).collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
}

// Four tests, so that they can run beside each other and one failure names fewer seeds.
macro_rules! quarter {
    ($name:ident, $part:literal) => {
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            run_part($part).await;
        }
    };
}
quarter!(schedules_end_at_the_truth_first_part, 0);
quarter!(schedules_end_at_the_truth_second_part, 1);
quarter!(schedules_end_at_the_truth_third_part, 2);
quarter!(schedules_end_at_the_truth_fourth_part, 3);

async fn run_part(part: u64) {
    let number = |name: &str, usual: u64| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    let (count, from) = (number("HALOSCOPE_SCHEDULES", 40), number("HALOSCOPE_SCHEDULES_FROM", 0));
    // One at a time in each part: the machine is small.
    let places = Arc::new(Semaphore::new(1));
    let mut failures = Vec::new();
    for seed in (from..from + count).filter(|seed| seed % 4 == part) {
        let _place = places.acquire().await.unwrap();
        let differences = schedule(seed).await;
        if count > 40 {
            eprintln!("schedule {seed}: {} differences", differences.len());
        }
        failures.extend(differences.into_iter().map(|difference| format!("schedule {seed}: {difference}")));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

async fn schedule(seed: u64) -> Vec<String> {
    let actions = Actions::of(seed);
    let options = Options { seed, tickets: TICKETS, limit: actions.limit(), ..Options::default() };
    let desk = Desk::hurried(options).await;
    desk.connect(&[]).await.with_code(0);
    let chosen = chosen(seed);
    let switches = |when: When, on: bool| -> Value {
        let of_time = chosen.iter().filter(|(_, time, _)| *time == when);
        of_time
            .map(|(name, _, settings)| ((*name).to_owned(), if on { settings.clone() } else { json!(false) }))
            .collect::<Map<_, _>>()
            .into()
    };
    desk.trap(switches(Always, true)).await;
    // Some schedules meet trouble in the first reading, the others later.
    if seed.is_multiple_of(2) {
        end(desk.spawn(&["sync"], None)).await;
    }
    desk.trap(switches(Trouble, true)).await;
    trouble(&desk, seed).await;
    desk.trap(switches(Trouble, false)).await;
    desk.let_ratings_come_in().await;

    let done = desk.run(&[actions.last_sync(), &["--json"]].concat()).await;
    let unreadable: Vec<&str> = chosen.iter().flat_map(|(name, ..)| unreadable(name)).copied().collect();
    let known = if actions == Actions::OneByOne { Known::All } else { Known::ByLane };
    let mut found = truth::differences_but(&desk, &unreadable, known).await;
    if done.code != Some(0) || !found.is_empty() {
        found.push(format!("sync ended with {:?}: {} {}", done.code, standings(&done.out), done.err));
    }
    found
}

/// Columns that a trap keeps HaloPSA from showing.
fn unreadable(trap: &str) -> &'static [&'static str] {
    match trap {
        "older_version" => &["team_id", "customfields", "firstresponsetime", "amount_remaining"],
        "retyped_field" => &["estimate"],
        _ => &[],
    }
}

/// The program reads and is ended three times, while HaloPSA changes.
async fn trouble(desk: &Desk, seed: u64) {
    let mutations = async {
        for part in 0..MUTATIONS / AT_ONCE {
            desk.mutate(seed * 1_000 + part, AT_ONCE).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let runs = async {
        for kill in 0..KILLS {
            let draw = seed * 31 + kill * 17;
            let place = ["before-append", "before-commit", "after-commit"][(draw % 3) as usize];
            let crash = format!("{place}:{}", 1 + draw % 29);
            // One of them reads everything again.
            let arguments: &[&str] = if kill == 1 { Actions::of(seed).last_sync() } else { &["sync"] };
            end(desk.spawn(arguments, Some(&crash))).await;
        }
    };
    tokio::join!(mutations, runs);
}

/// What is not as it should be, of a report.
fn standings(report: &str) -> String {
    let Ok(report) = serde_json::from_str::<Value>(report) else { return report.to_owned() };
    let entities = report["connections"][0]["entities"].as_array().cloned().unwrap_or_default();
    let bad = entities.iter().filter(|entity| entity["standing"] != "complete");
    bad.map(|entity| format!("{} {}: {}", entity["entity"], entity["standing"], entity["reason"]))
        .collect::<Vec<_>>()
        .join("; ")
}
