//! Mistakes that the tests plant, to prove that their checks can fail: one at a time, by name in `MILLPOND_PLANT`, or for a
//! thread. Not in a build without tests.

/// A mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bug {
    /// Nothing is synced.
    SkipSync,
    /// Batches are acknowledged before they are written.
    AcknowledgeBeforeSync,
    /// An overlay is frozen in the middle of a batch.
    FreezeMidBatch,
    /// The log goes on behind what an earlier process left.
    AppendToOldSegment,
    /// The log is removed when a merge begins.
    DeleteBeforeMergeSync,
    /// What can be read after a kill is taken to be on the disk.
    TrustPageCache,
    /// Every frame counts as the last of its batch.
    DropLastOfBatch,
}

#[cfg(any(test, feature = "check"))]
mod planting {
    use super::Bug;
    use std::cell::Cell;
    use std::sync::OnceLock;

    const NAMES: [(&str, Bug); 7] = [
        ("skip-sync", Bug::SkipSync),
        ("acknowledge-before-sync", Bug::AcknowledgeBeforeSync),
        ("freeze-mid-batch", Bug::FreezeMidBatch),
        ("append-to-old-segment", Bug::AppendToOldSegment),
        ("delete-before-merge-sync", Bug::DeleteBeforeMergeSync),
        ("trust-page-cache", Bug::TrustPageCache),
        ("drop-last-of-batch", Bug::DropLastOfBatch),
    ];

    thread_local! {
        static HERE: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// Plants a mistake for this thread.
    #[cfg(test)]
    pub(crate) fn plant(bug: Option<Bug>) {
        HERE.set(bug);
    }

    pub(crate) fn has(bug: Bug) -> bool {
        static EVERYWHERE: OnceLock<Option<Bug>> = OnceLock::new();
        let everywhere = EVERYWHERE.get_or_init(|| {
            let wanted = std::env::var("MILLPOND_PLANT").ok()?;
            let found = NAMES.iter().find(|(name, _)| *name == wanted);
            assert!(found.is_some(), "MILLPOND_PLANT: no such mistake");
            found.map(|(_, bug)| *bug)
        });
        HERE.get() == Some(bug) || *everywhere == Some(bug)
    }
}

#[cfg(any(test, feature = "check"))]
pub(crate) use planting::has;
#[cfg(test)]
pub(crate) use planting::plant;

#[cfg(not(any(test, feature = "check")))]
#[inline(always)]
pub(crate) const fn has(_: Bug) -> bool {
    false
}
