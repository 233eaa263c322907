//! The last finished result of each entity of a connection.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connections::ConnectionId;
use super::engine::{Store, from_json, parameters, statement, to_json};
use super::error::Result;

/// The last finished result of an entity, in a form that the sync decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityState<T> {
    /// Name of the entity.
    pub entity: String,
    /// The result.
    pub state: T,
    /// When it was kept, microseconds UTC.
    pub updated_at: i64,
}

impl Store {
    /// Keeps a result in place of the one before. `now`: microseconds UTC.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn entity_state_set<T: Serialize + Sync>(
        &self,
        connection: ConnectionId,
        entity: &str,
        state: &T,
        now: i64,
    ) -> Result<()> {
        let json = to_json("state of an entity", state)?;
        self.execute(
            &statement!("entity_state_set", "keep the state of an entity"),
            parameters![connection.0, entity, json, now],
        )
        .await?;
        Ok(())
    }

    /// The last result of one entity, if it ever had one.
    ///
    /// # Errors
    /// [`super::StoreError::Value`] if it was written by another version in another form.
    pub async fn entity_state_get<T: DeserializeOwned>(
        &self,
        connection: ConnectionId,
        entity: &str,
    ) -> Result<Option<EntityState<T>>> {
        let found: Option<(String, String, i64)> = self
            .optional(&statement!("entity_state_get", "read the state of an entity"), parameters![connection.0, entity])
            .await?;
        found.map(read).transpose()
    }

    /// The last results of all entities that ever had one, by name.
    ///
    /// # Errors
    /// As [`Self::entity_state_get`].
    pub async fn entity_state_list<T: DeserializeOwned>(
        &self,
        connection: ConnectionId,
    ) -> Result<Vec<EntityState<T>>> {
        let found: Vec<(String, String, i64)> = self
            .all(&statement!("entity_state_list", "read the states of entities"), parameters![connection.0])
            .await?;
        found.into_iter().map(read).collect()
    }
}

fn read<T: DeserializeOwned>((entity, json, updated_at): (String, String, i64)) -> Result<EntityState<T>> {
    Ok(EntityState { entity, state: from_json("state of an entity", &json)?, updated_at })
}
