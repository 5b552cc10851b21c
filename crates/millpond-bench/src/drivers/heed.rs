//! LMDB, by heed.

use crate::driver::{Driver, Outcome, digest, first};
use crate::keys::Key;
use heed::types::Bytes;
use heed::{CommitOrAbort, Database, Env, EnvFlags, EnvOpenOptions};
use std::ops::Bound;
use std::path::Path;

const MAP: usize = 32 << 30;

pub struct HeedDriver {
    /// Lent to the handle of the database for good: a process opens few of them.
    env: &'static Env,
    database: Database<'static, Bytes, Bytes>,
}

impl Driver for HeedDriver {
    const DURABLE: bool = true;

    fn open(dir: &Path, sync: bool) -> Outcome<Self> {
        std::fs::create_dir_all(dir)?;
        let mut options = EnvOpenOptions::new();
        options.map_size(MAP);
        // SAFETY: nobody else has the directory, which was made for this process or one before it, so no file is changed
        // below the map; what a crash of the machine would leave of files that were never synced is not opened again.
        let env = unsafe {
            if !sync {
                options.flags(EnvFlags::NO_SYNC);
            }
            options.open(dir)?
        };
        let env: &'static Env = Box::leak(Box::new(env));
        let database = env
            .create_databases_and_commit(env.write_txn()?, |create, transaction| {
                create.create_database::<Bytes, Bytes>(transaction, None).map(CommitOrAbort::<_, ()>::Commit)
            })?
            .unwrap_commit();
        Ok(HeedDriver { env, database })
    }

    fn put(&mut self, keys: &[Key], value: &[u8]) -> Outcome<()> {
        let mut transaction = self.env.write_txn()?;
        for key in keys {
            self.database.put(&mut transaction, key, value)?;
        }
        Ok(transaction.commit()?)
    }

    fn delete(&mut self, keys: &[Key]) -> Outcome<()> {
        let mut transaction = self.env.write_txn()?;
        for key in keys {
            self.database.delete(&mut transaction, key)?;
        }
        Ok(transaction.commit()?)
    }

    fn get(&mut self, keys: &[Key]) -> Outcome<u64> {
        let transaction = self.env.read_txn()?;
        let mut sum = 0;
        for key in keys {
            sum += self.database.get(&transaction, key)?.map_or(0, first);
        }
        Ok(sum)
    }

    fn scan(&mut self, keys: &[Key], entries: usize) -> Outcome<u64> {
        let transaction = self.env.read_txn()?;
        let mut sum = 0;
        for key in keys {
            let range = (Bound::Included(&key[..]), Bound::Unbounded);
            for entry in self.database.range(&transaction, &range)?.take(entries) {
                let (key, value) = entry?;
                sum += digest(key, value);
            }
        }
        Ok(sum)
    }
}
