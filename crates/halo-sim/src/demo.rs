//! What makes a simulator worth looking at: `--events-within SECONDS`, so that whoever configures a webhook for an event need not wait
//! until it happens by chance, and `--changes-per-minute COUNT`, so that something always changes.

use std::sync::Weak;
use std::time::Duration;

use crate::mutate;
use crate::sim::Sim;
use crate::webhooks::store;
use crate::world::events::{Event, Of, What};

/// Of the given time, the part between two looks: all eleven events of the usual set-up happen in a third of it.
const LOOKS: u32 = 30;
/// Events that are let happen at each look, so that they come one after the other.
const AT_ONCE: usize = 2;

/// Kinds of changes that raise an event.
const CHANGES: [(Of, What, &str); 11] = [
    (Of::Ticket, What::Created, "ticket_create"),
    (Of::Ticket, What::Changed, "ticket_update"),
    (Of::Site, What::Created, "site_create"),
    (Of::Site, What::Changed, "site_rename"),
    (Of::Site, What::Deleted, "site_delete"),
    (Of::User, What::Created, "user_create"),
    (Of::User, What::Changed, "user_rename"),
    (Of::User, What::Deleted, "user_delete"),
    (Of::Invoice, What::Created, "invoice_create"),
    (Of::Invoice, What::Changed, "invoice_edit"),
    (Of::Invoice, What::Deleted, "invoice_delete"),
];

/// Lets configured events happen until the simulator is gone.
pub(crate) async fn oblige(sim: Weak<Sim>, within: Duration) {
    again_and_again(sim, within / LOOKS, |sim, _| {
        // What is not possible at present, as the deletion of a site that is needed, holds up no other.
        store::awaited(sim).into_iter().filter(|event| happen(sim, event)).take(AT_ONCE).for_each(drop);
    })
    .await;
}

/// Changes something now and then until the simulator is gone.
pub(crate) async fn stir(sim: Weak<Sim>, per_minute: u32) {
    again_and_again(sim, Duration::from_secs(60) / per_minute, |sim, place| {
        let effects = sim.traps().effects();
        mutate::mutate(&mut sim.world_to_change(&effects), sim.clock.now(), sim.options.seed.wrapping_add(place), 1);
    })
    .await;
}

async fn again_and_again(sim: Weak<Sim>, between: Duration, act: fn(&Sim, u64)) {
    let mut ticks = tokio::time::interval(between);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for place in 0.. {
        ticks.tick().await;
        let Some(sim) = sim.upgrade() else { return };
        if let Err(error) = tokio::task::spawn_blocking(move || act(&sim, place)).await {
            tracing::error!(%error, "nothing was changed");
        }
    }
}

/// Makes a change that raises the event. Answers whether that was possible.
fn happen(sim: &Sim, event: &Event) -> bool {
    let change = CHANGES.iter().find(|(of, what, _)| *of == event.of && *what == event.what);
    let Some((.., name)) = change else { return false };
    let effects = sim.traps().effects();
    mutate::one(&mut sim.world_to_change(&effects), sim.clock.now(), sim.options.seed, name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::events::named;

    #[test]
    fn the_eleven_events_of_the_usual_set_up_can_be_let_happen() {
        let eleven = [
            "Ticket Changed",
            "New Ticket Logged",
            "Site created",
            "Site updated",
            "Site deleted",
            "User created",
            "User updated",
            "User deleted",
            "Invoice created",
            "Invoice updated",
            "Invoice deleted",
        ];
        for name in eleven {
            let event = named(name).unwrap();
            assert!(CHANGES.iter().any(|(of, what, _)| *of == event.of && *what == event.what), "{name}");
        }
    }
}
