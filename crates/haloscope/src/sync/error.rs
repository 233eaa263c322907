//! Why a pass, or one entity in it, could not be finished.

use std::borrow::Cow;

use halo_client::HaloError;

use crate::store::StoreError;

/// Why a pass could not be finished.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// HaloPSA gave no usable answer.
    #[error(transparent)]
    Halo(#[from] HaloError),
    /// The warehouse could not do it.
    #[error(transparent)]
    Warehouse(#[from] warehouse::Error),
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// HaloPSA ignored a parameter that this entity cannot be read without.
    #[error("HaloPSA ignored `{parameter}` of `/{path}`, so its rows cannot be told apart")]
    Ignored {
        /// Resource.
        path: &'static str,
        /// The parameter.
        parameter: &'static str,
    },
    /// What these records hang on may not be read.
    #[error("the records that these belong to may not be read")]
    ParentsRefused,
    /// A person stopped it.
    #[error("the synchronisation was stopped; it goes on where it was at the next `haloscope sync`")]
    Stopped,
}

impl SyncError {
    /// Whether the other entities can still be read.
    pub fn is_of_one_entity(&self) -> bool {
        use HaloError as H;
        match self {
            Self::Halo(error) => matches!(
                error,
                H::Forbidden { .. }
                    | H::Unauthorized { .. }
                    | H::NotFound { .. }
                    | H::NotJson { .. }
                    | H::TooLarge { .. }
                    | H::TooDeep { .. }
                    | H::NotUtf8 { .. }
                    | H::Unexpected { .. }
                    | H::Redirected { .. }
                    | H::ServerFault { .. }
                    | H::Refused { .. }
                    | H::Truncated { .. }
                    | H::TimedOut { .. }
                    | H::Interrupted { .. }
                    | H::Report { .. }
            ),
            Self::Ignored { .. } | Self::ParentsRefused => true,
            Self::Warehouse(_) | Self::Store(_) | Self::Stopped => false,
        }
    }

    /// Whether it may be HaloPSA as a whole that does not work, rather than one entity.
    pub fn may_be_everywhere(&self) -> bool {
        use HaloError as H;
        matches!(
            self,
            Self::Halo(H::ServerFault { .. } | H::NotJson { .. } | H::TimedOut { .. } | H::Interrupted { .. })
        )
    }

    /// Whether HaloPSA refused the right to read.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Halo(error) => error.is_refusal(),
            other => matches!(other, Self::ParentsRefused),
        }
    }

    /// What a person can do about it, as a sentence.
    pub fn advice(&self) -> Cow<'static, str> {
        match self {
            Self::Halo(error) => error.advice(),
            Self::Ignored { .. } => "Tell us the version of this HaloPSA; the other entities are not touched.".into(),
            Self::Warehouse(_) | Self::Store(_) => {
                "Follow the message, then run the command again: nothing is lost.".into()
            }
            Self::ParentsRefused => "Grant the rights that the other entities name.".into(),
            Self::Stopped => "Run `haloscope sync` to go on.".into(),
        }
    }
}
