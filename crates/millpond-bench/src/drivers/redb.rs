//! redb: a copy-on-write B+tree in a file.

use crate::driver::{Driver, Outcome, digest, first};
use crate::keys::Key;
use redb::{Database, Durability, ReadableDatabase, TableDefinition, WriteTransaction};
use std::ops::Bound;
use std::path::Path;

const TABLE: TableDefinition<&[u8], &[u8]> = TableDefinition::new("bench");

pub struct RedbDriver {
    database: Database,
    sync: bool,
}

impl RedbDriver {
    fn begin(&self) -> Outcome<WriteTransaction> {
        let mut transaction = self.database.begin_write()?;
        transaction.set_durability(if self.sync { Durability::Immediate } else { Durability::None })?;
        Ok(transaction)
    }
}

impl Driver for RedbDriver {
    const DURABLE: bool = true;

    fn open(dir: &Path, sync: bool) -> Outcome<Self> {
        std::fs::create_dir_all(dir)?;
        let database = Database::create(dir.join("data.redb"))?;
        let driver = RedbDriver { database, sync };
        let transaction = driver.begin()?;
        transaction.open_table(TABLE)?;
        transaction.commit()?;
        Ok(driver)
    }

    fn put(&mut self, keys: &[Key], value: &[u8]) -> Outcome<()> {
        let transaction = self.begin()?;
        let mut table = transaction.open_table(TABLE)?;
        for key in keys {
            table.insert(&key[..], value)?;
        }
        drop(table);
        Ok(transaction.commit()?)
    }

    fn delete(&mut self, keys: &[Key]) -> Outcome<()> {
        let transaction = self.begin()?;
        let mut table = transaction.open_table(TABLE)?;
        for key in keys {
            table.remove(&key[..])?;
        }
        drop(table);
        Ok(transaction.commit()?)
    }

    fn get(&mut self, keys: &[Key]) -> Outcome<u64> {
        let table = self.database.begin_read()?.open_table(TABLE)?;
        let mut sum = 0;
        for key in keys {
            sum += table.get(&key[..])?.map_or(0, |value| first(value.value()));
        }
        Ok(sum)
    }

    fn scan(&mut self, keys: &[Key], entries: usize) -> Outcome<u64> {
        let table = self.database.begin_read()?.open_table(TABLE)?;
        let mut sum = 0;
        for key in keys {
            for entry in table.range::<&[u8]>((Bound::Included(&key[..]), Bound::Unbounded))?.take(entries) {
                let (key, value) = entry?;
                sum += digest(key.value(), value.value());
            }
        }
        Ok(sum)
    }

    /// Only a commit that is on the disk makes those before it be there when the file is opened again.
    fn close(mut self) -> Outcome<()> {
        self.sync = true;
        Ok(self.begin()?.commit()?)
    }
}
