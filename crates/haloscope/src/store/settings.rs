//! Settings: named values that belong to no connection.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::engine::{Store, from_json, parameters, statement, to_json};
use super::error::Result;

impl Store {
    /// A setting, if it was ever set.
    ///
    /// # Errors
    /// [`super::StoreError::Value`] if it was written by another version in another form.
    pub async fn setting_get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let get = statement!("setting_get", "read a setting");
        let json: Option<(String,)> = self.optional(&get, parameters![name]).await?;
        json.map(|(json,)| from_json("setting", &json)).transpose()
    }

    /// Sets it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn setting_set<T: Serialize + Sync>(&self, name: &str, value: &T) -> Result<()> {
        let json = to_json("setting", value)?;
        self.execute(&statement!("setting_set", "keep a setting"), parameters![name, json]).await?;
        Ok(())
    }
}
