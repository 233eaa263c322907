//! Batches repeated and in any order end in the same state, where their answers do not overlap.

use proptest::prelude::*;
use warehouse::Batch;

use crate::kit::*;

on_every_engine![the_order_does_not_matter];

/// What the service did to one of a few records, at a moment of its own.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Put { id: i64, status: i64, stamp: i64, as_project: bool },
    Delete { id: i64 },
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => (0..4_i64, 0..3_i64, 0..3_i64, any::<bool>())
            .prop_map(|(id, status, stamp, as_project)| Deed::Put { id, status, stamp, as_project }),
        1 => (0..4_i64).prop_map(|id| Deed::Delete { id }),
    ]
}

fn batch_of(moment: usize, deed: Deed) -> Batch {
    let tick = 10 * (i64::try_from(moment).unwrap() + 1);
    let answer = answer(tick, tick + 5);
    match deed {
        Deed::Put { id, status, stamp, as_project } => {
            let table = if as_project { projects() } else { tickets() };
            put(&table, vec![ticket(id, status, stamp, answer)])
        }
        Deed::Delete { id } => {
            let mut batch = bury(&tickets(), vec![tombstone(id, answer)]);
            batch.tombstones.extend(bury(&projects(), vec![tombstone(id, answer)]).tombstones);
            batch
        }
    }
}

/// Live rows with their lines and raw records.
fn live(bench: &Bench, batches: &[Batch]) -> Vec<String> {
    let question = |table: &str, lines: &str| {
        format!(
            "select t.* exclude (_raw_hash), l.amount, r.raw from halo.{table} t join halo.{lines} l on l.ticket_id = t.id \
             join halo_raw.{table} r on r.id = t.id where t.deleted_at is null and l.deleted_at is null order by all"
        )
    };
    bench.with_fresh(|warehouse| {
        ensure_all(warehouse);
        batches.iter().for_each(|batch| assert!(apply(warehouse, batch.clone()).contested.is_empty()));
        let mut state = lines(warehouse, &question("tickets", "ticket_lines"));
        state.extend(lines(warehouse, &question("projects", "project_lines")));
        state
    })
}

fn the_order_does_not_matter(bench: &Bench) {
    let config = ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    let twice = prop::collection::vec(deed(), 1..12).prop_flat_map(|deeds| {
        let twice: Vec<_> = (0..deeds.len()).chain(0..deeds.len()).collect();
        (Just(deeds), Just(twice).prop_shuffle())
    });
    proptest!(config, |((deeds, order) in twice)| {
        let in_order: Vec<_> = deeds.iter().enumerate().map(|(moment, deed)| batch_of(moment, *deed)).collect();
        let shuffled: Vec<_> = order.iter().map(|moment| batch_of(*moment, deeds[*moment])).collect();
        prop_assert_eq!(live(bench, &in_order), live(bench, &shuffled));
    });
}
