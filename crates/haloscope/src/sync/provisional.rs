//! Shows records as deliveries tell of them, before HaloPSA is asked. Such rows are marked, win by a later time of change alone,
//! and last until an answer confirms or replaces them; [`take_back`] ends those that no answer confirmed.
//!
//! Records without a time of change are not shown so: nobody could tell which version is the later one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use halo_client::entities::{self, Entity};
use serde::Deserialize;
use serde_json::value::RawValue;
use warehouse::{Answer, Batch, Cell, Field, Interrupt, Key, Origin, Row, Table};

use super::decode::{Decoded, Decoder};
use super::delta;
use super::error::SyncError;
use super::fields::Fields;
use super::pass::Pass;
use super::state::{EntityState, Standing};
use super::subject::Subject;
use super::tables;

/// A record as a delivery tells of it.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its id.
    pub record: i64,
    /// Its JSON.
    pub object: Box<RawValue>,
}

/// Shows records of these tables, which share one id space. Whatever cannot be shown waits for an answer. Answers which records are
/// now as they are told, or as they became later.
///
/// # Errors
/// Those of the warehouse and the store; nothing is shown then, or what one table holds.
pub async fn show(pass: &Pass, tables: &[&'static str], told: &[Told]) -> Result<BTreeSet<i64>, SyncError> {
    let mut shown = BTreeSet::new();
    if told.is_empty() {
        return Ok(shown);
    }
    let tick = pass.client.tick();
    let mut homeless: BTreeMap<i64, &Told> = told.iter().map(|told| (told.record, told)).collect();
    let mut places: Vec<(Place, Vec<Shown<'_>>)> = Vec::new();
    for name in tables {
        let Some(place) = Place::open(pass, name).await? else { continue };
        let known = place.known(pass, homeless.keys()).await?;
        let own: Vec<Shown<'_>> =
            known.into_iter().filter_map(|(id, known)| Some((homeless.remove(&id)?, Some(known)))).collect();
        places.push((place, own));
    }
    for told in homeless.into_values() {
        if let Some(place) = home(pass, &places, told).await? {
            places[place].1.push((told, None));
        }
    }
    for (place, own) in places {
        shown.extend(place.show(pass, &own, tick).await?);
    }
    Ok(shown)
}

/// Where a new record belongs: in the only table, or in the only one that has records of its type.
async fn home<T>(pass: &Pass, places: &[(Place, T)], told: &Told) -> Result<Option<usize>, SyncError> {
    #[derive(Deserialize)]
    struct Typed {
        tickettype_id: i64,
    }
    if places.len() == 1 {
        return Ok(Some(0));
    }
    let Ok(Typed { tickettype_id }) = serde_json::from_str(told.object.get()) else { return Ok(None) };
    let mut homes = Vec::new();
    for (number, (place, _)) in places.iter().enumerate() {
        if place.has_type(pass, tickettype_id).await? {
            homes.push(number);
        }
    }
    Ok(if let [home] = homes[..] { Some(home) } else { None })
}

/// Ends what was only told of these records: they are again as the last answer had them, or gone if there was none.
///
/// # Errors
/// Those of the warehouse and the store.
pub async fn take_back(pass: &Pass, tables: &[&'static str], records: &[i64]) -> Result<(), SyncError> {
    if records.is_empty() {
        return Ok(());
    }
    for name in tables {
        let entity = entities::find(name).expect("families name entities");
        if entity.stamp.is_none() {
            continue;
        }
        let place = Place::new(pass, entity).await;
        let known = place.known(pass, records.iter()).await?;
        let told = known.into_iter().filter(|(_, known)| known.is_told);
        let rows = told.filter_map(|(_, known)| place.decode(&known.raw?, known.answer).row).collect();
        place.put(pass, rows, Origin::Rebuild).await?;
        let (table, keys) = (place.table.clone(), records.iter().copied().map(Key::Int).collect::<Vec<_>>());
        pass.writer
            .run(move |warehouse| match warehouse.columns(&table.schema, &table.name)?.is_empty() {
                true => Ok(0),
                false => warehouse.drop_told(&table, &keys),
            })
            .await?;
    }
    Ok(())
}

/// What is stored of a record.
struct Known {
    /// As the last answer had it; none where there was none.
    raw: Option<Box<RawValue>>,
    answer: Answer,
    /// Its row was only told of.
    is_told: bool,
}

/// A record as it is told, with what is stored of it.
type Shown<'t> = (&'t Told, Option<Known>);

/// A table whose rows may be shown so. Unlike [`Subject`] it leaves the table itself as it is: a pass may just be changing it.
struct Place {
    table: Arc<Table>,
    decoder: Decoder,
    fields: Fields,
}

impl Place {
    async fn new(pass: &Pass, entity: &'static Entity) -> Self {
        let extras = pass.facts.lock().await.extras_of(entity);
        let decoder = Decoder::new(entity, &extras);
        let fields = decoder.fields();
        Self { table: tables::table(&pass.schema, entity, &extras, &[]), decoder, fields }
    }

    /// None for one whose first reading has not ended, that may not be read, or whose records have no time of change.
    async fn open(pass: &Pass, name: &str) -> Result<Option<Self>, SyncError> {
        let entity = entities::find(name).expect("families name entities");
        let kept = pass.store.entity_state_get::<EntityState>(pass.connection, name).await?;
        let standing = kept.map(|kept| kept.state.standing);
        let is_closed = matches!(standing, None | Some(Standing::Refused | Standing::LeftOut));
        if entity.stamp.is_none() || is_closed {
            return Ok(None);
        }
        let cursor = Subject::cursor_of(&pass.schema, entity, delta::CHANGED);
        let cursors = pass.writer.run(|warehouse| warehouse.cursors()).await?;
        if !cursors.contains_key(&cursor) {
            return Ok(None);
        }
        Ok(Some(Self::new(pass, entity).await))
    }

    async fn known(&self, pass: &Pass, records: impl Iterator<Item = &i64>) -> Result<BTreeMap<i64, Known>, SyncError> {
        let ids = records.map(i64::to_string).collect::<Vec<_>>().join(", ");
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let (schema, name, own) = (self.table.schema.clone(), self.table.name.clone(), self.name());
        let rows = pass.writer.run(move |warehouse| {
            let mut rows: Vec<Vec<Field>> = Vec::new();
            if warehouse.columns(&schema, &name)?.is_empty() {
                return Ok(rows);
            }
            let raw = format!("\"{}_raw\".{name}", schema.replace('"', "\"\""));
            let sql = format!(
                "select t.id, r.raw, t._asked, t._answered, t._provisional is not null from {own} t \
                 left join {raw} r on r.id = t.id where t.id in ({ids})"
            );
            warehouse.query(&sql, &[] as &[Cell], &mut rows, &Interrupt::new())?;
            Ok(rows)
        });
        let number = |field: &Field| if let Field::Int(number) = field { i64::try_from(*number).ok() } else { None };
        let read = |row: Vec<Field>| {
            let [id, raw, asked, answered, is_told] = row.as_slice() else { return None };
            let raw = match raw {
                Field::Text(text) => Some(RawValue::from_string(text.clone()).ok()?),
                _ => None,
            };
            let answer = Answer { asked: number(asked)?, answered: number(answered)? };
            Some((number(id)?, Known { raw, answer, is_told: *is_told == Field::Bool(true) }))
        };
        Ok(rows.await?.into_iter().filter_map(read).collect())
    }

    async fn has_type(&self, pass: &Pass, tickettype: i64) -> Result<bool, SyncError> {
        let sql = format!("select 1 from {} where tickettype_id = ? and deleted_at is null limit 1", self.name());
        let found = pass.writer.run(move |warehouse| warehouse.scalar_i64(&sql, &[Cell::Int(tickettype)]));
        Ok(found.await?.is_some())
    }

    /// As SQL writes it.
    fn name(&self) -> String {
        format!("\"{}\".{}", self.table.schema.replace('"', "\"\""), self.table.name)
    }

    async fn show(&self, pass: &Pass, told: &[Shown<'_>], tick: i64) -> Result<BTreeSet<i64>, SyncError> {
        let answer = Answer { asked: tick, answered: tick };
        let rows = told.iter().filter_map(|(told, known)| {
            let raw = known.as_ref().and_then(|known| known.raw.as_deref());
            let decoded = self.decode(&self.merged(raw, &told.object)?, answer);
            // What is not as lists have it is left to the answer.
            Some((told.record, decoded.row.filter(|_| decoded.oddities.is_empty())?))
        });
        let (records, rows) = rows.unzip();
        self.put(pass, rows, Origin::Provisional).await?;
        Ok(records)
    }

    /// What is told, with what the last answer knew beside.
    fn merged(&self, known: Option<&RawValue>, told: &RawValue) -> Option<Box<RawValue>> {
        type Members = BTreeMap<String, Box<RawValue>>;
        let mut members: Members = match known {
            Some(known) => serde_json::from_str(known.get()).ok()?,
            None => Members::new(),
        };
        let told: Members = serde_json::from_str(told.get()).ok()?;
        for (name, value) in told {
            let name = entities::name_in_lists(&name);
            if self.decoder.keeps(name) {
                members.insert(name.to_owned(), value);
            }
        }
        serde_json::value::to_raw_value(&members).ok()
    }

    fn decode(&self, raw: &RawValue, answer: Answer) -> Decoded {
        self.decoder.decode(raw, answer, &mut self.fields.clone())
    }

    async fn put(&self, pass: &Pass, rows: Vec<Row>, origin: Origin) -> Result<(), SyncError> {
        if rows.is_empty() {
            return Ok(());
        }
        let puts = vec![(self.table.clone(), rows)];
        let observed_at = pass.clock.now_micros();
        let batch = Batch { origin, observed_at, puts, tombstones: Vec::new(), cursors: Vec::new() };
        pass.writer.apply(batch, None).await.map(drop)
    }
}
