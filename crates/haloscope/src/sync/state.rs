//! The last finished result of each entity, and what was found out about a HaloPSA. Both live in the store.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use halo_client::entities::Entity;

use super::decode::Oddity;
use super::tables::Extras;

/// Where an entity stands after a pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Every row that HaloPSA shows is here, and no other.
    Complete,
    /// Rows are missing, left over, or could not be kept.
    Incomplete,
    /// HaloPSA refused the right to read it.
    Refused,
    /// Too many rows vanished without proof that they were deleted: a person has to decide.
    Braked,
    /// What is current is here; older rows come later, or with `sync --full`.
    Partial,
    /// It could not be read.
    Failed,
    /// It is copied only when somebody asks for it, and nobody did; or it was left out of this pass.
    LeftOut,
    /// No pass has come to it yet.
    #[default]
    NotRead,
}

impl Standing {
    /// Whether a pass that ends so did all that it was to do.
    pub fn is_fine(self) -> bool {
        matches!(self, Self::Complete | Self::Partial | Self::Refused | Self::LeftOut)
    }
}

/// How completeness was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// All ids of both sides were compared.
    Ids,
    /// The whole list was read in this pass.
    WholeList,
    /// Every page was read in this pass, as many rows as HaloPSA counts.
    AllPages,
    /// New rows were read, and both sides count as many.
    Count,
    /// Every span of time was read in this pass.
    Windows,
    /// The rows of the days that HaloPSA shows were compared.
    Recent,
    /// The records of each other record were read and counted.
    PerParent,
}

/// Last finished result of one entity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EntityState {
    /// Where it stands.
    pub standing: Standing,
    /// Rows in the warehouse.
    pub here: u64,
    /// Rows that HaloPSA shows; none when it was not asked or refused.
    pub there: Option<u64>,
    /// Rows there that are not here.
    pub missing: u64,
    /// Rows here that are not there.
    pub ghosts: u64,
    /// Records that exist, but that HaloPSA leaves out of its list.
    pub unlisted: u64,
    /// How this was judged.
    pub proof: Option<Proof>,
    /// Of records that are read one request per other record: those other records that were read, and how many there are.
    pub parents: Option<(u64, u64)>,
    /// What happened, where something did; a sentence.
    pub reason: Option<String>,
    /// What to do about it; a sentence.
    pub remedy: Option<String>,
    /// Rows read in the last pass.
    pub rows_read: u64,
    /// Rows that were new or different.
    pub rows_changed: u64,
    /// Values of the last pass that did not fit their column.
    pub oddities: u64,
    /// Records of the last pass without a usable id.
    pub unkept: u64,
    /// Some values that did not fit.
    pub odd_examples: Vec<Oddity>,
    /// Milliseconds UTC; 0 when no pass has come to it yet.
    pub finished_at_ms: i64,
}

/// What was found out about one HaloPSA.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Columns beyond the list profile, by table.
    pub extras: BTreeMap<String, Extras>,
    /// When HaloPSA was last asked about what seldom changes: the agent's rights, the report lane, and by table the change
    /// filter and the custom fields. Microseconds UTC by our clock.
    pub looked_at: BTreeMap<String, i64>,
    /// Whether the change filter was proved, by table.
    pub filters: BTreeMap<String, bool>,
    /// Tables whose rows are all read again, because a field appeared that rows had without changing.
    pub reread: BTreeSet<String>,
    /// Ids of custom fields, comma separated, by table.
    pub custom_fields: BTreeMap<String, String>,
    /// Columns of actions that the report lane brings; none where it is not granted.
    pub lane: Option<Vec<String>>,
    /// Tables of entities that are copied because somebody asked for them.
    pub chosen: BTreeSet<String>,
    /// Rows asked for per page where the usual number was too much, by table.
    pub page_sizes: BTreeMap<String, u64>,
    /// Name of the agent as whom we read.
    pub agent: Option<String>,
    /// What this agent's view leaves out; sentences.
    pub restrictions: Vec<String>,
    /// The agent's rights when all absences were settled last.
    pub rights: Option<String>,
    /// The agent's rights in the last pass. What changed out of sight has a stamp that no later walk asks for, so all rows
    /// are read again when these change.
    pub seen_rights: Option<String>,
}
impl Facts {
    /// Columns of an entity beyond its list profile, without those that a later version of this program knows by itself.
    pub fn extras_of(&self, entity: &Entity) -> Extras {
        let mut extras = self.extras.get(entity.table).cloned().unwrap_or_default();
        extras.retain(|name, _| !entity.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name)));
        extras
    }
}
