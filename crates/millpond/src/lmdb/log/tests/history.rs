//! Random histories of a log on a disk that crashes, against a list of what was appended.

use super::super::sim::{Fault, Random};
use super::super::{Committed, read_committed};
use super::*;
use crate::error::Error;
use crate::lmdb::planted::{Bug, plant};

const IMAGES: usize = 5_000;
const STEPS: usize = 60;

/// Where all are as long, one batch may stand exactly where another stood before a crash.
const LENS: [&[usize]; 4] = [&[100], &[300], &[0, 8, 100, 224, 256, 257], &[0, 100, 100, 257, 600, 1500, 5000]];

/// How many images of a crash are recovered.
fn images() -> usize {
    std::env::var("MILLPOND_IMAGES").ok().and_then(|images| images.parse().ok()).unwrap_or(IMAGES)
}

struct History {
    random: Random,
    disk: SimDisk,
    log: Log<SimDisk>,
    /// The payloads of batches 1, 2, and so on, whose append was tried at least once.
    tried: Vec<Vec<u8>>,
    acknowledged: u64,
    /// What removed segments held must have been applied.
    removed: u64,
    images: usize,
    /// How long batches are.
    lens: &'static [usize],
}

/// What was found to be wrong.
type Verdict<T = ()> = Result<T, String>;

impl History {
    fn new(seed: u64) -> Verdict<History> {
        let disk = SimDisk::new();
        let (log, _) = open(&disk, 0).map_err(|error| error.to_string())?;
        let mut random = Random::new(seed);
        let lens = LENS[random.below(LENS.len())];
        Ok(History { random, disk, log, tried: Vec::new(), acknowledged: 0, removed: 0, images: 0, lens })
    }

    fn step(&mut self) -> Verdict {
        match self.random.below(100) {
            0..50 => self.append(),
            50..72 => self.sync()?,
            72..79 => self.rotate()?,
            79..84 => self.remove(),
            84..89 => self.plan_fault(),
            89..93 => self.disk.crash_after(self.random.below(10) as u64),
            93..95 => self.read_beside()?,
            _ => return self.crash(),
        }
        let poisoned = self.log.append(&[]) == Err(Error::Poisoned);
        if self.disk.is_dead() || poisoned { self.crash() } else { Ok(()) }
    }

    /// Appends new batches behind those that could not be appended so far.
    fn append(&mut self) {
        for _ in 0..1 + self.random.below(4) {
            let (len, first) = (self.lens[self.random.below(self.lens.len())], self.random.number());
            self.tried.push((0..len).map(|index| (first as usize + index * (1 + first as usize % 7)) as u8).collect());
        }
        let first = self.log.last() + 1;
        let waiting = self.tried[self.log.last() as usize..].iter().cloned();
        let batches: Vec<Batch> = (first..).zip(waiting).map(|(seq, payload)| Batch { seq, payload }).collect();
        let _tried_again_later = self.log.append(&batches);
    }

    fn sync(&mut self) -> Verdict {
        if let Ok(through) = self.log.sync() {
            if through != self.log.last() {
                return Err(format!("a sync through {through} of {}", self.log.last()));
            }
            self.acknowledged = through;
        }
        Ok(())
    }

    fn rotate(&mut self) -> Verdict {
        if self.log.rotate().is_ok() {
            return self.sync();
        }
        Ok(())
    }

    fn remove(&mut self) {
        let applied = self.random.below(self.acknowledged as usize + 1) as u64;
        self.removed = self.removed.max(applied);
        let _removed_later = self.log.remove_through(applied);
    }

    fn plan_fault(&mut self) {
        let fault = [Fault::ShortWrite, Fault::Io, Fault::NoSpace, Fault::Sync][self.random.below(4)];
        self.disk.fail_after(self.random.below(6) as u64, fault, 1 + self.random.below(4) as u32);
    }

    fn read_beside(&mut self) -> Verdict {
        let (disk, applied, durable) = (self.disk.clone(), self.applied(), self.log.durable());
        match self.read(&disk, applied, Some(durable))? {
            Some(last) if last == durable.max(applied) => Ok(()),
            other => Err(format!("a reader beside the writer got to {other:?} of {durable}")),
        }
    }

    /// Any batch that LMDB may have been merged through, and say so, after a crash.
    fn applied(&mut self) -> u64 {
        self.removed + self.random.below((self.acknowledged - self.removed) as usize + 1) as u64
    }

    /// The process ends. Of what the next one may find several images are looked at, and one is gone on with.
    fn crash(&mut self) -> Verdict {
        for _ in 0..3 {
            let image = self.image(&self.disk.clone());
            self.recover(image)?;
        }
        let image = self.image(&self.disk.clone());
        let (disk, log) = self.recover(image)?;
        self.tried.truncate(log.last() as usize);
        self.acknowledged = log.last();
        (self.disk, self.log) = (disk, log);
        Ok(())
    }

    fn image(&mut self, disk: &SimDisk) -> SimDisk {
        if self.random.one_in(3) { disk.kill() } else { disk.power_cut(&mut self.random) }
    }

    /// Recovers an image, maybe through further crashes, and looks at what is there.
    fn recover(&mut self, mut disk: SimDisk) -> Verdict<(SimDisk, Log<SimDisk>)> {
        loop {
            self.images += 1;
            let applied = self.applied();
            if self.random.one_in(4) && self.read(&disk, applied, None)?.is_none_or(|last| last < self.acknowledged) {
                return Err("a reader does not find what was acknowledged".into());
            }
            let faulty = self.random.one_in(6);
            if faulty {
                disk.fail_after(self.random.below(10) as u64, [Fault::Io, Fault::Sync][self.random.below(2)], 1);
            } else if self.random.one_in(3) {
                disk.crash_after(self.random.below(14) as u64);
            }
            let outcome = open(&disk, applied);
            let spared = disk.calm();
            let disturbed = disk.is_dead() || (faulty && !spared);
            match outcome {
                Ok((log, found)) => {
                    self.check(applied, log.last(), &found)?;
                    return Ok((disk, log));
                }
                Err(Error::Io { .. }) if disturbed => disk = self.image(&disk),
                Err(error) => return Err(format!("refused: {error}")),
            }
        }
    }

    /// Reads without opening; how far.
    fn read(&mut self, disk: &SimDisk, applied: u64, through: Option<u64>) -> Verdict<Option<u64>> {
        let mut found = Vec::new();
        let outcome = read_committed(disk, UUID, applied, through, |seq, payload| {
            found.push((seq, payload.to_vec()));
            Ok(())
        });
        match outcome {
            Ok(Committed::Through(last)) => self.compare(applied, last, &found).map(|()| Some(last)),
            Ok(Committed::Gone) => Ok(None),
            Err(error) => Err(format!("a reader is refused: {error}")),
        }
    }

    fn check(&self, applied: u64, last: u64, found: &Replayed) -> Verdict {
        if last < self.acknowledged {
            return Err(format!("lost: batch {} was acknowledged, the log ends with {last}", self.acknowledged));
        }
        self.compare(applied, last, found)
    }

    /// Compares what was found with what was appended: all of it up to some batch, and nothing else.
    fn compare(&self, applied: u64, last: u64, found: &Replayed) -> Verdict {
        if !found.iter().map(|(seq, _)| *seq).eq(applied + 1..=last) {
            return Err(format!("not batches {} to {last}", applied + 1));
        }
        for (seq, payload) in found {
            match self.tried.get(*seq as usize - 1) {
                Some(tried) if tried == payload => {}
                Some(_) => return Err(format!("invented: batch {seq} is another")),
                None => return Err(format!("invented: batch {seq}")),
            }
        }
        Ok(())
    }
}

/// Recovers so many images; the first thing that is wrong, and after how many.
fn simulate(images: usize) -> Result<usize, (usize, String)> {
    let mut done = 0;
    for seed in 1.. {
        let mut history = History::new(seed).map_err(|wrong| (done, wrong))?;
        for step in 0..STEPS {
            history.step().map_err(|wrong| (done + history.images, format!("seed {seed}, step {step}: {wrong}")))?;
        }
        done += history.images;
        if done >= images {
            break;
        }
    }
    Ok(done)
}

#[test]
fn no_crash_loses_what_was_acknowledged_or_invents_anything() {
    match simulate(images()) {
        Ok(images) => println!("simulated disk: {images} images, 0 lost, 0 invented"),
        Err((images, wrong)) => panic!("after {images} images: {wrong}"),
    }
}

fn is_found(bug: Bug) {
    plant(Some(bug));
    let outcome = simulate(IMAGES);
    plant(None);
    match outcome {
        Ok(images) => panic!("{bug:?} is not found in {images} images"),
        Err((images, wrong)) => println!("{bug:?} is found after {images} images: {wrong}"),
    }
}

#[test]
fn a_sync_that_does_not_sync_is_found() {
    is_found(Bug::SkipSync);
}

#[test]
fn a_recovery_that_goes_on_in_an_old_segment_is_found() {
    is_found(Bug::AppendToOldSegment);
}

#[test]
fn a_recovery_that_trusts_the_page_cache_is_found() {
    is_found(Bug::TrustPageCache);
}

#[test]
fn batches_that_count_without_their_last_frame_are_found() {
    is_found(Bug::DropLastOfBatch);
}
