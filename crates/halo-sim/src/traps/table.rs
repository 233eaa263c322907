//! All traps. Each has bitten a real connector or is a limit of what an agent may see.

use super::setting::Holds::{self, Choice, Flag, Ids, Names, Text, Whole, WholeOrNull};
use super::setting::{Setting, Settings};
use super::{Effects, Fault, Moment, Wait};
use crate::times::{HOUR, Ms};
use crate::value::Sentinel;

/// One switch.
pub(crate) struct Trap {
    pub(crate) name: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) settings: &'static [Setting],
    pub(crate) effect: Effect,
}

/// How a trap takes effect. Its settings `entities` (none named means all), `every` (each n-th request
/// that could be hit) and `after_requests` are respected before it is asked.
pub(crate) enum Effect {
    /// Takes something from the agent or the application, see [`crate::rights::Rights::restrict`].
    Rights,
    /// Changes what answers hold and how it is spelt; is told since when it is in effect.
    Content(fn(&mut Effects, &Settings, Ms)),
    /// Spoils an answer.
    Fault(fn(&Settings, &Moment) -> Option<Fault>),
    /// Asked for by name where it belongs.
    Named,
}

const fn set(name: &'static str, holds: Holds) -> Setting {
    Setting { name, holds }
}

const fn every(n: i64) -> Setting {
    set("every", Whole(n, 1..=1_000_000))
}

const fn entities(names: &'static [&'static str]) -> Setting {
    set("entities", Names(names))
}

/// The deliveries of webhooks that a trap hits: that share, drawn by the seed, or every n-th while the share is 0.
macro_rules! deliveries {
    ($every:literal $(, $setting:expr)*) => {
        const {
            &[
                every($every),
                set("percent", Whole(0, 0..=100)),
                set("seed", Whole(1, 0..=1_000_000)),
                set("events", Names(&[]))
                $(, $setting)*
            ]
        }
    };
}

macro_rules! webhook_trap {
    ($name:literal, $meaning:literal, $settings:expr) => {
        Trap { name: $name, meaning: $meaning, settings: $settings, effect: Effect::Named }
    };
}

const RETRY_AFTER: Setting = set("retry_after", WholeOrNull);
const AS_DATE: Setting = set("as_date", Flag(false));
const ACCESS: Holds = Choice(&["full", "read", "none"]);

macro_rules! trap {
    ($name:literal, $meaning:literal, [$($setting:expr),*], $effect:expr) => {
        Trap { name: $name, meaning: $meaning, settings: const { &[$($setting),*] }, effect: $effect }
    };
}

/// See the module. Of several faults that hit one request the first of this table wins.
pub(crate) const TRAPS: &[Trap] = &[
    trap!(
        "page_cap",
        "Pages hold at most `size` rows whatever is asked for; 0 lifts every cap.",
        [set("size", Whole(100, 0..=1_000_000)), entities(&[])],
        Effect::Named
    ),
    trap!(
        "paging_ignored",
        "`pageinate` is not understood: lists come whole and without page numbers.",
        [entities(&[])],
        Effect::Named
    ),
    trap!(
        "filter_ignored",
        "Lists do not understand these parameters and silently ignore them.",
        [
            entities(&[]),
            set("params", Names(&["lastupdatefromdate", "lastupdatetodate", "start_date", "end_date", "datesearch"]))
        ],
        Effect::Named
    ),
    trap!(
        "rows_deleted_while_reading",
        "After every n-th page of a list its first row is deleted, so that later rows move up.",
        [every(3), entities(&["Tickets"])],
        Effect::Named
    ),
    trap!(
        "rows_inserted_while_reading",
        "After every n-th page of a list a row is added, so that newest-first pages move down.",
        [every(3), entities(&["Tickets"])],
        Effect::Named
    ),
    trap!(
        "limit_size",
        "The request limit is this one instead of the one given at the start.",
        [set("limit", Whole(300, 0..=1_000_000))],
        Effect::Named
    ),
    trap!(
        "retry_hint",
        "A refusal by the request limit says in `Retry-After` when a request fits again.",
        [AS_DATE],
        Effect::Named
    ),
    trap!(
        "limit_429",
        "Every n-th request is refused as if the limit were reached; `retry_after` is in seconds.",
        [every(10), RETRY_AFTER, AS_DATE],
        Effect::Fault(|settings, _| Some(Fault::TooMany(wait(settings))))
    ),
    trap!(
        "token_429",
        "Every n-th request for a token is refused with 429.",
        [every(2), RETRY_AFTER, AS_DATE],
        Effect::Named
    ),
    trap!(
        "token_expires_early",
        "Tokens die after so many seconds, though they promise an hour.",
        [set("seconds", Whole(60, 0..=3_600))],
        Effect::Named
    ),
    trap!(
        "token_revoked_after",
        "Each token dies after so many requests.",
        [set("requests", Whole(20, 0..=1_000_000))],
        Effect::Named
    ),
    trap!(
        "forbidden",
        "Lists and records of these entities answer 403.",
        [entities(&["Invoice"])],
        Effect::Fault(|_, _| Some(Fault::Status(403)))
    ),
    trap!(
        "unauthorized_right",
        "As `forbidden`, but with 401, as some endpoints answer for a missing right.",
        [entities(&["Invoice"])],
        Effect::Fault(|_, _| Some(Fault::Status(401)))
    ),
    trap!("agent_no_unassigned", "The agent may not view unassigned tickets.", [], Effect::Rights),
    trap!("agent_own_tickets_only", "The agent may not view tickets assigned to other agents.", [], Effect::Rights),
    trap!(
        "agent_ticket_types",
        "The agent may use only these ticket types.",
        [set("ids", Ids(&[1, 2]))],
        Effect::Rights
    ),
    trap!("agent_teams", "The agent is a member of only these teams.", [set("ids", Ids(&[2]))], Effect::Rights),
    trap!(
        "agent_departments",
        "The agent is a member of only these departments.",
        [set("ids", Ids(&[1]))],
        Effect::Rights
    ),
    trap!(
        "agent_clients",
        "The agent may see only these clients and what belongs to them.",
        [set("ids", Ids(&[12, 13, 14]))],
        Effect::Rights
    ),
    trap!("agent_no_team", "The agent is in no team: lists of tickets are empty.", [], Effect::Rights),
    trap!(
        "agent_login_type_other",
        "The application's login type is not Agent: everything answers 403.",
        [],
        Effect::Rights
    ),
    trap!("agent_own_timesheet_only", "The agent sees only its own time entries.", [], Effect::Rights),
    trap!(
        "agent_access",
        "Feature access of the agent per area: `full`, `read` or `none` (403).",
        [
            set("tickets", ACCESS),
            set("projects", ACCESS),
            set("opportunities", ACCESS),
            set("customers", ACCESS),
            set("users", ACCESS),
            set("crm", ACCESS),
            set("assets", ACCESS),
            set("software", ACCESS),
            set("contracts", ACCESS),
            set("invoices", ACCESS),
            set("items", ACCESS),
            set("suppliers", ACCESS),
            set("quotes", ACCESS),
            set("salesorders", ACCESS),
            set("purchaseorders", ACCESS),
            set("calendar", ACCESS),
            set("timesheets", ACCESS),
            set("kb", ACCESS),
            set("reporting", ACCESS),
            set("agents", ACCESS),
            set("configuration", ACCESS)
        ],
        Effect::Rights
    ),
    trap!(
        "app_scopes",
        "The application may request only these scopes; others are worth nothing (401).",
        [set("allowed", Names(&["read:tickets"]))],
        Effect::Rights
    ),
    trap!(
        "sentinel_mixed",
        "Dates that were never set turn through all sentinels, not only 1900-01-01.",
        [],
        Effect::Content(|effects, _, _| effects.style.sentinel = Sentinel::Mixed)
    ),
    trap!("zulu_times", "Times end in `Z`.", [], Effect::Content(|effects, _, _| effects.style.zulu = true)),
    trap!(
        "decimal_ids",
        "Ids are written as decimals, for example `12.0`.",
        [],
        Effect::Content(|effects, _, _| effects.style.decimal_ids = true)
    ),
    trap!(
        "numbers_as_text",
        "Numbers of these fields are written as text; `*` means all fields.",
        [set("fields", Names(&["*"]))],
        Effect::Content(|effects, settings, _| effects.style.numbers_as_text = settings.names("fields"))
    ),
    trap!(
        "absent_fields",
        "These fields are left out of every n-th record (by its id). The default ones never hold anything.",
        [set("fields", Names(&["deadlinedate", "followupdate"])), every(2)],
        Effect::Content(|effects, settings, _| {
            (effects.style.absent, effects.style.absent_every) = (settings.names("fields"), settings.whole("every"));
        })
    ),
    trap!(
        "retyped_field",
        "This field holds the text `not a number` in every n-th record (by its id).",
        [set("field", Text("estimate")), every(50)],
        Effect::Content(|effects, settings, _| {
            (effects.style.retyped, effects.style.retyped_every) =
                (vec![settings.text("field")], settings.whole("every"));
        })
    ),
    trap!(
        "midnight_east",
        "Calendar days are written as the UTC moment of local midnight: London, or so many hours east of it.",
        [set("hours", Whole(0, -12..=12))],
        Effect::Content(|effects, settings, _| {
            effects.style.midnight_east = Some(settings.whole("hours") * HOUR);
        })
    ),
    trap!(
        "negative_contract",
        "Contract ids are negative.",
        [],
        Effect::Content(|effects, _, _| effects.late.negative_contract = true)
    ),
    trap!(
        "custom_field_later",
        "After so many requests tickets have one more custom field; those changed later have a value in it.",
        [set("after_requests", Whole(20, 0..=1_000_000))],
        Effect::Content(|effects, _, since| effects.late.custom_field = Some(since))
    ),
    trap!(
        "plain_field_later",
        "After so many requests records of an entity have a field that was never there.",
        [
            set("entity", Text("Tickets")),
            set("name", Text("new_in_this_version")),
            set("after_requests", Whole(20, 0..=1_000_000))
        ],
        Effect::Content(|effects, settings, _| {
            effects.late.plain_field = Some((settings.text("entity"), settings.text("name")));
        })
    ),
    trap!(
        "stamps_lag",
        "Change stamps lie up to so many milliseconds before the change.",
        [set("milliseconds", Whole(400, 0..=600_000))],
        Effect::Content(|effects, settings, _| {
            effects.stamp_lag = settings.whole("milliseconds");
        })
    ),
    trap!(
        "older_version",
        "The API of 2024: no change filter for invoices, no custom fields in lists, no `team_id`, no `Feed`.",
        [],
        Effect::Content(|effects, _, _| effects.older = true)
    ),
    trap!(
        "storm_5xx",
        "Everything fails with a 5xx status for so many seconds after the switch.",
        [set("seconds", Whole(30, 0..=86_400))],
        Effect::Fault(|settings, moment| {
            let status = [503, 502, 500, 504][usize::try_from(moment.hit % 4).unwrap_or_default()];
            (moment.seconds < settings.whole("seconds")).then_some(Fault::Status(status))
        })
    ),
    trap!(
        "server_errors",
        "Every n-th request fails with this status.",
        [every(10), set("status", Whole(500, 500..=599)), entities(&[])],
        Effect::Fault(|settings, _| Some(Fault::Status(u16::try_from(settings.whole("status")).unwrap_or(500))))
    ),
    trap!(
        "html_instead",
        "Every n-th request is answered with a page of HTML and status 200.",
        [every(10), entities(&[])],
        Effect::Fault(|_, _| Some(Fault::Html))
    ),
    trap!(
        "redirect_login",
        "Every n-th request is sent to the login page with status 302.",
        [every(10), entities(&[])],
        Effect::Fault(|_, _| Some(Fault::Login))
    ),
    trap!(
        "cut_body",
        "The connection breaks in the middle of every n-th body, whose full length was announced.",
        [every(10), entities(&[])],
        Effect::Fault(|_, _| Some(Fault::Cut))
    ),
    trap!(
        "huge_body",
        "Every n-th answer of this list is one record with a text of so many megabytes.",
        [entities(&["Tickets"]), set("megabytes", Whole(50, 1..=10_000)), every(10)],
        Effect::Fault(|settings, _| Some(Fault::Huge(settings.whole("megabytes").unsigned_abs())))
    ),
    trap!(
        "deep_json",
        "Every n-th answer of this list is one record with arrays nested so deep.",
        [entities(&["Tickets"]), set("depth", Whole(10_000, 1..=1_000_000)), every(10)],
        Effect::Fault(|settings, _| Some(Fault::Deep(usize::try_from(settings.whole("depth")).unwrap_or_default())))
    ),
    trap!("report_refused", "SQL is refused: `POST /Report` answers 403.", [], Effect::Named),
    trap!(
        "report_gateway_timeout",
        "SQL that reads and gives more than so many rows together answers 504.",
        [set("rows", Whole(100_000, 0..=1_000_000_000))],
        Effect::Named
    ),
    trap!(
        "report_load_error",
        "Every n-th SQL fails inside an answer of 200, in `report.load_error`.",
        [every(3)],
        Effect::Named
    ),
    trap!("report_rows_nested", "Rows of SQL come as `report.rows` instead of `rows`.", [], Effect::Named),
    trap!(
        "slow",
        "Answers are held back by so much real time, and up to `jitter` more.",
        [set("milliseconds", Whole(200, 0..=600_000)), set("jitter", Whole(100, 0..=600_000)), entities(&[])],
        Effect::Named
    ),
    webhook_trap!("webhook_lost", "Deliveries are never sent, and no log shows them.", deliveries!(10)),
    webhook_trap!("webhook_twice", "Deliveries are sent twice.", deliveries!(10)),
    webhook_trap!(
        "webhook_late",
        "Deliveries are held back by so many seconds of the clock.",
        deliveries!(10, set("seconds", Whole(3_600, 0..=86_400)))
    ),
    webhook_trap!(
        "webhook_reordered",
        "Deliveries wait for the next one of their webhook, or a minute, and are sent after it.",
        deliveries!(5)
    ),
    webhook_trap!(
        "webhook_batched",
        "Deliveries are collected for so many seconds, or until there are `limit`, and sent as one array.",
        deliveries!(1, set("seconds", Whole(5, 0..=86_400)), set("limit", Whole(100, 1..=10_000)))
    ),
    webhook_trap!(
        "webhook_bare",
        "Deliveries hold the event alone, without its record, whatever the webhook's payload is.",
        deliveries!(1)
    ),
    webhook_trap!(
        "webhook_wrong_secret",
        "Calls are signed, or logged in, with another secret. A retry counts as a call of its own.",
        const { &[every(10), set("percent", Whole(0, 0..=100)), set("seed", Whole(1, 0..=1_000_000))] }
    ),
    webhook_trap!(
        "webhook_gone",
        "After deliveries comes one more of the same event, for a record that was deleted or never was.",
        deliveries!(10)
    ),
    webhook_trap!(
        "webhook_disabled",
        "A webhook is no longer active after so many deliveries since it was made or switched on.",
        const { &[set("deliveries", Whole(20, 0..=1_000_000))] }
    ),
];

/// What a refusal by a trap says of the time to wait.
pub(crate) fn wait(settings: &Settings) -> Option<Wait> {
    let seconds = settings.maybe("retry_after")?;
    Some(Wait { seconds, as_date: settings.flag("as_date") })
}
