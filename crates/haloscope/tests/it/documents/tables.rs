//! `docs/tables.md`: from the list of entities, and from the tables that the engine makes of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use halo_client::entities::{ChangeFilter, Child, ENTITIES, Entity, Reading};
use haloscope::sync::tables::{self, Extras};
use warehouse::{DuckDb, Field, Interrupt, OpenOptions, ResultColumn, Sink, Warehouse as _};

/// Why fields are not kept, by their name.
const NOT_KEPT: &[(&str, &str)] = &[
    ("child_count", "follows from `parent_id` of the other rows"),
    ("area_inactive", "follows from `clients.inactive`"),
    ("clientsite_name", "is `client_name` and `name` joined"),
    ("ticket_count", "changes all the time and follows from `tickets`"),
    ("onlinestatus", "is no record: who is online right now"),
    ("idsummary", PAGES),
    ("colour", PAGES),
    ("intent", PAGES),
    ("key", PAGES),
    ("use", PAGES),
    ("table", PAGES),
    ("_open_search_score", PAGES),
    ("icon", PAGES),
    ("icon_download_url", PAGES),
    ("custombuttons", PAGES),
    ("allowed_status", PAGES),
    ("search_score", PAGES),
    ("your_vote", PAGES),
    ("_canupdate", PAGES),
    ("_cancomplete", PAGES),
    ("_candelete", PAGES),
    ("agents", "repeats `agent_id`"),
    ("events", "are `timesheet_events`"),
    ("approval", "is no figure"),
    ("recaptcha_token", OPENS),
    ("report_access_token", OPENS),
    ("published_id", OPENS),
    ("data", FILE),
    ("data_base64", FILE),
    ("link", FILE),
    ("download_url", FILE),
    ("s3url", FILE),
    ("att_link", FILE),
];
const OPENS: &str = "opens something to whoever has it";
const FILE: &str = "is the file itself or the way to it";
const PAGES: &str = "serve HaloPSA's own pages";

/// What one must know to ask well.
const HINTS: &[(&str, &str)] = &[
    ("agents", "Agent 1 is *Unassigned*."),
    ("clients", "Client 1 is *Unknown*."),
    (
        "priorities",
        "A number counts within its SLA: tickets join on (`sla_id`, `priority_id`) = (`slaid`, `priorityid`).",
    ),
    ("actions", "Numbers count within a ticket: the key is (`ticket_id`, `id`)."),
    ("lookups", "A value's number counts within its list: `tickets.source` is list 22."),
    ("statuses", "No field says whether a status is an open one; a ticket's `dateclosed` does."),
    ("workdays", "Start and end are times of day, so they are text."),
];

const HEAD: &str = "\
# Tables

Made from the list of entities by `crates/haloscope/tests/it/documents`; do not edit it by hand.

Each connection has a schema: `halo` for the first, which `haloscope query` takes when none is named, `halo_2`, `halo_3`
for later ones. Column names are HaloPSA's own, misspellings included.

- **Deleted rows stay**, with `deleted_at`. For what exists now, ask `where deleted_at is null`.
- **BIGINT, DOUBLE, BOOLEAN, VARCHAR** hold what HaloPSA sends, whether it writes `12`, `12.0` or `\"12\"`.
- **DECIMAL(18,6)** is money, exact to a millionth, without a currency.
- **TIMESTAMP WITH TIME ZONE** is a moment, UTC. For local time: `dateoccurred at time zone 'Europe/London'`. HaloPSA's
  ways to say that there is no time, such as 1900-01-01, are NULL.
- **DATE** is a day in HaloPSA's own zone. A holiday or a due date has no time of day.
- **MAP** holds custom fields by name: `customfields['CFRootCause']`.
- A value that does not fit its column is NULL, `haloscope status` names it, and the raw record has it.
- A field that HaloPSA sends and this page does not list becomes a column when it first has a value. Columns are never
  dropped.
- *echo* columns repeat another record's value. HaloPSA does not stamp a ticket when its client is renamed, so they are
  set anew from the other table at the end of each pass.
- *observed* columns have their changes in [`changes`](#changes).
";

const PROOF: &str = "\
How completeness is proved, as `haloscope status --json` names it:

- `ids`: all ids of both sides are compared. What is missing here is fetched; what is missing there is looked up among
  HaloPSA's deleted records, or asked for by its id.
- `whole_list`: every row of the list was read in this pass.
- `all_pages`: every page was read in this pass, as many rows as HaloPSA counts.
- `count`: what is new in a log was read, and both sides count as many rows.
- `recent`: HaloPSA shows rows of some recent days only; those days were compared. Older rows stay as they were seen last.
- `per_parent`: the rows of each ticket were read since it changed last. `parents` says of how many tickets: older ones
  follow with `sync --full` or `serve`.
- `windows`: the list is read by spans of time; every span was read in this pass. A span in the far future had to come
  back empty.
";

const CHANGES: &str = "\
## changes

What was seen to change in observed columns, one row a change. HaloPSA does not give this again, so it is kept in the
store too and comes back when the warehouse is made anew. The first reading makes no changes: history begins when the
connection does.

";

const TAIL: &str = "\
## Raw records

The schema `halo_raw` has a table of the same name for each table above (lines of invoices are inside their invoice):
the key, and `raw`, the record's JSON as HaloPSA sent it, less fields that hold passwords or keys.

## The engine's own columns

Each table but the lines ends with `_asked`, `_answered` (ticks of the answer that the row came from), `_fingerprint`,
`_narrow`, `_raw_hash` and `_provisional`. The last has a value while a row is as a webhook tells of it and HaloPSA has not confirmed
that yet; then it is what the answer before had. The table `action_reads` notes whose actions were read and when. The schema `_warehouse` holds cursors and definitions. None of it is meant for questions, and any of it
may change.
";

/// Columns of the engine: not listed for each table.
const OWN: [&str; 6] = ["_asked", "_answered", "_fingerprint", "_narrow", "_raw_hash", "_provisional"];

type Columns = BTreeMap<String, Vec<(String, String)>>;

pub(super) fn document() -> String {
    let columns = stored();
    let mut text = format!("{HEAD}\n## All tables\n\n| table | list of HaloPSA | proof | scope |\n|---|---|---|---|\n");
    for entity in ENTITIES {
        let (table, path, scope) = (entity.table, entity.path, entity.right.scope);
        line(&mut text, format_args!("| [`{table}`](#{table}) | `/{path}` | `{}` | `{scope}` |", proof(entity)));
        if let Some(child) = &entity.child {
            let own = child.table;
            line(&mut text, format_args!("| [`{own}`](#{own}) | `{}` of `/{path}` | as `{table}` | |", child.field));
        }
    }
    line(&mut text, format_args!("| [`changes`](#changes) | | | |\n\n{PROOF}"));
    for entity in ENTITIES {
        of_entity(&mut text, entity, &columns);
        if let Some(child) = &entity.child {
            of_child(&mut text, entity, child, &columns);
        }
    }
    of_changes(&mut text, &columns);
    text + TAIL
}

fn of_entity(text: &mut String, entity: &Entity, columns: &Columns) {
    let Entity { table, path, key, right, .. } = entity;
    let hint = HINTS.iter().find(|(name, _)| name == table).map(|(_, hint)| format!(" {hint}")).unwrap_or_default();
    line(text, format_args!("## {table}\n\n`/{path}`, for {}.{hint}\n", right.unlocks));
    let shared = match entity.rivals {
        [] => String::new(),
        rivals => format!("; {} share its ids, and a record lives in one of them at a time", list(rivals)),
    };
    line(text, format_args!("- Key: {}{shared}.", list(key)));
    if let Some(why) = entity.opt_in {
        line(text, format_args!("- Copied only after `haloscope sync --with {table}`: {why}."));
    }
    line(text, format_args!("- Read: {}.", reading(entity)));
    line(text, format_args!("- Proof: `{}`. {}.", proof(entity), deletes(entity)));
    if !entity.switches.is_empty() {
        let switches: Vec<String> = entity.switches.iter().map(|(name, value)| format!("{name}={value}")).collect();
        line(text, format_args!("- Asked with {}.", list(&switches)));
    }
    line(text, format_args!("- Rights: scope `{}`; agent: {}.", right.scope, right.permission));
    line(text, format_args!("- Not kept: {}.\n", not_kept(entity.ignored)));
    head(text);
    for (name, kind) in &columns[*table] {
        column(text, name, kind, &notes(entity, name));
    }
    text.push('\n');
}

fn of_child(text: &mut String, entity: &Entity, child: &Child, columns: &Columns) {
    let (table, field, parent) = (child.table, child.field, child.parent);
    line(
        text,
        format_args!(
            "## {table}\n\nThe rows in `{field}` of each record of `{}`, replaced together with it.\n",
            entity.table
        ),
    );
    line(text, format_args!("- Key: `{parent}` and `id`."));
    let ignored = not_kept(child.ignored);
    line(text, format_args!("- Not kept: {ignored}; and any other field, which only the raw record has.\n"));
    head(text);
    for (name, kind) in &columns[table] {
        let note = match name {
            name if name == parent => format!("`{}.{}`", entity.table, entity.key[0]),
            name if name == "deleted_at" => format!("when `{}` was found deleted", entity.table),
            _ => String::new(),
        };
        column(text, name, kind, &note);
    }
    text.push('\n');
}

fn of_changes(text: &mut String, columns: &Columns) {
    const NOTES: [(&str, &str); 9] = [
        ("sequence", "rises over the life of the installation"),
        ("table_name", "without schema"),
        ("key", "of the record"),
        ("field", "an observed column, or `deleted_at`"),
        ("old_value", "as text"),
        ("new_value", "as text"),
        ("changed_at", "the record's own time of change, where it has one"),
        ("observed_at", "when we saw it"),
        ("origin", "`live`, or `repair` when a row was found different"),
    ];
    text.push_str(CHANGES);
    head(text);
    for (name, kind) in &columns["changes"] {
        let (_, note) = NOTES.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no note on {name}"));
        column(text, name, kind, note);
    }
    text.push('\n');
}

fn head(text: &mut String) {
    line(text, format_args!("| column | type | |\n|---|---|---|"));
}

fn column(text: &mut String, name: &str, kind: &str, note: &str) {
    let space = if note.is_empty() { "" } else { " " };
    line(text, format_args!("| `{name}` | {kind} |{space}{note} |"));
}

fn reading(entity: &Entity) -> String {
    match entity.reading {
        Reading::Whole => "one request for all rows, in every pass".to_owned(),
        Reading::Parts { parameter, values } => {
            format!("one request for each `{parameter}` ({}), in every pass", values.join(", "))
        }
        Reading::Windows { from, to, column } => {
            format!("spans of time over `{column}` by `{from}` and `{to}`, every span in every pass")
        }
        Reading::Each { parameter, table, .. } => {
            format!("one request with `{parameter}` for each record of `{table}` that can have some, in every pass")
        }
        Reading::AllPages => "page by page, all pages in every pass".to_owned(),
        Reading::Log => "page by page, newest first, as far as rows are new".to_owned(),
        Reading::Recent { column } => {
            format!(
                "one request in every pass. HaloPSA shows recent rows only; the span of `{column}` is what it shows"
            )
        }
        Reading::PerParent { parameter, parents } => format!(
            "one request with `{parameter}` for each record of {} that is open or recent, and again when it changed; older \
             ones with `--full`. Where the report lane is granted, a query for some hundred of them at once",
            list(parents)
        ),
        Reading::Paged { changed: filter, .. } => {
            format!(
                "page by page, newest first; then what changed, by {}. Where HaloPSA ignores that, all pages again",
                by(filter)
            )
        }
    }
}

fn by(filter: ChangeFilter) -> String {
    let with = filter.with.iter().map(|(name, value)| format!("{name}={value}"));
    list(&[filter.from].into_iter().chain(filter.to).map(str::to_owned).chain(with).collect::<Vec<_>>())
}

/// The word of `haloscope status --json`.
fn proof(entity: &Entity) -> String {
    use haloscope::sync::state::Proof;
    let proof = match entity.reading {
        Reading::Whole | Reading::Parts { .. } | Reading::Each { .. } => Proof::WholeList,
        Reading::AllPages => Proof::AllPages,
        Reading::Log => Proof::Count,
        Reading::Recent { .. } => Proof::Recent,
        Reading::PerParent { .. } => Proof::PerParent,
        Reading::Windows { .. } => Proof::Windows,
        Reading::Paged { .. } => Proof::Ids,
    };
    serde_json::to_value(proof).unwrap().as_str().unwrap().to_owned()
}

fn deletes(entity: &Entity) -> String {
    match entity.reading {
        Reading::Paged { ids_only, deleted, .. } => {
            let list = deleted.map(|(name, value)| format!("the list with `{name}={value}`, or ")).unwrap_or_default();
            format!("All ids by `{ids_only}`, or from all pages; a deletion by {list}an answer that the record is gone")
        }
        _ => "A deletion by an answer that the record is gone".to_owned(),
    }
}

fn not_kept(ignored: &[&str]) -> String {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for field in ignored {
        let known = NOT_KEPT.iter().find(|(name, _)| name == field);
        let (_, reason) = known.unwrap_or_else(|| panic!("NOT_KEPT does not say why `{field}` is not kept"));
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, fields)) => fields.push(field),
            None => reasons.push((reason, vec![field])),
        }
    }
    let parts: Vec<String> = reasons.iter().map(|(reason, fields)| format!("{} ({reason})", list(fields))).collect();
    parts.join("; ")
}

fn notes(entity: &Entity, column: &str) -> String {
    let echo = entity.echoes.iter().find(|echo| echo.column == column);
    let echo = echo.map(|echo| format!("echo of `{}.{}` by `{}`", echo.table, echo.source, echo.reference));
    let notes = [
        entity.key.contains(&column).then(|| "key".to_owned()),
        (entity.stamp == Some(column)).then(|| "the record's own time of change".to_owned()),
        (column == "deleted_at").then(|| "when the record was found deleted; observed".to_owned()),
        echo,
        entity.watched.contains(&column).then(|| "observed".to_owned()),
    ];
    notes.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn list<T: AsRef<str>>(names: &[T]) -> String {
    names.iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ")
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(text, "{arguments}").expect("text takes all");
}

/// Columns of every table as a new warehouse has them.
fn stored() -> Columns {
    #[derive(Default)]
    struct Gather(Columns);
    impl Sink for Gather {
        fn columns(&mut self, _: &[ResultColumn]) -> io::Result<()> {
            Ok(())
        }
        fn row(&mut self, fields: &[Field]) -> io::Result<()> {
            let [table, name, kind] = fields else { return Err(io::Error::other("three columns were asked for")) };
            if !OWN.contains(&name.to_text().as_str()) {
                self.0.entry(table.to_text()).or_default().push((name.to_text(), kind.to_text()));
            }
            Ok(())
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let file = DuckDb::open_file(&folder.path().join("warehouse.duckdb"), &OpenOptions::default()).unwrap();
    for entity in ENTITIES {
        file.ensure(&[&tables::table("halo", entity, &Extras::new(), &[])]).unwrap();
    }
    let sql = "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'halo' \
               order by table_name, column_index";
    let mut found = Gather::default();
    file.query(sql, &[], &mut found, &Interrupt::new()).unwrap();
    found.0
}
