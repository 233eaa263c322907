//! Settings: named values that belong to no connection.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::database::{Store, from_json, to_json};
use super::error::Result;

impl Store {
    /// A setting, if it was ever set.
    ///
    /// # Errors
    /// [`super::StoreError::Value`] if it was written by another version in another form.
    pub async fn setting_get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let query = sqlx::query_scalar(include_str!("sql/setting_get.sql")).bind(name);
        let json: Option<String> = query.fetch_optional(self.readers()).await.map_err(self.failed("read a setting"))?;
        json.map(|json| from_json("setting", &json)).transpose()
    }

    /// Sets it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn setting_set<T: Serialize + Sync>(&self, name: &str, value: &T) -> Result<()> {
        let json = to_json("setting", value)?;
        let query = sqlx::query(include_str!("sql/setting_set.sql")).bind(name).bind(json);
        query.execute(self.writer()).await.map_err(self.failed("keep a setting"))?;
        Ok(())
    }
}
