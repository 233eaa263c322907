//! Which part of HaloPSA the agent sees. A restricted view gives wrong totals while rows still match, so each
//! restriction is looked for and named.

use std::borrow::Cow;
use std::collections::BTreeSet;

use halo_client::entities::ENTITIES;
use halo_client::{HaloError, ListCall};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::SyncError;
use super::pass::Pass;
use super::subject::Params;
use super::values::Id;

/// Claims that tell of the token, not of the agent's rights: they differ each time.
const OF_THE_TOKEN: &[&str] = &["exp", "iat", "nbf", "jti", "auth_time", "sid", "nonce", "at_hash", "oi_tkn_id"];

/// The agent behind the token, as `Agent/me` shows it; other fields are not looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Me {
    id: Id,
    name: String,
    teams: Vec<Team>,
    departments: Vec<Department>,
    /// Clients that the view is restricted to; empty when it is not.
    clients: Vec<Client>,
    /// Ticket types that the view is restricted to; empty when it is not.
    tickettypes: Vec<TicketType>,
    claims: Vec<Claim>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Team {
    team_id: Id,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Department {
    department_id: Id,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Client {
    client_name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TicketType {
    tickettype_name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Claim {
    r#type: String,
    value: String,
}

/// How many tickets are visible, and whose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Visible {
    all: u64,
    unassigned: u64,
    own: u64,
}

/// Team of `GET /Team`.
#[derive(Deserialize)]
struct Listed {
    id: Id,
    name: String,
}

/// What a look at the agent's rights found.
#[derive(Debug, Default)]
pub struct Seen {
    /// The rights; none where HaloPSA does not tell them.
    pub rights: Option<String>,
    /// They differ from those of the last pass that settled everything.
    pub narrowed: bool,
}

/// Looks at the agent's rights and keeps what was found.
///
/// # Errors
/// Those of the client and the store.
pub async fn look(pass: &Pass) -> Result<Seen, SyncError> {
    let me = match pass.until_stopped(pass.client.agent_me(Pass::CHANGES)).await {
        Ok(single) => single.record.and_then(|record| read(&record)),
        Err(error) if error.is_of_one_entity() => None,
        Err(error) => return Err(error),
    };
    let Some(me) = me else {
        pass.change_facts(|facts| {
            facts.agent = None;
            facts.restrictions =
                vec!["HaloPSA does not tell which agent we read as, so its view could not be checked.".to_owned()];
        })
        .await?;
        return Ok(Seen::default());
    };
    let visible = visible(pass, me.id.0).await?;
    let teams = teams(pass).await?;
    let rights = rights(&me, visible);
    let mut narrowed = false;
    pass.change_facts(|facts| {
        narrowed = facts.rights.as_ref().is_some_and(|before| *before != rights);
        facts.restrictions = restrictions(&me, visible, &teams);
        facts.agent = Some(me.name.clone());
        // The first pass has nothing to compare with; later ones are kept once their absences are settled.
        facts.rights.get_or_insert_with(|| rights.clone());
        if facts.seen_rights.as_ref().is_some_and(|before| *before != rights) {
            facts
                .reread
                .extend(ENTITIES.iter().filter(|entity| entity.is_paged()).map(|entity| entity.table.to_owned()));
        }
        facts.seen_rights = Some(rights.clone());
    })
    .await?;
    Ok(Seen { rights: Some(rights), narrowed })
}

fn read(record: &RawValue) -> Option<Me> {
    serde_json::from_str(record.get()).ok()
}

/// A text that differs when the rights do.
fn rights(me: &Me, visible: Option<Visible>) -> String {
    let view = visible.map(|visible| (visible.unassigned == 0, visible.all == visible.unassigned + visible.own));
    let lasting = me.claims.iter().filter(|claim| !OF_THE_TOKEN.contains(&claim.r#type.as_str()));
    let mut claims: Vec<String> = lasting.map(|claim| format!("{}={}", claim.r#type, claim.value)).collect();
    claims.sort_unstable();
    let teams = me.teams.iter().map(|team| team.team_id.0).collect::<BTreeSet<_>>();
    let departments = me.departments.iter().map(|department| department.department_id.0).collect::<BTreeSet<_>>();
    let clients = me.clients.iter().map(|client| client.client_name.as_str()).collect::<Vec<_>>();
    let types = me.tickettypes.iter().map(|entry| entry.tickettype_name.as_str()).collect::<Vec<_>>();
    format!("{} {teams:?} {departments:?} {clients:?} {types:?} {claims:?} {view:?}", me.id.0)
}

async fn visible(pass: &Pass, me: i64) -> Result<Option<Visible>, SyncError> {
    let Some(all) = count(pass, Params::new()).await? else { return Ok(None) };
    let unassigned = count(pass, vec![("agent_id", Cow::Borrowed("1"))]).await?.unwrap_or(0);
    let own = count(pass, vec![("agent_id", Cow::Owned(me.to_string()))]).await?.unwrap_or(0);
    Ok(Some(Visible { all, unassigned, own }))
}

/// Number of visible tickets; none when they may not be read at all.
async fn count(pass: &Pass, filter: Params) -> Result<Option<u64>, SyncError> {
    let page = [("domain", "reqs"), ("pageinate", "true"), ("page_size", "1"), ("page_no", "1")];
    let params: Params = filter.into_iter().chain(page.map(|(name, value)| (name, Cow::Borrowed(value)))).collect();
    let call = ListCall { path: "Tickets", key: "tickets", params: &params, max_bytes: None };
    match pass.until_stopped(pass.client.list(Pass::CHANGES, &call)).await {
        Ok(page) => Ok(page.record_count),
        Err(error) if error.is_of_one_entity() => Ok(None),
        Err(error) => Err(error),
    }
}

async fn teams(pass: &Pass) -> Result<Vec<Listed>, SyncError> {
    let call = ListCall { path: "Team", key: "", params: &[], max_bytes: None };
    match pass.until_stopped(pass.client.list(Pass::CHANGES, &call)).await {
        Ok(page) => Ok(page.records.iter().filter_map(|raw| serde_json::from_str(raw.get()).ok()).collect()),
        Err(SyncError::Halo(HaloError::Unreachable { host, source })) => {
            Err(SyncError::Halo(HaloError::Unreachable { host, source }))
        }
        Err(error) if error.is_of_one_entity() => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn restrictions(me: &Me, visible: Option<Visible>, teams: &[Listed]) -> Vec<String> {
    let agent = &me.name;
    let mut found = Vec::new();
    if me.teams.is_empty() {
        found.push(format!(
            "{agent} belongs to no team, so HaloPSA may show it empty lists: make it a member of every team."
        ));
    } else {
        let others: Vec<&str> = teams
            .iter()
            .filter(|team| !me.teams.iter().any(|own| own.team_id == team.id))
            .map(|team| team.name.as_str())
            .collect();
        if !others.is_empty() {
            found.push(format!(
                "{agent} is not in {}: tickets of these teams may be missing from all totals.",
                list(&others)
            ));
        }
    }
    if let Some(Visible { all, unassigned, own }) = visible.filter(|visible| visible.all > 0) {
        let no_others = all == unassigned + own;
        let what = match (unassigned == 0, no_others) {
            (true, true) => Some("unassigned and no other agent's ticket"),
            (true, false) => Some("unassigned ticket"),
            (false, true) => Some("other agent's ticket"),
            (false, false) => None,
        };
        found.extend(what.map(|what| format!("No {what} is visible: totals cover only what {agent} may see.")));
    } else if visible.is_some() {
        found.push(format!(
            "{agent} sees no ticket at all: check its teams and that it may view tickets of other agents."
        ));
    }
    if !me.clients.is_empty() {
        let names: Vec<&str> = me.clients.iter().map(|client| client.client_name.as_str()).collect();
        found.push(format!("Only these clients are visible: {}.", list(&names)));
    }
    if !me.tickettypes.is_empty() {
        let names: Vec<&str> = me.tickettypes.iter().map(|entry| entry.tickettype_name.as_str()).collect();
        found.push(format!("Only these ticket types are visible: {}.", list(&names)));
    }
    found
}

fn list(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{shown} and {more} more"),
        _ => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(visible: Visible, expected: &[&str]) {
        let me = Me { name: "Dashboards API".into(), teams: vec![Team { team_id: Id(2) }], ..Me::default() };
        let teams = [Listed { id: Id(2), name: "1st Line".into() }];
        assert_eq!(restrictions(&me, Some(visible), &teams), expected);
    }

    #[test]
    fn each_restriction_is_named() {
        check(Visible { all: 10, unassigned: 2, own: 0 }, &[]);
        check(
            Visible { all: 3, unassigned: 0, own: 3 },
            &["No unassigned and no other agent's ticket is visible: totals cover only what Dashboards API may see."],
        );
        check(
            Visible { all: 3, unassigned: 0, own: 1 },
            &["No unassigned ticket is visible: totals cover only what Dashboards API may see."],
        );
        check(
            Visible { all: 3, unassigned: 2, own: 1 },
            &["No other agent's ticket is visible: totals cover only what Dashboards API may see."],
        );
    }

    #[test]
    fn a_list_of_names_stays_short() {
        assert_eq!(list(&["a", "b"]), "a, b");
        assert_eq!(list(&["a", "b", "c", "d", "e", "f", "g"]), "a, b, c, d, e and 2 more");
    }
}
