//! Bytes on their way from another thread to JavaScript.

use crate::notify::News;
use millpond::Work;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// So many bytes are handed over at once, and so many times as many may wait to be taken.
const CHUNK: usize = 1 << 20;
const MOST: usize = 4;
/// How soon who waits for room sees that it was called off.
const PATIENCE: Duration = Duration::from_millis(20);

/// Chunks that are not taken yet.
#[derive(Default)]
pub struct Chunks {
    waiting: Mutex<VecDeque<Vec<u8>>>,
    room: Condvar,
    news: Option<Arc<News>>,
}

impl Chunks {
    /// Chunks that JavaScript is told of.
    pub fn new(news: Option<Arc<News>>) -> Chunks {
        Chunks { news, ..Chunks::default() }
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Vec<u8>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn is_empty(&self) -> bool {
        self.waiting().is_empty()
    }

    /// The next one, if there is one.
    pub fn take(&self) -> Option<Vec<u8>> {
        let chunk = self.waiting().pop_front();
        self.room.notify_one();
        chunk
    }

    /// Adds one when there is room.
    fn push(&self, chunk: Vec<u8>, work: &Work) -> io::Result<()> {
        let mut waiting = self.waiting();
        while waiting.len() >= MOST {
            if work.is_aborted() {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            waiting = self.room.wait_timeout(waiting, PATIENCE).unwrap_or_else(PoisonError::into_inner).0;
        }
        waiting.push_back(chunk);
        drop(waiting);
        if let Some(news) = &self.news {
            news.tell();
        }
        Ok(())
    }
}

/// Writes chunks.
pub struct ChunkWriter<'c> {
    chunks: &'c Chunks,
    work: &'c Work,
    filled: Vec<u8>,
}

impl<'c> ChunkWriter<'c> {
    pub fn new(chunks: &'c Chunks, work: &'c Work) -> ChunkWriter<'c> {
        ChunkWriter { chunks, work, filled: Vec::new() }
    }
}

impl Write for ChunkWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.filled.extend_from_slice(bytes);
        if self.filled.len() >= CHUNK {
            self.chunks.push(std::mem::take(&mut self.filled), self.work)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.filled.is_empty() { Ok(()) } else { self.chunks.push(std::mem::take(&mut self.filled), self.work) }
    }
}
