//! Nanoseconds an operation, over rounds.

use serde_json::{Value, json};
use std::time::Instant;

/// The time of each round, in nanoseconds an operation.
#[derive(Default)]
pub struct Figures(Vec<f64>);

impl Figures {
    /// Times a round of so many operations.
    pub fn time<T>(&mut self, operations: usize, round: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let outcome = round();
        self.add(begun.elapsed().as_nanos() as f64 / operations as f64);
        outcome
    }

    pub fn add(&mut self, figure: f64) {
        self.0.push(figure);
    }

    pub fn rounds(&self) -> usize {
        self.0.len()
    }

    /// The figure that a share of all, from 0 to 1, does not exceed.
    pub fn percentile(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1);
        sorted.get(((last as f64) * share).round() as usize).copied().unwrap_or(f64::NAN)
    }

    pub fn median(&self) -> f64 {
        self.percentile(0.5)
    }

    /// As bench/measure.ts has them.
    pub fn report(&self) -> Value {
        let mean = self.0.iter().sum::<f64>() / self.0.len() as f64;
        json!({ "best": self.percentile(0.0), "median": self.median(), "mean": mean })
    }
}
