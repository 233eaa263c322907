//! One entity during one pass: its table, how its rows are asked for and decoded, and what was seen so far.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use halo_client::entities::{ENTITIES, Entity, Reading};
use halo_client::{Lane, ListCall, Page};
use serde_json::value::RawValue;
use tokio::task::JoinHandle;
use warehouse::{Answer, Applied, Batch, Cell, Key, Origin, Row, Table, Tombstone, Warehouse};

use super::decode::{Decoder, Oddity};
use super::error::SyncError;
use super::keys::Keys;
use super::pass::Pass;
use super::state::{EntityState, Facts, Proof, Standing};
use super::tables::{self, Extras};
use super::walk::{ROWS_AT_ONCE, WANTED_PAGE_SIZE};
use crate::blocking::blocking;

/// Examples of values that did not fit, kept per entity.
const EXAMPLES: usize = 5;

/// Parameters of a list call.
pub type Params = Vec<(&'static str, Cow<'static, str>)>;

/// What goes into the warehouse together with an entity's rows.
#[derive(Default)]
pub struct Extra {
    /// Rows of other tables.
    pub puts: Vec<(Arc<Table>, Vec<Row>)>,
    /// Deletions.
    pub tombstones: Vec<(Arc<Table>, Vec<Tombstone>)>,
    /// Cursors.
    pub cursors: Vec<(String, Option<String>)>,
}

/// See the module.
pub struct Subject {
    /// What is read.
    pub entity: &'static Entity,
    /// Where its rows go.
    pub table: Arc<Table>,
    extras: Extras,
    decoder: Arc<Decoder>,
    custom_fields: Option<String>,
    /// Rows asked for per page.
    pub page_size: u64,
    /// Records whose answers disagree; they are read again.
    pub contested: HashSet<Key>,
    /// What was seen so far.
    pub state: EntityState,
    /// From when on changes were asked for in this pass, as HaloPSA writes it; none when all rows were.
    pub changed_since: Option<String>,
    /// Until when changes had been read when this reading began, microseconds UTC by HaloPSA's clock; none when all is read.
    pub known_until: Option<i64>,
    /// Rows that are on their way into the warehouse.
    under_way: Option<JoinHandle<Result<Applied, SyncError>>>,
}

impl Subject {
    /// The entity as it was left by the last pass.
    ///
    /// # Errors
    /// When the warehouse cannot make or widen its table.
    pub async fn open(pass: &Pass, entity: &'static Entity, facts: &Facts) -> Result<Self, SyncError> {
        let subject = Self::new(pass, entity, facts);
        Self::ensure(pass, std::slice::from_ref(&subject)).await?;
        Ok(subject)
    }

    /// All entities, as they were left by the last pass.
    ///
    /// # Errors
    /// When the warehouse cannot make or widen their tables.
    pub async fn open_all(pass: &Pass, facts: &Facts) -> Result<Vec<Self>, SyncError> {
        let subjects: Vec<_> = ENTITIES.iter().map(|entity| Self::new(pass, entity, facts)).collect();
        Self::ensure(pass, &subjects).await?;
        Ok(subjects)
    }

    async fn ensure(pass: &Pass, subjects: &[Self]) -> Result<(), SyncError> {
        let tables: Vec<_> = subjects.iter().map(|subject| subject.table.clone()).collect();
        let ensured =
            move |warehouse: &dyn Warehouse| warehouse.ensure(&tables.iter().map(|table| &**table).collect::<Vec<_>>());
        pass.writer.run(ensured).await.map(drop)
    }

    fn new(pass: &Pass, entity: &'static Entity, facts: &Facts) -> Self {
        let extras = facts.extras_of(entity);
        let narrow = match entity.reading {
            Reading::PerParent { .. } => facts.lane.clone().unwrap_or_default(),
            _ => Vec::new(),
        };
        let table = tables::table(&pass.schema, entity, &extras, &narrow);
        Self {
            entity,
            table,
            decoder: Arc::new(Decoder::new(entity, &extras)),
            extras,
            custom_fields: facts.custom_fields.get(entity.table).cloned(),
            page_size: facts.page_sizes.get(entity.table).copied().unwrap_or(WANTED_PAGE_SIZE),
            contested: HashSet::new(),
            state: EntityState::default(),
            changed_since: None,
            known_until: None,
            under_way: None,
        }
    }

    /// Name of one of its cursors.
    pub fn cursor(&self, what: &str) -> String {
        Self::cursor_of(&self.table.schema, self.entity, what)
    }

    /// The same of an entity in a schema.
    pub fn cursor_of(schema: &str, entity: &Entity, what: &str) -> String {
        format!("{schema}.{}.{what}", entity.table)
    }

    /// Parameters that every list call carries.
    pub fn params(&self) -> Params {
        let fixed = self.entity.switches.iter().map(|(name, value)| (*name, Cow::Borrowed(*value)));
        let custom = self.custom_fields.clone().map(|ids| ("include_custom_fields", Cow::Owned(ids)));
        fixed.chain(custom).collect()
    }

    /// One list call.
    ///
    /// # Errors
    /// Those of the client, and when the pass was stopped.
    pub async fn list(&self, pass: &Pass, lane: Lane, more: Params) -> Result<Page, SyncError> {
        self.list_up_to(pass, lane, more, None).await
    }

    /// One list call with a limit of its own for the bytes of its answer.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub async fn list_up_to(
        &self,
        pass: &Pass,
        lane: Lane,
        more: Params,
        max_bytes: Option<u64>,
    ) -> Result<Page, SyncError> {
        let params: Params = self.params().into_iter().chain(more).collect();
        let call = ListCall { path: self.entity.path, key: self.entity.list_key, params: &params, max_bytes };
        pass.until_stopped(pass.client.list(lane, &call)).await
    }

    /// Asks for these custom fields too from now on. If some are new, rows that are here already are read again.
    ///
    /// # Errors
    /// Those of the warehouse and the store.
    pub async fn ask_for_custom_fields(&mut self, pass: &Pass, found: &BTreeSet<i64>) -> Result<(), SyncError> {
        let known = self.custom_fields.as_deref().unwrap_or_default();
        let known: BTreeSet<i64> = known.split(',').filter_map(|id| id.parse().ok()).collect();
        if found.is_subset(&known) {
            return Ok(());
        }
        let all = known.union(found).map(i64::to_string).collect::<Vec<_>>().join(",");
        self.custom_fields = Some(all.clone());
        let wanted = self.table.clone();
        let reread = pass.writer.run(move |warehouse| warehouse.count(&wanted)).await? > 0;
        let table = self.entity.table.to_owned();
        pass.change_facts(|facts| {
            if reread {
                facts.reread.insert(table.clone());
            }
            facts.custom_fields.insert(table, all);
        })
        .await
    }

    /// Keys of records, where only those matter.
    pub fn keys(&self, records: &[Box<RawValue>]) -> impl Iterator<Item = Key> {
        records.iter().filter_map(|raw| self.decoder.key(raw))
    }

    /// Puts the rows of pages into the warehouse; cursors come with the last of them. Answers their keys, in their order.
    ///
    /// # Errors
    /// When they did not all get in; the cursors are as before then.
    pub async fn take(
        &mut self,
        pass: &Pass,
        pages: Vec<Page>,
        origin: Origin,
        cursors: Vec<(String, Option<String>)>,
    ) -> Result<Vec<Key>, SyncError> {
        let taken = self.begin_taking(pass, pages, origin, cursors).await;
        self.finish().await?;
        taken
    }

    /// Like [`Self::take`], but goes on before the last rows are in; see [`Self::begin`]. A list that one answer brings wholly
    /// may have any number of rows; what is decoded at once stays small.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub async fn begin_taking(
        &mut self,
        pass: &Pass,
        pages: Vec<Page>,
        origin: Origin,
        mut cursors: Vec<(String, Option<String>)>,
    ) -> Result<Vec<Key>, SyncError> {
        let mut keys = Vec::new();
        let mut portions = portions(pages).into_iter().peekable();
        while let Some(pages) = portions.next() {
            let rows = self.rows(pass, pages).await?;
            keys.extend(rows.iter().filter_map(|row| self.key_of(row)));
            let cursors = if portions.peek().is_none() { std::mem::take(&mut cursors) } else { Vec::new() };
            self.begin(pass, rows, origin, Extra { cursors, ..Extra::default() }).await?;
            pass.reporter.rows(self.entity.table, self.state.rows_read);
        }
        Ok(keys)
    }

    /// Puts rows into the warehouse, together with what belongs to them.
    ///
    /// # Errors
    /// When nothing was changed.
    pub async fn put(&mut self, pass: &Pass, rows: Vec<Row>, origin: Origin, extra: Extra) -> Result<(), SyncError> {
        self.begin(pass, rows, origin, extra).await?;
        self.finish().await
    }

    /// Like [`Self::put`], but goes on before the rows are in, so that the next ones can be made ready. Whoever looks at the
    /// warehouse afterwards calls [`Self::finish`] before; the pass does so in the end, whatever happens in between.
    ///
    /// # Errors
    /// When nothing was changed, or of the rows that were under way before.
    pub async fn begin(&mut self, pass: &Pass, rows: Vec<Row>, origin: Origin, extra: Extra) -> Result<(), SyncError> {
        self.finish().await?;
        self.state.rows_read += rows.len() as u64;
        let own = if rows.is_empty() { Vec::new() } else { vec![(self.table.clone(), rows)] };
        let batch = Batch {
            origin,
            observed_at: pass.clock.now_micros(),
            puts: own.into_iter().chain(extra.puts).collect(),
            tombstones: extra.tombstones,
            cursors: extra.cursors,
        };
        if batch.is_empty() {
            return Ok(());
        }
        let (writer, known_until) = (pass.writer.clone(), self.known_until);
        self.under_way = Some(tokio::spawn(async move { writer.apply(batch, known_until).await }));
        Ok(())
    }

    /// Waits until the rows that are under way are in.
    ///
    /// # Errors
    /// When they did not get in: nothing was changed.
    pub async fn finish(&mut self) -> Result<(), SyncError> {
        let Some(under_way) = self.under_way.take() else { return Ok(()) };
        let applied = under_way.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
        self.state.rows_changed += applied.inserted + applied.changed;
        for (table, key) in &applied.contested {
            if *table == self.table.name {
                self.contested.insert(key.clone());
            }
        }
        Ok(())
    }

    /// Decodes pages. Fields that are new become columns first, then the pages are decoded again.
    ///
    /// # Errors
    /// Those of the warehouse and the store.
    pub async fn rows(&mut self, pass: &Pass, pages: Vec<Page>) -> Result<Vec<Row>, SyncError> {
        let shown: usize = pages.iter().map(|page| page.records.len()).sum();
        let pages = Arc::new(pages);
        loop {
            let (decoder, shared) = (self.decoder.clone(), pages.clone());
            let (rows, oddities, unknown) = blocking(move || decode(&decoder, &shared)).await;
            if unknown.fields.is_empty() {
                self.count(oddities);
                self.state.unkept += (shown - rows.len()) as u64;
                return Ok(rows);
            }
            self.widen(pass, unknown).await?;
        }
    }

    async fn widen(&mut self, pass: &Pass, unknown: Unknown) -> Result<(), SyncError> {
        self.finish().await?;
        // Rows that came before lack the field. If it stands in nearly every row of a page, they have it by now; otherwise it
        // is one that HaloPSA leaves out where it is empty.
        let wanted = self.table.clone();
        let reread = unknown.dense
            && self.entity.is_paged()
            && (unknown.lacking || pass.writer.run(move |warehouse| warehouse.count(&wanted)).await? > 0);
        self.extras.extend(unknown.fields);
        self.table = tables::table(&pass.schema, self.entity, &self.extras, &self.table.narrow);
        self.decoder = Arc::new(Decoder::new(self.entity, &self.extras));
        // Kept before the table is widened: a type that was found once stays.
        let (name, extras) = (self.entity.table.to_owned(), self.extras.clone());
        pass.change_facts(|facts| {
            if reread {
                facts.reread.insert(name.clone());
            }
            facts.extras.insert(name, extras);
        })
        .await?;
        let wanted = self.table.clone();
        pass.writer.run(move |warehouse| warehouse.ensure(&[&wanted])).await.map(drop)
    }

    fn count(&mut self, oddities: Vec<Oddity>) {
        self.state.oddities += oddities.len() as u64;
        let room = EXAMPLES.saturating_sub(self.state.odd_examples.len());
        self.state.odd_examples.extend(oddities.into_iter().take(room));
    }

    /// The key that a row holds.
    pub fn key_of(&self, row: &Row) -> Option<Key> {
        let part = |name: &&str| row.cells.get(self.table.position(name)?);
        let parts: Vec<_> = self.entity.key.iter().map(part).collect();
        match parts[..] {
            [Some(Cell::Int(id))] => Some(Key::Int(*id)),
            [Some(Cell::Text(id))] => Some(Key::Text(id.clone())),
            [Some(Cell::Int(first)), Some(Cell::Int(second))] => Some(Key::Pair(*first, *second)),
            _ => None,
        }
    }

    /// Rows as they would be stored, for comparing without changing.
    ///
    /// # Errors
    /// Those of the warehouse.
    pub async fn preview(&mut self, pass: &Pass, pages: Vec<Page>) -> Result<Vec<(Key, Row)>, SyncError> {
        let rows = self.rows(pass, pages).await?;
        Ok(rows.into_iter().filter_map(|row| Some((self.key_of(&row)?, row))).collect())
    }

    /// Live rows of the warehouse.
    ///
    /// # Errors
    /// Those of the warehouse.
    pub async fn here(&self, pass: &Pass) -> Result<Keys, SyncError> {
        let table = self.table.clone();
        Ok(pass.writer.run(move |warehouse| warehouse.live_keys(&table, None)).await?.into_iter().collect())
    }

    /// Ends the pass of this entity with a comparison of both sides.
    pub fn conclude(&mut self, here: u64, there: u64, missing: u64, ghosts: u64, proof: Proof) {
        let state = &mut self.state;
        (state.here, state.there) = (here, Some(there));
        (state.missing, state.ghosts, state.proof) = (missing, ghosts, Some(proof));
        if state.standing == Standing::Braked {
            return;
        }
        (state.reason, state.remedy) = (None, None);
        let reason = if state.unkept > 0 {
            format!("HaloPSA showed {} records without a usable id, which cannot be kept.", state.unkept)
        } else if missing + ghosts > 0 {
            format!("{missing} rows are missing and {ghosts} are left over; HaloPSA changed while it was read.")
        } else if !self.contested.is_empty() {
            format!("HaloPSA gave different answers for {} records.", self.contested.len())
        } else {
            state.standing = Standing::Complete;
            return;
        };
        state.standing = Standing::Incomplete;
        state.reason = Some(reason);
        state.remedy = Some("Run `haloscope sync` again; if it stays, run `haloscope sync --full`.".to_owned());
    }

    /// Ends the pass of this entity with an error.
    pub fn fail(&mut self, error: &SyncError) {
        self.state.standing = if error.is_refusal() { Standing::Refused } else { Standing::Failed };
        self.state.reason = Some(sentence(error));
        let right = &self.entity.right;
        self.state.remedy = Some(match error.is_refusal() {
            true => format!(
                "Grant the application the scope `{}` and its agent the permission \"{}\"; it unlocks {}.",
                right.scope, right.permission, right.unlocks
            ),
            false => error.advice().into_owned(),
        });
    }
}

fn sentence(error: &SyncError) -> String {
    let mut text = error.to_string();
    if let Some(first) = text.get(..1) {
        let upper = first.to_uppercase();
        text.replace_range(..1, &upper);
    }
    text + "."
}

/// Fields that are not columns yet.
#[derive(Default)]
struct Unknown {
    fields: Extras,
    /// One of them stands in nearly every row of a page.
    dense: bool,
    /// A page before had rows without it.
    lacking: bool,
}

/// Pages in portions of some thousand rows, in their order; at least one, which may be empty.
fn portions(pages: Vec<Page>) -> Vec<Vec<Page>> {
    let (mut portions, mut room) = (vec![Vec::new()], ROWS_AT_ONCE);
    for mut page in pages {
        while page.records.len() > room {
            let rest = page.records.split_off(room);
            let head = Page { records: std::mem::replace(&mut page.records, rest), ..page };
            portions.last_mut().expect("there is one").push(head);
            portions.push(Vec::new());
            room = ROWS_AT_ONCE;
        }
        room -= page.records.len();
        portions.last_mut().expect("there is one").push(page);
    }
    portions
}

fn decode(decoder: &Decoder, pages: &[Page]) -> (Vec<Row>, Vec<Oddity>, Unknown) {
    let (mut rows, mut oddities, mut unknown) = (Vec::new(), Vec::new(), Unknown::default());
    let mut fields = decoder.fields();
    for page in pages {
        let answer = Answer { asked: page.asked, answered: page.answered };
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for raw in &page.records {
            let decoded = decoder.decode(raw, answer, &mut fields);
            rows.extend(decoded.row);
            oddities.extend(decoded.oddities);
            for (name, extra) in decoded.unknown {
                // Names that differ in case only would be one column: the first one stays.
                if !unknown.fields.keys().any(|known| known.eq_ignore_ascii_case(&name)) {
                    unknown.fields.insert(name.clone(), extra);
                }
                *counts.entry(name).or_default() += 1;
            }
        }
        let dense = counts.values().any(|count| count * 10 >= page.records.len() * 9);
        unknown.dense |= dense;
        unknown.lacking |= !dense && !page.records.is_empty();
    }
    (rows, oddities, unknown)
}

#[cfg(test)]
mod tests {
    use halo_client::Shape;

    use super::*;

    #[test]
    fn portions_keep_the_order_and_stay_small() {
        let page = |rows: std::ops::Range<usize>| Page {
            record_count: None,
            page_no: None,
            page_size: None,
            shape: Shape::Bare,
            records: rows.map(|row| RawValue::from_string(row.to_string()).unwrap()).collect(),
            asked: 1,
            answered: 2,
            server_time_micros: None,
        };
        let shown = |pages: &[Page]| -> Vec<String> {
            pages.iter().flat_map(|page| page.records.iter().map(|raw| raw.get().to_owned())).collect()
        };
        let all: Vec<String> = (0..3 * ROWS_AT_ONCE + 5).map(|row| row.to_string()).collect();
        let portions = portions(vec![page(0..10), page(10..10), page(10..3 * ROWS_AT_ONCE + 5)]);
        assert_eq!(portions.iter().map(|pages| shown(pages).len()).collect::<Vec<_>>(), [4_000, 4_000, 4_000, 5]);
        assert_eq!(portions.iter().flat_map(|pages| shown(pages)).collect::<Vec<_>>(), all);
        assert_eq!(super::portions(Vec::new()).len(), 1);
    }
}
