//! Roles and what they may do: a table.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that is allowed or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See figures and records.
    ReadData,
    /// See how connections stand.
    ReadConnections,
    /// Have a pass made or both sides compared.
    Sync,
    /// Make, change, pause and resume connections; start and remove sample data.
    ManageConnections,
    /// See the callback URL, change and test webhooks, read and replay deliveries.
    ManageWebhooks,
    /// Make and change dashboards.
    ManageDashboards,
    /// Change time zone, working hours and holidays.
    ManageWorkspace,
    /// Add, change and remove people.
    ManageUsers,
    /// Make and end service tokens.
    ManageTokens,
    /// See who did what.
    ReadAudit,
    /// See how the installation itself stands.
    ReadHealth,
}

/// What a person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything.
    Administrator,
    /// Makes dashboards and has data synchronised.
    Builder,
    /// Looks.
    Viewer,
}

use Permission as P;

/// All permissions, and which roles have each.
const GRANTS: [(Permission, &[Role]); 11] = [
    (P::ReadData, &[Role::Administrator, Role::Builder, Role::Viewer]),
    (P::ReadConnections, &[Role::Administrator, Role::Builder, Role::Viewer]),
    (P::Sync, &[Role::Administrator, Role::Builder]),
    (P::ManageConnections, &[Role::Administrator]),
    (P::ManageWebhooks, &[Role::Administrator]),
    (P::ManageDashboards, &[Role::Administrator, Role::Builder]),
    (P::ManageWorkspace, &[Role::Administrator]),
    (P::ManageUsers, &[Role::Administrator]),
    (P::ManageTokens, &[Role::Administrator]),
    (P::ReadAudit, &[Role::Administrator]),
    (P::ReadHealth, &[Role::Administrator, Role::Builder]),
];

impl Permission {
    /// Its word in the API, as `read_data`.
    pub fn word(self) -> String {
        word(&self)
    }

    /// The permission of that word.
    pub fn of_word(text: &str) -> Option<Self> {
        GRANTS.iter().map(|(permission, _)| *permission).find(|permission| permission.word() == text)
    }
}

impl Role {
    /// Its word in the API, as `administrator`.
    pub fn word(self) -> String {
        word(&self)
    }

    /// As people read it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Administrator => "Administrator",
            Self::Builder => "Builder",
            Self::Viewer => "Viewer",
        }
    }

    /// The role of that word. What this version does not know may look and no more.
    pub fn of_word(text: &str) -> Self {
        [Self::Administrator, Self::Builder].into_iter().find(|role| role.word() == text).unwrap_or(Self::Viewer)
    }

    /// What it may do.
    pub fn permissions(self) -> Vec<Permission> {
        GRANTS.iter().filter(|(_, roles)| roles.contains(&self)).map(|(permission, _)| *permission).collect()
    }
}

fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("a word is a text: {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_permission_has_one_row_and_each_role_more_than_the_next() {
        let mut permissions: Vec<_> = GRANTS.iter().map(|(permission, _)| *permission).collect();
        permissions.dedup();
        assert_eq!(permissions.len(), GRANTS.len());
        for (permission, roles) in GRANTS {
            assert!(roles.contains(&Role::Administrator), "{permission:?}");
            assert!(!roles.contains(&Role::Viewer) || roles.contains(&Role::Builder), "{permission:?}");
            assert_eq!(Permission::of_word(&permission.word()), Some(permission));
        }
        assert_eq!(Role::of_word("administrator"), Role::Administrator);
        assert_eq!(Role::of_word("chief"), Role::Viewer);
    }
}
