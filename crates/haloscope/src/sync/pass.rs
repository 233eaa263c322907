//! One pass over all entities of one connection: read what is new, prove that nothing is missing, say what was found.

use std::sync::Arc;

use halo_client::entities::{ChangeFilter, Entity, Reading};
use halo_client::{Client, Clock, HaloError, Lane};
use tokio::sync::{Mutex, OnceCell};
use tokio_util::sync::CancellationToken;

use super::error::SyncError;
use super::progress::Reporter;
use super::state::{EntityState, Facts, Proof, Standing};
use super::subject::Subject;
use super::writer::Writer;
use super::{actions, backfill, custom, delta, echoes, pages, recent, rights, sweep, whole, windows};
use crate::store::{ConnectionId, Store};

/// How often the ids of both sides are compared before a difference counts.
const LOOKS: usize = 4;

/// A page of so few rows that is still too much is an error.
const SMALLEST_PAGE: u64 = 25;

/// So many entities in a row may fail before HaloPSA as a whole counts as down.
const FAULTS_IN_A_ROW: u32 = 2;

/// How long an answer about what seldom changes is trusted.
const TRUSTED_MICROS: i64 = 3_600_000_000;

/// What [`Facts::looked_at`] notes beside tables.
const RIGHTS: &str = "agent's rights";
const LANE: &str = "report lane";

/// The table that the report lane serves.
const ACTIONS: &str = "actions";

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// What changed since the last pass, and all that was never read.
    Changes,
    /// Every row is read again and compared.
    Everything,
}

/// What a pass works with.
pub struct Pass {
    /// HaloPSA.
    pub client: Client,
    /// The warehouse.
    pub writer: Writer,
    /// The store.
    pub store: Store,
    /// Whose data.
    pub connection: ConnectionId,
    /// The connection's schema in the warehouse.
    pub schema: String,
    /// The present time.
    pub clock: Arc<dyn Clock>,
    /// Who watches.
    pub reporter: Arc<dyn Reporter>,
    /// Stops the pass; it goes on where it was at the next one.
    pub cancel: CancellationToken,
    /// Tables whose rows may vanish without proof in this pass, because a person said so.
    pub accepted: Vec<String>,
    /// Tables that this pass leaves out.
    pub without: Vec<String>,
    /// Of how many older tickets at most this pass reads the actions for the first time.
    pub older_tickets: u64,
    /// What was found out; kept whenever it changes.
    pub facts: Mutex<Facts>,
    /// The agent's rights, once this pass has looked at them.
    pub rights: OnceCell<rights::Seen>,
}

/// What a pass came to.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Outcome {
    /// Result by table, in the order of the entities.
    pub entities: Vec<(String, EntityState)>,
    /// What the agent's view leaves out; sentences.
    pub restrictions: Vec<String>,
}

impl Outcome {
    /// Whether each entity that may be read is complete and proved.
    pub fn is_complete(&self) -> bool {
        self.entities.iter().all(|(_, state)| state.standing.is_fine())
            && self.entities.iter().any(|(_, state)| state.standing == Standing::Complete)
    }
}

impl Pass {
    /// Waits for something unless the pass is stopped before.
    ///
    /// # Errors
    /// [`SyncError::Stopped`], or the future's own.
    pub async fn until_stopped<T, E: Into<SyncError>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, SyncError> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(SyncError::Stopped),
            done = work => done.map_err(Into::into),
        }
    }

    /// Changes what was found out, and keeps it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn change_facts(&self, change: impl FnOnce(&mut Facts)) -> Result<(), SyncError> {
        let mut facts = self.facts.lock().await;
        let before = facts.clone();
        change(&mut facts);
        if *facts != before {
            self.store.facts_set(self.connection, &*facts).await?;
        }
        Ok(())
    }

    /// Copies these tables from now on, which are not copied by themselves.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn choose(&self, tables: &[String]) -> Result<(), SyncError> {
        self.change_facts(|facts| facts.chosen.extend(tables.iter().cloned())).await
    }

    /// Whether the agent's rights differ from those of the last pass that settled everything. A pass asks HaloPSA at most once,
    /// and if nothing is doubtful only when rows are absent.
    ///
    /// # Errors
    /// Those of the client and the store.
    pub async fn narrowed(&self) -> Result<bool, SyncError> {
        let look = || async {
            let seen = rights::look(self).await?;
            self.looked_at(RIGHTS).await?;
            Ok::<_, SyncError>(seen)
        };
        Ok(self.rights.get_or_try_init(look).await?.narrowed)
    }

    /// Whether the agent's rights should be looked at in any case.
    async fn rights_are_due(&self, depth: Depth) -> Result<bool, SyncError> {
        let restricted = !self.facts.lock().await.restrictions.is_empty();
        if restricted || self.is_due(RIGHTS, depth).await {
            return Ok(true);
        }
        let states = self.store.entity_state_list::<EntityState>(self.connection).await?;
        let out_of_sight = |state: &EntityState| state.unlisted > 0 && state.proof != Some(Proof::Recent);
        Ok(states.iter().any(|kept| !kept.state.standing.is_fine() || out_of_sight(&kept.state)))
    }

    /// Columns that the report lane brings; none where it is not granted.
    ///
    /// # Errors
    /// Those of the client and the store.
    pub async fn find_lane(&self, depth: Depth) -> Result<Option<Vec<String>>, SyncError> {
        if self.is_due(LANE, depth).await {
            let lane = actions::lane::look(self).await?;
            self.change_facts(|facts| facts.lane = lane).await?;
            self.looked_at(LANE).await?;
        }
        Ok(self.facts.lock().await.lane.clone())
    }

    /// Whether HaloPSA should be asked again about something that seldom changes.
    async fn is_due(&self, what: &str, depth: Depth) -> bool {
        let now = self.clock.now_micros();
        let last = self.facts.lock().await.looked_at.get(what).copied();
        depth == Depth::Everything || !last.is_some_and(|last| (0..TRUSTED_MICROS).contains(&(now - last)))
    }

    async fn looked_at(&self, what: &str) -> Result<(), SyncError> {
        let now = self.clock.now_micros();
        self.change_facts(|facts| {
            facts.looked_at.insert(what.to_owned(), now);
        })
        .await
    }

    /// Makes the pass.
    ///
    /// # Errors
    /// When HaloPSA, the warehouse or the store cannot be used at all; what was read until then is kept. An entity that
    /// cannot be read is no error: its state says why.
    pub async fn run(&self, depth: Depth) -> Result<Outcome, SyncError> {
        if self.rights_are_due(depth).await? {
            self.narrowed().await?;
        }
        if !self.without.iter().any(|table| table == ACTIONS) {
            self.find_lane(depth).await?;
        }
        let facts = self.facts.lock().await.clone();
        let mut subjects = Subject::open_all(self, &facts).await?;
        let mut faults = 0;
        for subject in &mut subjects {
            if self.leaves_out(subject).await {
                self.leave_out(subject).await?;
                continue;
            }
            if matches!(subject.entity.reading, Reading::PerParent { .. }) {
                // After the others, whose rows they follow.
                continue;
            }
            self.reporter.begins(subject.entity.table);
            let read = self.read(subject, depth).await;
            faults = if read.as_ref().is_err_and(SyncError::may_be_everywhere) { faults + 1 } else { 0 };
            if faults > FAULTS_IN_A_ROW {
                // Each entity waits a minute for HaloPSA to come back; the others would wait in vain too.
                subject.finish().await?;
                return Err(read.expect_err("a fault is an error"));
            }
            self.settle(subject, read).await?;
        }
        self.compare(&mut subjects).await?;
        self.read_by_parents(&mut subjects, depth).await?;
        echoes::refresh(self, &subjects).await?;
        let unsettled = |subject: &Subject| matches!(subject.state.standing, Standing::Braked | Standing::Failed);
        if !subjects.iter().any(unsettled) {
            // Absences under the old rights are settled; the next pass compares with the new ones.
            let seen = self.rights.get().and_then(|seen| seen.rights.clone());
            self.change_facts(|facts| facts.rights = seen.or(facts.rights.take())).await?;
        }
        let restrictions = self.facts.lock().await.restrictions.clone();
        let entities = subjects.into_iter().map(|subject| (subject.entity.table.to_owned(), subject.state)).collect();
        Ok(Outcome { entities, restrictions })
    }

    async fn read(&self, subject: &mut Subject, depth: Depth) -> Result<(), SyncError> {
        let table = subject.entity.table;
        // Only a proved filter shows what changed, and with it the records that may have new custom fields.
        let proved = self.facts.lock().await.filters.get(table).copied().unwrap_or(false);
        let is_due = !proved || self.is_due(table, depth).await;
        if subject.entity.asks_custom_fields && is_due {
            custom::look(self, subject).await?;
        }
        match subject.entity.reading {
            Reading::Whole | Reading::Parts { .. } | Reading::Each { .. } => {
                let parts = whole::parts(self, subject.entity.reading).await?;
                whole::read(self, subject, parts).await
            }
            Reading::Windows { from, to, .. } => windows::read(self, subject, windows::Parameters { from, to }).await,
            Reading::AllPages => pages::read(self, subject).await,
            Reading::Log => pages::read_log(self, subject).await,
            Reading::Recent { column } => recent::read(self, subject, column).await,
            Reading::PerParent { .. } => unreachable!("read by `read_by_parents`"),
            Reading::Paged { changed, .. } => loop {
                if is_due {
                    delta::prove(self, subject, changed).await?;
                    self.looked_at(table).await?;
                }
                match self.read_pages(subject, changed, depth).await {
                    Err(SyncError::Halo(HaloError::TooLarge { .. } | HaloError::TimedOut { .. }))
                        if subject.page_size > SMALLEST_PAGE =>
                    {
                        subject.page_size /= 4;
                        let (table, size) = (subject.entity.table.to_owned(), subject.page_size);
                        self.change_facts(|facts| {
                            facts.page_sizes.insert(table, size);
                        })
                        .await?;
                    }
                    other => return other,
                }
            },
        }
    }

    async fn read_pages(&self, subject: &mut Subject, changed: ChangeFilter, depth: Depth) -> Result<(), SyncError> {
        let first = backfill::run(self, subject).await?;
        match depth {
            _ if first => Ok(()),
            Depth::Everything => backfill::again(self, subject).await,
            Depth::Changes => delta::run(self, subject, changed).await,
        }
    }

    /// Reads what hangs on other records, once those are settled.
    async fn read_by_parents(&self, subjects: &mut [Subject], depth: Depth) -> Result<(), SyncError> {
        for place in 0..subjects.len() {
            let Reading::PerParent { parents, .. } = subjects[place].entity.reading else { continue };
            if subjects[place].state.standing == Standing::LeftOut {
                continue;
            }
            let standings: Vec<_> = subjects
                .iter()
                .filter(|other| parents.contains(&other.entity.table))
                .map(|other| other.state.standing)
                .collect();
            let subject = &mut subjects[place];
            self.reporter.begins(subject.entity.table);
            let read = if standings.iter().all(|standing| *standing == Standing::Refused) {
                Err(SyncError::ParentsRefused)
            } else {
                let unsettled = standings.iter().any(|it| matches!(it, Standing::Failed | Standing::Braked));
                actions::read(self, subject, depth, unsettled).await
            };
            self.settle(subject, read).await?;
        }
        Ok(())
    }

    /// Whether nobody asked for an entity, or this pass goes without it.
    pub async fn leaves_out(&self, subject: &Subject) -> bool {
        let table = subject.entity.table;
        let unasked = subject.entity.opt_in.is_some() && !self.facts.lock().await.chosen.contains(table);
        unasked || self.without.iter().any(|name| name == table)
    }

    async fn leave_out(&self, subject: &mut Subject) -> Result<(), SyncError> {
        let table = subject.table.clone();
        subject.state.here = self.writer.run(move |warehouse| warehouse.count(&table)).await?;
        subject.state.standing = Standing::LeftOut;
        let name = subject.entity.table;
        (subject.state.reason, subject.state.remedy) = match subject.entity.opt_in {
            Some(why) => (
                Some(format!("Copied only when asked for: {why}.")),
                Some(format!("Run `haloscope sync --with {name}` to copy it from now on.")),
            ),
            None => (Some("Left out of the last synchronisation.".to_owned()), None),
        };
        self.settle(subject, Ok(())).await
    }

    /// Compares the ids of both sides until they agree, reading what changed meanwhile before each further look.
    async fn compare(&self, subjects: &mut [Subject]) -> Result<(), SyncError> {
        let mut open: Vec<usize> = (0..subjects.len()).filter(|place| subjects[*place].entity.is_paged()).collect();
        for look in 0..LOOKS {
            let mut differing = Vec::new();
            for place in open {
                let subject = &mut subjects[place];
                if matches!(subject.state.standing, Standing::Refused | Standing::Failed | Standing::LeftOut) {
                    continue;
                }
                self.reporter.proves(subject.entity.table);
                let agreed = self.compare_one(subject, look).await;
                if matches!(agreed, Ok(false)) {
                    differing.push(place);
                }
                self.settle(subject, agreed.map(drop)).await?;
            }
            if differing.is_empty() {
                return Ok(());
            }
            open = differing;
        }
        Ok(())
    }

    async fn compare_one(&self, subject: &mut Subject, look: usize) -> Result<bool, SyncError> {
        let Reading::Paged { changed, ids_only, deleted } = subject.entity.reading else { return Ok(true) };
        if look > 0 {
            delta::run(self, subject, changed).await?;
        }
        if self.lacks_a_field(subject).await {
            if subject.entity.asks_custom_fields {
                custom::look(self, subject).await?;
            }
            backfill::again(self, subject).await?;
        }
        let agreed = sweep::run(self, subject, sweep::Parameters { ids_only, deleted }).await?;
        Ok(agreed && !self.lacks_a_field(subject).await)
    }

    /// Whether rows were stored before a field appeared that they have by now.
    async fn lacks_a_field(&self, subject: &Subject) -> bool {
        self.facts.lock().await.reread.contains(subject.entity.table)
    }

    /// Keeps the state of an entity; an error of this entity alone becomes part of it.
    async fn settle(&self, subject: &mut Subject, done: Result<(), SyncError>) -> Result<(), SyncError> {
        let entered = subject.finish().await;
        match done.and(entered) {
            Err(error) if error.is_of_one_entity() => {
                tracing::warn!(
                    entity = subject.entity.table,
                    error = &error as &dyn std::error::Error,
                    "entity not read"
                );
                subject.fail(&error);
                subject.state.here = subject.here(self).await?.len() as u64;
            }
            other => other?,
        }
        if subject.state.standing == Standing::NotRead {
            // Read, but not yet compared: what the last pass found still stands.
            return Ok(());
        }
        subject.state.finished_at_ms = self.clock.now_micros() / 1000;
        self.store
            .entity_state_set(self.connection, subject.entity.table, &subject.state, self.clock.now_micros())
            .await?;
        self.reporter.ends(subject.entity.table, &subject.state);
        Ok(())
    }

    /// Lane of requests that bring changes.
    pub const CHANGES: Lane = Lane::Delta;

    /// Whether rows of this entity may vanish without proof.
    pub fn accepts_absences(&self, entity: &Entity) -> bool {
        self.accepted.iter().any(|table| table == entity.table)
    }
}
