//! The last finished result of each entity of a connection.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connections::ConnectionId;
use super::database::{Store, from_json, to_json};
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
        let query = sqlx::query(include_str!("sql/entity_state_set.sql"));
        let query = query.bind(connection.0).bind(entity).bind(json).bind(now);
        query.execute(self.writer()).await.map_err(self.failed("keep the state of an entity"))?;
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
        let query = sqlx::query_as(include_str!("sql/entity_state_get.sql")).bind(connection.0).bind(entity);
        let found: Option<(String, String, i64)> =
            query.fetch_optional(self.readers()).await.map_err(self.failed("read the state of an entity"))?;
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
        let query = sqlx::query_as(include_str!("sql/entity_state_list.sql")).bind(connection.0);
        let found: Vec<(String, String, i64)> =
            query.fetch_all(self.readers()).await.map_err(self.failed("read the states of entities"))?;
        found.into_iter().map(read).collect()
    }
}

fn read<T: DeserializeOwned>((entity, json, updated_at): (String, String, i64)) -> Result<EntityState<T>> {
    Ok(EntityState { entity, state: from_json("state of an entity", &json)?, updated_at })
}
