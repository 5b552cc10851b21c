//! [`Environment`]: a batch is sealed and goes to the log on another thread.

use crate::driver::{Driver, Outcome, digest, first};
use crate::keys::Key;
use millpond::{Durability, Environment, EnvironmentOptions, Range, StoreId, Visit};
use std::ops::Bound;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

pub struct Logged {
    environment: Environment,
    store: StoreId,
    news: Receiver<()>,
    sync: bool,
}

impl Logged {
    /// Ends the batch; where it has to be on the disk, waits for that.
    fn commit(&mut self) -> Outcome<()> {
        self.environment.seal();
        if self.sync { self.settle() } else { Ok(()) }
    }
}

impl Driver for Logged {
    const DURABLE: bool = true;

    fn open(dir: &Path, sync: bool) -> Outcome<Self> {
        let (tell, news) = sync_channel(1);
        // Where one is waiting already, that one serves.
        let notify = Box::new(move || _ = tell.try_send(()));
        let durability = if sync { Durability::Sync } else { Durability::Relaxed };
        let options = EnvironmentOptions { durability, notify, ..EnvironmentOptions::new(dir) };
        let mut environment = Environment::open(options)?;
        let store = environment.open_store("bench", b"")?;
        Ok(Logged { environment, store, news, sync })
    }

    fn put(&mut self, keys: &[Key], value: &[u8]) -> Outcome<()> {
        keys.iter().try_for_each(|key| self.environment.put(self.store, key, value))?;
        self.commit()
    }

    fn delete(&mut self, keys: &[Key]) -> Outcome<()> {
        keys.iter().try_for_each(|key| self.environment.delete(self.store, key))?;
        self.commit()
    }

    fn get(&mut self, keys: &[Key]) -> Outcome<u64> {
        let mut sum = 0;
        for key in keys {
            sum += self.environment.get(self.store, key)?.map_or(0, first);
        }
        Ok(sum)
    }

    fn scan(&mut self, keys: &[Key], entries: usize) -> Outcome<u64> {
        let mut sum = 0;
        for key in keys {
            let mut left = entries;
            let range = Range { from: Bound::Included(key.to_vec()), to: Bound::Unbounded };
            let scan = self.environment.scan_some(self.store, range, false, |key, value| {
                sum += digest(key, value);
                left -= 1;
                if left == 0 { Visit::Done } else { Visit::Next }
            });
            drop(scan?);
        }
        Ok(sum)
    }

    fn settle(&mut self) -> Outcome<()> {
        let sealed = self.environment.sealed();
        while self.environment.progress().durable < sealed {
            // Whether there was news or time went by: look again.
            let _news = self.news.recv_timeout(Duration::from_millis(50));
        }
        Ok(())
    }

    fn close(self) -> Outcome<()> {
        self.environment.close(true).finish()?;
        Ok(())
    }
}
