//! What clients of the API may write. HaloPSA creates and updates by POST alone: an element with an `id`
//! updates, one without creates; members it does not know are ignored.

mod member;
mod parties;
mod tickets;

pub(crate) use member::PostError;

use serde_json::Value;

use crate::times::Ms;
use crate::world::World;
use crate::world::ops::{self, Kept};
use crate::world::rows::Kind;

/// Creates or updates the record that an element describes and answers with its id; for an action, with
/// its number on the ticket that the element names.
///
/// # Errors
/// When the element is not an object of the right types, or names something that is not there.
pub(crate) fn post(world: &mut World, now: Ms, entity_path: &str, element: &Value) -> Result<i64, PostError> {
    if !element.is_object() {
        return Err(PostError::Refused("An object was expected.".into()));
    }
    match entity_path.to_ascii_lowercase().as_str() {
        "tickets" => tickets::ticket(world, now, element, Kind::Ticket),
        "projects" => tickets::ticket(world, now, element, Kind::Project),
        "opportunities" => tickets::ticket(world, now, element, Kind::Opportunity),
        "actions" => tickets::action(world, now, element),
        "client" => parties::client(world, now, element),
        "site" => parties::site(world, now, element),
        "users" => parties::user(world, now, element),
        "invoice" => parties::invoice(world, now, element),
        _ => return Err(PostError::Unsupported),
    }
    .map(i64::from)
}

/// Deletes a record: a ticket softly, all others for good. Actions are named by `ticket_id` and number.
///
/// # Errors
/// When there is no such record, or others depend on it.
pub(crate) fn delete(
    world: &mut World,
    now: Ms,
    entity_path: &str,
    id: i64,
    ticket_id: Option<i64>,
) -> Result<(), PostError> {
    let id = i32::try_from(id).map_err(|_| PostError::NotFound)?;
    let found = |done: Option<()>| done.ok_or(PostError::NotFound);
    match entity_path.to_ascii_lowercase().as_str() {
        "tickets" | "projects" | "opportunities" => found(ops::ticket::delete(world, now, id)),
        "actions" => {
            let ticket = ticket_id.and_then(|ticket| i32::try_from(ticket).ok()).ok_or(PostError::NotFound)?;
            let number = u16::try_from(id).map_err(|_| PostError::NotFound)?;
            found(ops::work::delete(world, now, ticket, number))
        }
        "client" => ops::party::delete_client(world, now, id).map_err(PostError::from),
        "site" => ops::party::delete_site(world, now, id).map_err(PostError::from),
        "users" => ops::party::delete_user(world, now, id).map_err(PostError::from),
        "invoice" => found(ops::invoice::delete(world, now, id)),
        _ => Err(PostError::Unsupported),
    }
}

impl From<Kept> for PostError {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::Missing => PostError::NotFound,
            Kept::Needed(why) => PostError::Refused(why.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::times;

    fn world() -> (World, Ms) {
        let now = times::parse("2026-11-24T17:00:00").unwrap();
        (World::new(6, now, 200), now)
    }

    #[test]
    fn an_element_without_id_creates_and_one_with_id_updates() {
        let (mut world, now) = world();
        for (path, new, change) in [
            ("Tickets", json!({"summary": "Printer", "client_id": 12}), json!({"status_id": 9})),
            ("Projects", json!({"summary": "Move"}), json!({"estimate": "12.5"})),
            ("Opportunities", json!({"summary": "Offer", "user_id": 60}), json!({"agent_id": 5, "team": "Sales"})),
            ("Client", json!({"name": "New & Co"}), json!({"inactive": true})),
            ("Site", json!({"name": "Annexe", "client_id": 12.0}), json!({"phonenumber": "1"})),
            ("Users", json!({"name": "Ann Other", "site_id": 18}), json!({"emailaddress": "a@new.example"})),
            ("Invoice", json!({"client_id": 12, "lines": [{"item_code": "LAB-HR"}]}), json!({"markaspaid": true})),
        ] {
            let id = post(&mut world, now, path, &new).unwrap();
            let mut change = change;
            change["id"] = id.into();
            assert_eq!(post(&mut world, now, path, &change), Ok(id), "{path}");
            change["id"] = 900_000.into();
            assert_eq!(post(&mut world, now, path, &change), Err(PostError::NotFound), "{path}");
            assert_eq!(delete(&mut world, now, path, id, None), Ok(()), "{path}");
            assert_eq!(delete(&mut world, now, path, id, None), Err(PostError::NotFound), "{path}");
        }
    }

    #[test]
    fn a_deleted_ticket_comes_back_with_recover() {
        let (mut world, now) = world();
        delete(&mut world, now, "Tickets", 1_010, None).unwrap();
        let plain = json!({"id": 1_010, "summary": "x"});
        assert_eq!(post(&mut world, now, "Tickets", &plain), Err(PostError::NotFound));
        assert_eq!(post(&mut world, now, "Tickets", &json!({"id": 1_010, "_recover": true})), Ok(1_010));
        assert!(world.tickets.alive(1_010).is_some());
    }

    #[test]
    fn actions_are_numbered_within_their_ticket_and_carry_time() {
        let (mut world, now) = world();
        let ticket = post(&mut world, now, "Tickets", &json!({"summary": "x"})).unwrap();
        let action = json!({"ticket_id": ticket, "note": "Looked at it", "timetaken": 0.25, "outcome_id": "7"});
        assert_eq!(post(&mut world, now, "Actions", &action), Ok(2));
        assert_eq!(world.time_entries.rows().last().unwrap().minutes, 15);
        let wrong = json!({"ticket_id": ticket, "outcome_id": "abc"});
        let message = "Could not convert string to integer: abc.".to_owned();
        let expected = PostError::Model { field: "outcome_id".into(), message };
        assert_eq!(post(&mut world, now, "Actions", &wrong), Err(expected));
        assert_eq!(delete(&mut world, now, "Actions", 2, Some(ticket)), Ok(()));
        assert!(world.time_entries.rows().last().unwrap().deleted);
        assert_eq!(post(&mut world, now, "Actions", &action), Ok(3));
    }

    #[test]
    fn what_others_depend_on_stays() {
        let (mut world, now) = world();
        assert!(matches!(delete(&mut world, now, "Client", 12, None), Err(PostError::Refused(_))));
        assert!(matches!(delete(&mut world, now, "Site", 18, None), Err(PostError::Refused(_))));
        assert_eq!(delete(&mut world, now, "Users", 57, None), Ok(()));
        assert!(world.tickets.rows().iter().all(|row| row.user != 57));
        assert_eq!(delete(&mut world, now, "Status", 1, None), Err(PostError::Unsupported));
        assert!(post(&mut world, now, "Tickets", &json!([])).is_err());
    }
}
