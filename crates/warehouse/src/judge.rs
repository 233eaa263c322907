//! Which of two answers about one record wins. Pure; every engine asks here.

use crate::Answer;

/// What one answer says of a record, or what is stored of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// `None` when the values are unknown: a deletion that was heard of without its record.
    pub(crate) fingerprint: Option<u64>,
    /// The record's own time of last change, microseconds UTC.
    pub(crate) stamp: Option<i64>,
    /// Microseconds UTC; `None` while it lives.
    pub(crate) deleted_at: Option<i64>,
    pub(crate) answer: Answer,
}

/// What the newcomer is, seen from what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Newer,
    /// Nobody can tell which came first, and nothing depends on it.
    Same,
    Older,
    /// Nobody can tell which came first, and they contradict each other.
    Contested,
}

impl Standing {
    pub(crate) fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }

    /// Whether a newcomer tells the same: content (where it has any) and being alive. The time of deletion is hearsay.
    fn agrees(&self, newcomer: &Self) -> bool {
        self.is_deleted() == newcomer.is_deleted()
            && newcomer.fingerprint.is_none_or(|content| self.fingerprint == Some(content))
    }
}

/// An answer that was asked for after another had arrived is newer, whatever the stamps say: stamps go backwards, restored
/// records keep old ones, many records have none. Only answers that overlap in time are told apart by stamps.
pub(crate) fn judge(stored: &Standing, newcomer: &Standing) -> Verdict {
    if newcomer.answer.asked > stored.answer.answered {
        return Verdict::Newer;
    }
    if stored.answer.asked > newcomer.answer.answered {
        return Verdict::Older;
    }
    if stored.agrees(newcomer) {
        return Verdict::Same;
    }
    match (stored.stamp, newcomer.stamp) {
        (Some(old), Some(new)) if new < old => Verdict::Older,
        // A deletion has no stamp, the stored one is the record's from before: it cannot speak for a revival.
        (Some(old), Some(new)) if new > old && (newcomer.is_deleted() || !stored.is_deleted()) => Verdict::Newer,
        _ => Verdict::Contested,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seen(asked: i64, answered: i64, stamp: Option<i64>, content: u64) -> Standing {
        Standing { fingerprint: Some(content), stamp, deleted_at: None, answer: Answer { asked, answered } }
    }

    const fn gone(standing: Standing) -> Standing {
        Standing { deleted_at: Some(99), ..standing }
    }

    const fn tombstone(asked: i64, answered: i64) -> Standing {
        Standing { fingerprint: None, stamp: None, deleted_at: Some(7), answer: Answer { asked, answered } }
    }

    #[test]
    fn each_case() {
        use Verdict::{Contested, Newer, Older, Same};
        let stored = seen(10, 20, Some(100), 1);
        let unstamped = seen(10, 20, None, 1);
        let cases = [
            (
                "asked after the stored answer arrived, though its stamp is older",
                stored,
                seen(21, 22, Some(5), 2),
                Newer,
            ),
            ("the same, with the same content", stored, seen(21, 22, Some(100), 1), Newer),
            (
                "arrived before the stored one was asked for, though its stamp is later",
                stored,
                seen(1, 9, Some(900), 2),
                Older,
            ),
            (
                "asked in the tick in which the stored one arrived: they overlap",
                stored,
                seen(20, 22, Some(100), 2),
                Contested,
            ),
            ("overlap, later stamp", stored, seen(5, 12, Some(101), 2), Newer),
            ("overlap, earlier stamp", stored, seen(15, 30, Some(99), 2), Older),
            ("overlap, equal stamps, equal content", stored, seen(15, 30, Some(100), 1), Same),
            ("overlap, equal stamps, other content", stored, seen(15, 30, Some(100), 2), Contested),
            ("overlap, no stamps, equal content", unstamped, seen(15, 30, None, 1), Same),
            ("overlap, no stamps, other content", unstamped, seen(15, 30, None, 2), Contested),
            ("overlap, one stamp only", unstamped, seen(15, 30, Some(100), 2), Contested),
            ("the very same answer again", stored, stored, Same),
            ("later tombstone", stored, tombstone(21, 22), Newer),
            ("earlier tombstone", stored, tombstone(1, 9), Older),
            ("overlapping tombstone", stored, tombstone(15, 30), Contested),
            ("tombstone of what is gone", gone(stored), tombstone(15, 30), Same),
            ("revival by a later answer", gone(stored), seen(21, 22, Some(100), 1), Newer),
            ("old page after a deletion", gone(stored), seen(1, 9, Some(100), 1), Older),
            ("overlapping page after a deletion", gone(stored), seen(15, 30, Some(100), 1), Contested),
            (
                "overlapping page with a later stamp after a deletion",
                gone(stored),
                seen(15, 30, Some(101), 2),
                Contested,
            ),
            ("overlapping page with an earlier stamp after a deletion", gone(stored), seen(15, 30, Some(99), 2), Older),
            ("overlap, listed as deleted with a later stamp", stored, gone(seen(15, 30, Some(101), 2)), Newer),
            ("overlap, listed as deleted with the same stamp", stored, gone(seen(15, 30, Some(100), 1)), Contested),
            ("listed as deleted again", gone(stored), gone(seen(15, 30, Some(100), 1)), Same),
            ("values for a deletion heard of earlier", tombstone(10, 20), gone(seen(21, 22, Some(1), 3)), Newer),
        ];
        for (name, stored, newcomer, expected) in cases {
            assert_eq!(judge(&stored, &newcomer), expected, "{name}");
        }
    }
}
