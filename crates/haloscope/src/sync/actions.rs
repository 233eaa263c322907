//! Actions: one request for each ticket, project or opportunity, as no list tells those of all.
//!
//! The table `action_reads` notes which ticket was read and what the ticket looked like then: as any action moves its
//! ticket's stamp, a ticket that looks different now is read again. Open tickets and recent ones come first; the older ones
//! follow as far as the pass wants. Where the report lane is granted, it brings all of them first; the details that it lacks
//! follow ticket by ticket.

pub mod lane;
mod plan;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use futures_util::StreamExt as _;
use halo_client::{Lane, Page};
use warehouse::{Answer, Cell, Key, Origin, Row, Tombstone};

use super::error::SyncError;
use super::pass::{Depth, Pass};
use super::state::{Proof, Standing};
use super::subject::{Extra, Subject};
use plan::{Parent, Plan, Wanted};

/// Requests under way at once.
const IN_FLIGHT: usize = 6;
/// Tickets whose actions go into the warehouse together.
const TICKETS_AT_ONCE: usize = 200;
/// So few changed tickets are read one by one also where the report lane is granted: that tells more.
const FEW: usize = 5;
/// Tickets in a row that may fail before the rest is left for the next pass.
const FAILURES_IN_A_ROW: u32 = 10;

/// One ticket whose actions an answer told.
struct Told {
    parent: Parent,
    answer: Answer,
    /// How many they are.
    actions: usize,
}

/// Reads the actions of tickets that changed, were never read, or all. While tickets themselves are `unsettled`, nothing is
/// read: an agent that no longer sees a ticket would see its actions vanish.
///
/// # Errors
/// Those of the client and the warehouse.
pub async fn read(pass: &Pass, subject: &mut Subject, depth: Depth, unsettled: bool) -> Result<(), SyncError> {
    let plan = Plan::open(pass, subject.entity).await?;
    let mut reading = Reading { pass, plan, failed: HashSet::new(), in_a_row: 0, read: 0 };
    if !unsettled {
        reading.bury_orphans(subject).await?;
        let everything = depth == Depth::Everything;
        let columns = pass.facts.lock().await.lane.clone();
        let through_lane = match &columns {
            Some(columns) => {
                reading.run_few(subject, everything).await?;
                reading.run_lane(subject, columns, everything).await?
            }
            None => false,
        };
        let older = if everything && !through_lane { u64::MAX } else { pass.older_tickets };
        reading.run(subject, everything, through_lane, older).await?;
    }
    reading.conclude(subject, unsettled).await
}

/// The next tickets after one whose actions were read, in order of their numbers.
///
/// # Errors
/// Those of the warehouse.
pub async fn read_before(pass: &Pass, subject: &Subject, after: i64) -> Result<Vec<i64>, SyncError> {
    let plan = Plan::open(pass, subject.entity).await?;
    plan.read_after(pass, after, TICKETS_AT_ONCE).await
}

struct Reading<'a> {
    pass: &'a Pass,
    plan: Plan,
    /// Tickets whose actions could not be read in this pass.
    failed: HashSet<i64>,
    in_a_row: u32,
    read: u64,
}

impl Reading<'_> {
    /// Reads the changed tickets, if they are few.
    async fn run_few(&mut self, subject: &mut Subject, everything: bool) -> Result<(), SyncError> {
        let wanted = Wanted { most: FEW + 1, current: false, ..self.wanted(everything) };
        let parents = self.next(&wanted).await?;
        if parents.is_empty() || parents.len() > FEW {
            return Ok(());
        }
        self.read_one_by_one(subject, parents, Lane::Delta).await
    }

    /// Reads ticket by ticket, `older` of those that are not current. With `details` only what the lane lacks: of tickets of
    /// which it was known before, and of `older` others.
    async fn run(
        &mut self,
        subject: &mut Subject,
        everything: bool,
        details: bool,
        mut older: u64,
    ) -> Result<(), SyncError> {
        if details {
            self.read = 0;
        }
        loop {
            let wanted = Wanted { details, older: older > 0, current: !details, ..self.wanted(everything) };
            let mut parents = self.next(&wanted).await?;
            if parents.is_empty() || self.in_a_row >= FAILURES_IN_A_ROW {
                return Ok(());
            }
            let of_age = parents.iter().filter(|parent| !parent.was_read && !parent.is_current).count() as u64;
            parents.truncate(parents.len() - usize::try_from(of_age.saturating_sub(older)).unwrap_or(usize::MAX));
            if older < u64::MAX {
                older = older.saturating_sub(of_age);
            }
            let lane = if parents[0].was_read { Lane::Delta } else { Lane::History };
            self.read_one_by_one(subject, parents, lane).await?;
        }
    }

    async fn read_one_by_one(
        &mut self,
        subject: &mut Subject,
        parents: Vec<Parent>,
        lane: Lane,
    ) -> Result<(), SyncError> {
        let (told, pages) = self.ask(subject, parents, lane).await?;
        let rows = subject.rows(self.pass, pages).await?;
        self.take(subject, told, rows, if lane == Lane::Delta { Origin::Live } else { Origin::Backfill }).await
    }

    /// What is wanted first.
    fn wanted(&self, everything: bool) -> Wanted {
        Wanted {
            details: false,
            old_tick: if everything { self.plan.tick } else { -1 },
            current: true,
            older: false,
            skip: self.failed.len(),
            most: TICKETS_AT_ONCE,
        }
    }

    /// Reads through the report lane; says whether it worked to the end.
    async fn run_lane(
        &mut self,
        subject: &mut Subject,
        columns: &[String],
        everything: bool,
    ) -> Result<bool, SyncError> {
        // Tickets with more actions than one answer holds are read by themselves.
        let mut left_over = 0;
        let mut size = lane::FIRST_TICKETS;
        self.pass.reporter.expects(subject.entity.table, self.plan.parents);
        loop {
            let wanted = Wanted { older: true, most: size, ..self.wanted(everything) };
            let parents = self.next(&wanted).await?;
            if parents.is_empty() {
                self.in_a_row = 0;
                return Ok(left_over == 0);
            }
            let was_read = parents[0].was_read;
            let budget = if was_read { Lane::Delta } else { Lane::History };
            let page = match lane::ask(self.pass, columns, &parents, budget).await? {
                lane::Brought::All(page) => page,
                lane::Brought::TooMuch if parents.len() > 1 => {
                    size = (parents.len() / 2).max(1);
                    continue;
                }
                lane::Brought::TooMuch => {
                    left_over += 1;
                    self.failed.insert(parents[0].id);
                    continue;
                }
                lane::Brought::Closed => return Ok(false),
            };
            size = lane::next_size(size, &page);
            let answer = answer_of(&page);
            let mut rows = subject.rows(self.pass, vec![page]).await?;
            let mut counts: HashMap<i64, usize> = HashMap::new();
            for row in &mut rows {
                row.narrow = true;
                if let Some(Cell::Int(ticket)) = row.cells.first() {
                    *counts.entry(*ticket).or_default() += 1;
                }
            }
            let told = parents.into_iter().map(|mut parent| {
                if everything {
                    // A full pass reads again what it read one by one before.
                    parent.details = parent.details.map(|_| "".into());
                }
                let actions = counts.get(&parent.id).copied().unwrap_or(0);
                Told { parent, answer, actions }
            });
            self.take(subject, told.collect(), rows, if was_read { Origin::Live } else { Origin::Backfill }).await?;
        }
    }

    /// The next tickets to be read, all changed ones or all new ones: the first are news, the others history.
    async fn next(&self, wanted: &Wanted) -> Result<Vec<Parent>, SyncError> {
        let mut parents = self.plan.next(self.pass, wanted).await?;
        parents.retain(|parent| !self.failed.contains(&parent.id));
        if let Some(was_read) = parents.first().map(|parent| parent.was_read) {
            parents.retain(|parent| parent.was_read == was_read);
        }
        Ok(parents)
    }

    /// Asks for the actions of each ticket. One that fails is left for the next pass.
    async fn ask(
        &mut self,
        subject: &Subject,
        parents: Vec<Parent>,
        lane: Lane,
    ) -> Result<(Vec<Told>, Vec<Page>), SyncError> {
        let (pass, parameter, table) = (self.pass, subject.entity.key[0], subject.entity.table);
        pass.reporter.expects(table, self.plan.parents);
        let mut answers = futures_util::stream::iter(parents)
            .map(|parent| async move {
                let params = vec![(parameter, Cow::Owned(parent.id.to_string()))];
                (subject.list(pass, lane, params).await, parent)
            })
            .buffer_unordered(IN_FLIGHT);
        let (mut told, mut pages) = (Vec::new(), Vec::new());
        while let Some((answer, mut parent)) = answers.next().await {
            match answer {
                Ok(page) if is_whole(&page) => {
                    self.in_a_row = 0;
                    parent.details = Some(parent.version.clone());
                    told.push(Told { parent, answer: answer_of(&page), actions: page.records.len() });
                    pages.push(page);
                    pass.reporter.rows(table, self.read + told.len() as u64);
                }
                Ok(_) => self.fail(subject, &parent, "the answer holds fewer actions than it counts"),
                Err(error) if error.is_refusal() => return Err(error),
                Err(error) if error.is_of_one_entity() => self.fail(subject, &parent, &error.to_string()),
                Err(error) => return Err(error),
            }
            if self.in_a_row >= FAILURES_IN_A_ROW {
                break;
            }
        }
        Ok((told, pages))
    }

    fn fail(&mut self, subject: &Subject, parent: &Parent, reason: &str) {
        tracing::warn!(entity = subject.entity.table, ticket = parent.id, reason, "actions not read");
        self.failed.insert(parent.id);
        self.in_a_row += 1;
    }

    /// Puts the actions of some tickets into the warehouse, with the note that they were read, and buries those that are gone.
    async fn take(
        &mut self,
        subject: &mut Subject,
        mut told: Vec<Told>,
        rows: Vec<Row>,
        origin: Origin,
    ) -> Result<(), SyncError> {
        let ids: Vec<i64> = told.iter().map(|told| told.parent.id).collect();
        let mut here = self.plan.actions_of(self.pass, &ids).await?;
        for emptied in told.iter().filter(|told| told.actions == 0 && here.contains_key(&told.parent.id)) {
            if !self.is_visible(emptied.parent.id).await? {
                self.failed.insert(emptied.parent.id);
            }
        }
        told.retain(|told| !self.failed.contains(&told.parent.id));
        for row in &rows {
            if let [Cell::Int(ticket), Cell::Int(id), ..] = row.cells[..]
                && let Some(known) = here.get_mut(&ticket)
            {
                known.remove(&id);
            }
        }
        let deleted_at = self.pass.clock.now_micros();
        let gone = told.iter().filter_map(|told| Some((told, here.get(&told.parent.id)?)));
        let tombstones = gone.flat_map(|(told, ids)| {
            let tombstone =
                |id: &i64| Tombstone { key: Key::Pair(told.parent.id, *id), answer: told.answer, deleted_at };
            ids.iter().map(tombstone)
        });
        let extra = Extra {
            puts: vec![(self.plan.reads.clone(), told.iter().map(note).collect())],
            tombstones: vec![(subject.table.clone(), tombstones.collect())],
            cursors: Vec::new(),
        };
        let tickets = told.len() as u64;
        subject.put(self.pass, rows, origin, extra).await?;
        self.read += tickets;
        self.pass.reporter.rows(subject.entity.table, self.read);
        Ok(())
    }

    /// Whether the agent sees the ticket at all. One that is hidden shows no actions, which proves nothing.
    async fn is_visible(&self, ticket: i64) -> Result<bool, SyncError> {
        let id = ticket.to_string();
        let single = self.pass.client.record(Lane::Reconcile, "Tickets", &id, &[]);
        match self.pass.until_stopped(single).await {
            Ok(single) => Ok(single.record.is_some()),
            Err(error) if error.is_of_one_entity() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Actions go with their ticket; it is read again should it come back.
    async fn bury_orphans(&self, subject: &mut Subject) -> Result<(), SyncError> {
        let (actions, reads) = self.plan.orphans(self.pass).await?;
        if actions.is_empty() && reads.is_empty() {
            return Ok(());
        }
        // That the tickets are gone was found out before now.
        let answer = Answer { asked: self.plan.tick + 1, answered: self.plan.tick + 1 };
        let deleted_at = self.pass.clock.now_micros();
        let tombs = |keys: Vec<Key>| keys.into_iter().map(|key| Tombstone { key, answer, deleted_at }).collect();
        let tombstones = vec![(subject.table.clone(), tombs(actions)), (self.plan.reads.clone(), tombs(reads))];
        let extra = Extra { tombstones, ..Extra::default() };
        subject.put(self.pass, Vec::new(), Origin::Live, extra).await.map(drop)
    }

    async fn conclude(&self, subject: &mut Subject, unsettled: bool) -> Result<(), SyncError> {
        let found = self.plan.standing(self.pass).await?;
        let missing = found.shown.saturating_sub(found.here);
        let ghosts = found.here.saturating_sub(found.shown);
        subject.conclude(found.here, found.shown, missing, ghosts, Proof::PerParent);
        let state = &mut subject.state;
        state.parents = Some((found.read, found.parents));
        if state.standing != Standing::Complete || found.read >= found.parents {
            return Ok(());
        }
        let left = found.parents - found.read;
        let (reason, remedy) = if unsettled {
            ("Tickets are unsettled, so their actions were not read.".to_owned(), "Settle the tickets first.")
        } else if !self.failed.is_empty() {
            (format!("The actions of {} tickets could not be read.", self.failed.len()), "Run `haloscope sync` again.")
        } else {
            (
                format!("The actions of {left} older tickets are not read yet, one request each."),
                "They follow under `haloscope serve`, or all at once with `haloscope sync --full`.",
            )
        };
        let is_partial = !unsettled && self.failed.is_empty();
        state.standing = if is_partial { Standing::Partial } else { Standing::Incomplete };
        (state.reason, state.remedy) = (Some(reason), Some(remedy.to_owned()));
        Ok(())
    }
}

fn answer_of(page: &Page) -> Answer {
    Answer { asked: page.asked, answered: page.answered }
}

fn is_whole(page: &Page) -> bool {
    page.record_count.is_none_or(|count| count <= page.records.len() as u64)
}

/// That a ticket's actions were read, and what the ticket looked like.
fn note(told: &Told) -> Row {
    let count = i64::try_from(told.actions).unwrap_or(i64::MAX);
    let details = told.parent.details.clone().map_or(Cell::Null, Cell::Text);
    Row {
        cells: vec![Cell::Int(told.parent.id), Cell::Text(told.parent.version.clone()), Cell::Int(count), details],
        children: Vec::new(),
        raw: "{}".into(),
        answer: told.answer,
        deleted_at: None,
        narrow: false,
    }
}
