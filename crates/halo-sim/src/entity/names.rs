//! Names of other records, joined when a row is read: a renamed client shows its new name on old tickets.

use super::View;
use crate::value::V;
use crate::world::rows::{Action, Site, Ticket};

impl<'a> View<'a> {
    pub(crate) fn client_name(&self, id: i32) -> V<'a> {
        self.world.clients.get(id).map_or(V::text(""), |row| V::text(&row.name))
    }

    pub(crate) fn site_name(&self, id: i32) -> V<'a> {
        self.world.sites.get(id).map_or(V::text(""), |row| V::text(&row.name))
    }

    pub(crate) fn client_of(&self, site: i32) -> i32 {
        self.world.sites.get(site).map_or(1, |row| row.client)
    }

    pub(crate) fn client_site_name(&self, site: &Site) -> String {
        let client = self.world.clients.get(site.client).map_or("", |row| &row.name);
        format!("{client}/{}", site.name)
    }

    pub(crate) fn user_name(&self, id: i32) -> V<'a> {
        V::owned(self.world.users.get(id).map_or_else(String::new, crate::world::rows::User::name))
    }

    pub(crate) fn user_email(&self, id: i32) -> V<'a> {
        self.world.users.get(id).map_or(V::text(""), |row| V::text(&row.email))
    }

    pub(crate) fn agent_name(&self, id: i32) -> V<'a> {
        V::owned(self.world.agents.get(id).map_or_else(String::new, crate::world::rows::Agent::name))
    }

    pub(crate) fn team_name(&self, id: i32) -> V<'a> {
        self.world.teams.get(id).map_or(V::text(""), |row| V::text(&row.name))
    }

    pub(crate) fn department_of(&self, team: i32) -> i32 {
        self.world.teams.get(team).map_or(1, |row| row.department)
    }

    pub(crate) fn status_name(&self, id: i32) -> V<'a> {
        self.world.statuses.get(id).map_or(V::text(""), |row| V::text(&row.name))
    }

    pub(crate) fn type_name(&self, id: i32) -> V<'a> {
        self.world.ticket_types.get(id).map_or(V::text(""), |row| V::text(&row.name))
    }

    pub(crate) fn category(&self, id: i32) -> V<'a> {
        self.world.categories.get(id).map_or(V::text(""), |row| V::text(&row.value))
    }

    pub(crate) fn outcome_name(&self, id: i16) -> V<'a> {
        self.world.outcomes.get(i32::from(id)).map_or(V::text(""), |row| V::text(&row.name))
    }

    /// The ticket of an action or a time entry, while it exists.
    pub(crate) fn ticket(&self, id: i32) -> Option<&'a Ticket> {
        self.world.tickets.get(id)
    }

    /// An action, unless it was deleted.
    pub(crate) fn action(&self, ticket: i32, action: u16) -> Option<&'a Action> {
        let row = self.ticket(ticket)?.actions.get(usize::from(action).checked_sub(1)?)?;
        (!row.deleted).then_some(row)
    }

    pub(crate) fn contract(&self, id: i32) -> i32 {
        if self.late.negative_contract && id > 0 { -id } else { id }
    }
}
