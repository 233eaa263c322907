//! What each operation of the API needs: a table. An operation that is not in it does not start; a test holds both against each other.

use crate::accounts::Permission as P;

/// What an operation needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: whoever comes may use it.
    Nothing,
    /// A session of a user, whatever the role. Service tokens cannot.
    Session,
    /// A permission that a role or a token has.
    Permission(P),
}

/// Operations that change something, but nothing worth remembering.
pub(super) const NOT_AUDITED: [&str; 1] = ["link_look"];

/// All operations.
pub const OPERATIONS: &[(&str, Needs)] = &[
    ("session_get", Needs::Nothing),
    ("session_start", Needs::Nothing),
    ("session_end", Needs::Nothing),
    ("link_look", Needs::Nothing),
    ("link_use", Needs::Nothing),
    ("password_change", Needs::Session),
    ("user_list", Needs::Permission(P::ManageUsers)),
    ("user_add", Needs::Permission(P::ManageUsers)),
    ("user_change", Needs::Permission(P::ManageUsers)),
    ("user_remove", Needs::Permission(P::ManageUsers)),
    ("user_link", Needs::Permission(P::ManageUsers)),
    ("token_list", Needs::Permission(P::ManageTokens)),
    ("token_add", Needs::Permission(P::ManageTokens)),
    ("token_remove", Needs::Permission(P::ManageTokens)),
    ("audit_list", Needs::Permission(P::ReadAudit)),
    ("workspace_get", Needs::Permission(P::ReadConnections)),
    ("workspace_set", Needs::Permission(P::ManageWorkspace)),
    ("zone_list", Needs::Nothing),
    ("health_get", Needs::Permission(P::ReadHealth)),
    ("permission_needed_list", Needs::Permission(P::ReadConnections)),
    ("connection_list", Needs::Permission(P::ReadConnections)),
    ("connection_get", Needs::Permission(P::ReadConnections)),
    ("connection_test", Needs::Permission(P::ManageConnections)),
    ("connection_add", Needs::Permission(P::ManageConnections)),
    ("connection_change", Needs::Permission(P::ManageConnections)),
    ("connection_pause", Needs::Permission(P::ManageConnections)),
    ("connection_resume", Needs::Permission(P::ManageConnections)),
    ("connection_events", Needs::Permission(P::ReadConnections)),
    ("event_stream", Needs::Permission(P::ReadConnections)),
    ("sync_get", Needs::Permission(P::ReadConnections)),
    ("sync_start", Needs::Permission(P::Sync)),
    ("verify_start", Needs::Permission(P::Sync)),
    ("run_list", Needs::Permission(P::ReadConnections)),
    ("run_log", Needs::Permission(P::ReadConnections)),
    ("webhook_get", Needs::Permission(P::ReadConnections)),
    ("webhook_rotate", Needs::Permission(P::ManageWebhooks)),
    ("webhook_create", Needs::Permission(P::ManageWebhooks)),
    ("webhook_test", Needs::Permission(P::ManageWebhooks)),
    ("webhook_protect", Needs::Permission(P::ManageWebhooks)),
    ("delivery_list", Needs::Permission(P::ManageWebhooks)),
    ("delivery_get", Needs::Permission(P::ManageWebhooks)),
    ("delivery_replay", Needs::Permission(P::ManageWebhooks)),
    ("delivery_replay_failed", Needs::Permission(P::ManageWebhooks)),
    ("sample_start", Needs::Permission(P::ManageConnections)),
    ("sample_remove", Needs::Permission(P::ManageConnections)),
];

/// What an operation needs; none where it is not in the table.
pub fn needs(operation: &str) -> Option<Needs> {
    OPERATIONS.iter().find(|(known, _)| *known == operation).map(|(_, needs)| *needs)
}
