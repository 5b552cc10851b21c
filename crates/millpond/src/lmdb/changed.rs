//! Which keys were merged since a checkpoint: with those that the log has above LMDB, what an increment has to look at.

use super::merge::{FrozenStore, Job};
use super::overlay::{Frozen, entry};
use crate::checkpoint::TableKind;
use crate::memory::InMemoryStore;
use crate::packed::SnapshotId;
use crate::range::Range;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// With more keys than this, in bytes, nothing is kept of a store but that it changed: then all of it is packed.
const MOST_BYTES: usize = 256 << 20;

/// A checkpoint that increments can go on from: its name, and the names of its tables.
#[derive(Default)]
pub(super) struct Base {
    pub id: SnapshotId,
    pub tables: HashMap<(String, TableKind), SnapshotId>,
    pub unmerged: Digests,
}

/// Of what the log had above LMDB at a checkpoint, digests. Merged later, it is told of as changed, which it may not be; and
/// removed before that, it is told of nowhere.
#[derive(Default)]
pub(super) struct Digests {
    stores: HashMap<u32, Option<InMemoryStore>>,
    /// Keyed at random, so that nobody can choose two values that are taken for the same.
    hashers: [RandomState; 2],
}

impl Digests {
    /// Takes note of what an overlay has.
    pub fn add(&mut self, store: u32, overlay: &Frozen) {
        let mut digests = InMemoryStore::new();
        let range = Range::all();
        let mut iter = overlay.snapshot.iter(&range, false);
        while let Some((key, stored)) = iter.next_ref() {
            if digests.size_bytes() > MOST_BYTES || digests.put(key, self.of(entry(stored))).is_err() {
                self.stores.insert(store, None);
                return;
            }
        }
        self.stores.insert(store, Some(digests));
    }

    /// Whether a key had this value, or none, then.
    pub fn has(&self, store: u32, key: &[u8], value: Option<&[u8]>) -> bool {
        let digests = self.stores.get(&store).and_then(Option::as_ref);
        digests.and_then(|digests| digests.get_ref(key)).is_some_and(|known| known == self.of(value))
    }

    /// Adds the keys that there were.
    pub fn add_to(&self, store: u32, keys: &mut Keys) {
        match self.stores.get(&store) {
            None => {}
            Some(None) => *keys = Keys::All,
            Some(Some(digests)) => keys.absorb(digests),
        }
    }

    fn of(&self, value: Option<&[u8]>) -> [u8; 16] {
        let mut digest = [0; 16];
        for (hasher, place) in self.hashers.iter().zip(digest.chunks_exact_mut(8)) {
            place.copy_from_slice(&hasher.hash_one(value).to_le_bytes());
        }
        digest
    }
}

/// The keys of a store that may have changed.
pub(super) enum Keys {
    /// These, without values.
    Some(Box<InMemoryStore>),
    /// All.
    All,
}

impl Keys {
    pub fn none() -> Keys {
        Keys::Some(Box::default())
    }

    /// Adds those of an overlay.
    pub fn add(&mut self, overlay: &Frozen) {
        if overlay.counts.cleared {
            *self = Keys::All;
        }
        let range = Range::all();
        let mut iter = overlay.snapshot.iter(&range, false);
        while let Some((key, _)) = iter.next_ref() {
            self.add_key(key);
        }
    }

    fn add_key(&mut self, key: &[u8]) {
        if let Keys::Some(keys) = self
            // A key that there is no memory for is worse than too many.
            && (keys.size_bytes() > MOST_BYTES || keys.put(key, []).is_err())
        {
            *self = Keys::All;
        }
    }

    fn absorb(&mut self, keys: &InMemoryStore) {
        let range = Range::all();
        let mut iter = keys.iter(&range, false);
        while let Some((key, _)) = iter.next_ref() {
            self.add_key(key);
        }
    }
}

/// The keys that may have changed, by the number of their store.
#[derive(Default)]
pub(super) struct Changed(HashMap<u32, Keys>);

impl Changed {
    fn of(stores: &[FrozenStore]) -> Changed {
        let mut changed = Changed::default();
        for store in stores {
            changed.keys(store.id).add(&store.overlay);
        }
        changed
    }

    pub fn keys(&mut self, store: u32) -> &mut Keys {
        self.0.entry(store).or_insert_with(Keys::none)
    }

    fn absorb(&mut self, other: Changed) {
        for (store, keys) in other.0 {
            match keys {
                Keys::Some(keys) => self.keys(store).absorb(&keys),
                Keys::All => *self.keys(store) = Keys::All,
            }
        }
    }
}

/// A checkpoint that increments went on from, and what changed since.
pub(super) struct Since {
    pub base: Base,
    pub changed: Changed,
}

/// What increments need to know. The merge thread tells of a merge before it writes any of it.
#[derive(Default)]
pub(super) struct Increments {
    /// What is being merged.
    merging: Option<(u64, Vec<FrozenStore>)>,
    tracking: Option<Tracking>,
    /// How many checkpoints were begun.
    begun: u64,
}

/// The keys that were merged since the last checkpoint that was begun.
#[derive(Default)]
struct Tracking {
    /// Its number: one that was given up and ends late has nothing to say of it.
    number: u64,
    /// That checkpoint, once it is kept somewhere.
    base: Option<Base>,
    /// The same until then.
    proposed: Option<Base>,
    /// Until then: the one before it, which is the base again if it fails.
    before: Option<Since>,
    settled: Changed,
    /// Of the merge that was begun last, which a view of LMDB may not show yet.
    latest: Option<(u64, Changed)>,
}

impl Increments {
    /// A merge begins.
    pub fn begin_merge(&mut self, job: &Job) {
        self.merging = Some((job.through, job.stores.clone()));
        let Some(tracking) = &mut self.tracking else { return };
        if let Some((_, changed)) = tracking.latest.replace((job.through, Changed::of(&job.stores))) {
            tracking.settled.absorb(changed);
        }
    }

    /// It is done: its overlays are let go.
    pub fn end_merge(&mut self) {
        self.merging = None;
    }

    /// A checkpoint begins, of what LMDB had after this batch and the log has above it. Returns its number, and what it goes
    /// on from, if that is the checkpoint `from`. Others can go on from it once it is accepted.
    pub fn begin(&mut self, applied: u64, from: Option<SnapshotId>) -> (u64, Option<Since>) {
        // What that view does not show is in its log, and in LMDB when the next checkpoint looks.
        let unseen = self.merging.as_ref().filter(|(through, _)| *through > applied);
        let latest = unseen.map(|(through, stores)| (*through, Changed::of(stores)));
        self.begun += 1;
        let begun = Tracking { number: self.begun, latest, ..Tracking::default() };
        let Tracking { base, mut settled, latest: last, .. } = self.tracking.replace(begun).unwrap_or_default();
        let base = base.filter(|base| Some(base.id) == from);
        if let Some((_, changed)) = last.filter(|_| base.is_some()) {
            settled.absorb(changed);
        }
        (self.begun, base.map(|base| Since { base, changed: settled }))
    }

    /// The checkpoint of this number is written, with a base, or can't be: until it is accepted, the one before it is kept in
    /// mind.
    pub fn end(&mut self, number: u64, before: Option<Since>, base: Option<Base>) {
        let Some(tracking) = self.tracking.as_mut().filter(|tracking| tracking.number == number) else { return };
        tracking.before = before;
        match base {
            Some(base) => tracking.proposed = Some(base),
            None => self.reject(),
        }
    }

    /// It is kept: increments go on from it.
    pub fn accept(&mut self) {
        if let Some(tracking) = &mut self.tracking {
            (tracking.base, tracking.before) = (tracking.proposed.take(), None);
        }
    }

    /// It is not: they go on from the one before, if there was one.
    pub fn reject(&mut self) {
        let Some(Since { base, changed }) = self.tracking.as_mut().and_then(|tracking| tracking.before.take()) else {
            self.tracking = None;
            return;
        };
        if let Some(tracking) = &mut self.tracking {
            (tracking.base, tracking.proposed) = (Some(base), None);
            tracking.settled.absorb(changed);
        }
    }

    /// Everything is other than it was: no increment goes on from anything.
    pub fn forget(&mut self) {
        self.tracking = None;
    }
}
