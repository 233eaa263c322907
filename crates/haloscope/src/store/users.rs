//! People who may sign in.

use sqlx::FromRow;

use super::engine::{Store, parameters, statement};
use super::error::{Result, StoreError};

/// A person. Times: microseconds UTC.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct User {
    /// Number; never given again.
    pub id: i64,
    /// What the person signs in with; unique, in lower case.
    pub name: String,
    /// How the person is called.
    pub display_name: String,
    /// A role of [`crate::accounts::Role`].
    pub role: String,
    /// Hash of the password as a PHC string; none before one is set.
    pub password: Option<String>,
    /// Since when the person may not sign in any more.
    pub disabled_at: Option<i64>,
    /// When it was made.
    pub created_at: i64,
    /// When the person signed in last.
    pub signed_in_at: Option<i64>,
}

/// A person who is added.
#[derive(Clone, Debug)]
pub struct NewUser<'a> {
    /// See [`User::name`].
    pub name: &'a str,
    /// See [`User::display_name`].
    pub display_name: &'a str,
    /// See [`User::role`].
    pub role: &'a str,
    /// See [`User::password`].
    pub password: Option<&'a str>,
}

impl Store {
    /// Adds a person. `now`: microseconds UTC.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`].
    pub async fn user_add(&self, user: &NewUser<'_>, now: i64) -> Result<User> {
        let NewUser { name, display_name, role, password } = *user;
        let add = statement!("user_add", "keep a user");
        let kept = self.write_one(&add, parameters![name, display_name, role, password, now]).await;
        kept.map_err(|error| match error {
            StoreError::Engine { source, .. }
                if source.as_database_error().is_some_and(|error| error.is_unique_violation()) =>
            {
                StoreError::NameTaken { name: name.to_owned() }
            }
            other => other,
        })
    }

    /// All people, by name.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn user_list(&self) -> Result<Vec<User>> {
        self.all(&statement!("user_list", "list users"), parameters![]).await
    }

    /// How many people there are.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn user_count(&self) -> Result<i64> {
        Ok(self.one::<(i64,)>(&statement!("user_count", "count users"), parameters![]).await?.0)
    }

    /// A person by number.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn user_get(&self, id: i64) -> Result<Option<User>> {
        self.optional(&statement!("user_get", "read a user"), parameters![id]).await
    }

    /// A person by name.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn user_find(&self, name: &str) -> Result<Option<User>> {
        self.optional(&statement!("user_find", "read a user"), parameters![name]).await
    }

    /// Changes how a person is called, what the person may do and whether at all. Answers whether it was done: the last
    /// administrator stays one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn user_change(&self, user: &User) -> Result<bool> {
        let User { id, display_name, role, disabled_at, .. } = user;
        let change = statement!("user_change", "change a user");
        let parameters = parameters![*id, display_name.as_str(), role.as_str(), *disabled_at];
        Ok(self.execute(&change, parameters).await? > 0)
    }

    /// Removes a person with all sessions and links. Answers whether it was done: the last administrator stays.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn user_remove(&self, id: i64) -> Result<bool> {
        Ok(self.execute(&statement!("user_remove", "remove a user"), parameters![id]).await? > 0)
    }

    /// Sets the hash of a person's password.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn user_set_password(&self, id: i64, password: &str) -> Result<()> {
        self.execute(&statement!("user_set_password", "keep a password"), parameters![id, password]).await?;
        Ok(())
    }

    /// Notes that a person signed in. `now`: microseconds UTC.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn user_signed_in(&self, id: i64, now: i64) -> Result<()> {
        self.execute(&statement!("user_signed_in", "note that a user signed in"), parameters![id, now]).await?;
        Ok(())
    }
}
