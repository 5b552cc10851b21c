//! The two memory engines side by side: the same operations, and the same results.

use millpond::{HashStore, InMemoryStore, Iter, Range, Snapshot};

#[derive(Default)]
pub struct Both {
    pub sorted: InMemoryStore,
    pub hash: HashStore,
}

impl Both {
    pub fn put(&mut self, key: &[u8], value: &[u8]) {
        self.sorted.put(key, value).expect("put");
        self.hash.put(key, value).expect("put");
    }

    pub fn delete(&mut self, key: &[u8]) -> bool {
        let existed = self.sorted.delete(key).expect("delete");
        assert_eq!(self.hash.delete(key).expect("delete"), existed);
        existed
    }

    pub fn delete_range(&mut self, range: &Range) -> usize {
        let count = self.sorted.delete_range(range).expect("delete_range");
        assert_eq!(self.hash.delete_range(range).expect("delete_range"), count);
        count
    }

    pub fn modify(&mut self, key: &[u8], f: impl Fn(&mut [u8])) -> bool {
        let existed = self.sorted.modify(key, &f).expect("modify");
        assert_eq!(self.hash.modify(key, &f).expect("modify"), existed);
        existed
    }

    pub fn get_ref(&self, key: &[u8]) -> Option<&[u8]> {
        let value = self.sorted.get_ref(key);
        assert_eq!(self.hash.get_ref(key), value);
        assert_eq!((self.sorted.contains(key), self.hash.contains(key)), (value.is_some(), value.is_some()));
        value
    }

    pub fn get_many(&self, keys: &[Vec<u8>]) -> Vec<Option<Vec<u8>>> {
        let (mut values, mut others) = (Vec::new(), Vec::new());
        self.sorted.get_many(keys.iter().map(Vec::as_slice), |value| values.push(value.map(<[u8]>::to_vec)));
        self.hash.get_many(keys.iter().map(Vec::as_slice), |value| others.push(value.map(<[u8]>::to_vec)));
        assert_eq!(others, values);
        values
    }

    pub fn iters<'a>(&'a self, range: &'a Range, reverse: bool) -> [Iter<'a>; 2] {
        [self.sorted.iter(range, reverse), self.hash.iter(range, reverse)]
    }

    pub fn clear(&mut self) {
        self.sorted.clear();
        self.hash.clear();
    }

    pub fn snapshot(&mut self) -> [Snapshot; 2] {
        [self.sorted.snapshot(), self.hash.snapshot()]
    }

    /// Restores each from its own snapshot, or from that of the other.
    pub fn restore(&mut self, [sorted, hash]: &[Snapshot; 2], crossed: bool) {
        let (to_sorted, to_hash) = if crossed { (hash, sorted) } else { (sorted, hash) };
        self.sorted.restore(to_sorted).expect("restore");
        self.hash.restore(to_hash).expect("restore");
    }

    pub fn savepoint(&mut self) -> [usize; 2] {
        [self.sorted.savepoint(), self.hash.savepoint()]
    }

    pub fn release(&mut self) {
        self.sorted.release();
        self.hash.release();
    }

    pub fn roll_back_to(&mut self, [sorted, hash]: [usize; 2]) {
        self.sorted.roll_back_to(sorted).expect("roll_back_to");
        self.hash.roll_back_to(hash).expect("roll_back_to");
    }

    pub fn len(&self) -> usize {
        assert_eq!(self.hash.len(), self.sorted.len());
        self.sorted.len()
    }

    pub fn size_bytes(&self) -> usize {
        assert_eq!(self.hash.size_bytes(), self.sorted.size_bytes());
        self.sorted.size_bytes()
    }

    pub fn live_snapshots(&mut self) -> usize {
        self.sorted.live_snapshots() + self.hash.live_snapshots()
    }

    pub fn check(&mut self) {
        self.sorted.check();
        self.hash.check();
    }
}
