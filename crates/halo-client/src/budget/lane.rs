//! Who goes first.

/// Why a request is made, best first. Under pressure the better lane gets each free slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Signing in. Token requests take no slot, since HaloPSA counts them apart; the lane is for requests that serve a sign-in.
    Token,
    /// A person waits for the answer.
    Person,
    /// Follow-up of a webhook delivery.
    Delivery,
    /// What changed since the last pass.
    Delta,
    /// Counting and comparing.
    Reconcile,
    /// First read of everything that is current.
    Backfill,
    /// Old data.
    History,
}

impl Lane {
    /// All lanes, best first.
    pub const ALL: [Self; 7] =
        [Self::Token, Self::Person, Self::Delivery, Self::Delta, Self::Reconcile, Self::Backfill, Self::History];

    /// Whether it may not use the slots kept for live work: one in a hundred.
    pub(super) fn is_bulk(self) -> bool {
        matches!(self, Self::Backfill | Self::History)
    }
}
