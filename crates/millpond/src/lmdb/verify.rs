//! Looking at everything that a directory holds.

use super::catalog;
use super::checksum;
use super::map::{Database, Map, ReadTxn};
use super::stores;
use super::work::Work;
use crate::error::Result;

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The store; empty for the catalog.
    pub store: String,
    /// The key, where it concerns one.
    pub key: Option<Vec<u8>>,
    /// What is wrong.
    pub problem: String,
}

/// More are not listed.
const MOST_PROBLEMS: usize = 10_000;

/// Reads every entry of LMDB: checksums, the order of keys, whether a search finds them, counts and sizes. A page so damaged that LMDB can't be asked
/// about it may end the process: a caller who must survive that asks in another one.
pub(super) fn verify(map: &Map, work: &Work) -> Result<Vec<Problem>> {
    let (txn, databases) = stores::view(map)?;
    work.expect(map.used_bytes()?);
    let mut problems = Vec::new();
    let Some(catalog) = databases.get(catalog::RESERVED).copied() else { return Ok(problems) };
    let names = names_of_stores(&txn, catalog, work, &mut problems)?;
    for (store, name) in names {
        let Some(database) = databases.get(&name).copied() else { continue };
        let mut check = StoreCheck { store, name: &name, entries: 0, size: 0, problems: &mut problems };
        check.walk(&txn, database, work)?;
        check.compare(&txn, catalog, database)?;
    }
    problems.truncate(MOST_PROBLEMS);
    Ok(problems)
}

/// The stores that the catalog knows, while its entries are looked at.
fn names_of_stores(
    txn: &ReadTxn,
    catalog: Database,
    work: &Work,
    problems: &mut Vec<Problem>,
) -> Result<Vec<(u32, String)>> {
    let mut stores = Vec::new();
    let mut cursor = txn.cursor(catalog)?;
    let mut found = cursor.first()?;
    while found {
        let (key, stored) = cursor.row();
        work.advance(key.len() + stored.len())?;
        // The value of a store's empty key is guarded by that store's number.
        let (store, guarded) = catalog::guarded_as(key);
        match checksum::verified(store, guarded, stored) {
            Ok(value) => {
                if let (Some(name), Ok((number, _))) = (catalog::store_name(key), catalog::read_definition(value)) {
                    stores.push((number, name.to_owned()));
                }
            }
            Err(_) => problems.push(changed("", key)),
        }
        found = cursor.next()?;
    }
    stores.sort_unstable();
    Ok(stores)
}

fn changed(store: &str, key: &[u8]) -> Problem {
    Problem { store: store.to_owned(), key: Some(key.to_vec()), problem: "the value has changed on disk".into() }
}

/// The check of one store.
struct StoreCheck<'a> {
    store: u32,
    name: &'a str,
    entries: u64,
    size: u64,
    problems: &'a mut Vec<Problem>,
}

impl StoreCheck<'_> {
    fn walk(&mut self, txn: &ReadTxn, database: Database, work: &Work) -> Result<()> {
        let mut cursor = txn.cursor(database)?;
        let mut before: Option<Vec<u8>> = None;
        let mut found = cursor.first()?;
        while found {
            let (key, stored) = cursor.row();
            work.advance(key.len() + stored.len())?;
            self.entries += 1;
            self.size += (key.len() + stored.len().saturating_sub(checksum::LEN)) as u64;
            if checksum::verified(self.store, key, stored).is_err() {
                self.problems.push(changed(self.name, key));
            }
            // A walk passes over the leaves; a search needs the pages above them too.
            if !matches!(txn.get(database, key), Ok(Some(_))) {
                self.add(Some(key), "the key is there and can't be found".into());
            }
            if before.as_deref().is_some_and(|before| before >= key) {
                self.add(Some(key), "the key is out of order".into());
            }
            let place = before.get_or_insert_default();
            place.clear();
            place.extend_from_slice(key);
            if self.problems.len() >= MOST_PROBLEMS {
                break;
            }
            found = cursor.next()?;
        }
        Ok(())
    }

    /// A lost key shows in the counts alone.
    fn compare(&mut self, txn: &ReadTxn, catalog: Database, database: Database) -> Result<()> {
        let counted = txn.entries(database)?;
        if counted != self.entries {
            self.add(None, format!("{} entries where there were {counted}", self.entries));
        }
        let empty = txn.get(catalog, &catalog::empty_key(self.store))?;
        let size = self.size + empty.map_or(0, |stored| stored.len().saturating_sub(checksum::LEN) as u64);
        match catalog::size(txn, catalog, self.store) {
            Ok(noted) if noted != size => self.add(None, format!("{size} bytes where there were {noted}")),
            // A changed catalog entry is listed already.
            _ => {}
        }
        Ok(())
    }

    fn add(&mut self, key: Option<&[u8]>, problem: String) {
        self.problems.push(Problem { store: self.name.to_owned(), key: key.map(<[u8]>::to_vec), problem });
    }
}
