//! How long each of many calls took.

use std::time::Instant;

/// Nanoseconds.
#[derive(Default)]
pub struct Sample {
    times: Vec<f64>,
}

/// Times so many calls, after some that do not count.
pub fn time(calls: usize, mut call: impl FnMut()) -> Sample {
    for _ in 0..calls / 8 {
        call();
    }
    let mut times = Vec::with_capacity(calls);
    let mut last = Instant::now();
    for _ in 0..calls {
        call();
        let now = Instant::now();
        times.push((now - last).as_nanos() as f64);
        last = now;
    }
    Sample { times }
}

impl Sample {
    pub fn join(&mut self, other: Sample) {
        self.times.extend(other.times);
    }

    pub fn divided(mut self, by: usize) -> Sample {
        self.times.iter_mut().for_each(|time| *time /= by as f64);
        self
    }

    /// The so-manieth of a hundred.
    pub fn at(&self, percent: usize) -> f64 {
        let mut times = self.times.clone();
        times.sort_by(f64::total_cmp);
        times.get(times.len() * percent / 100).copied().unwrap_or_default()
    }

    pub fn figures(&self) -> String {
        format!("{:.1} {:.1}", self.at(50), self.at(99))
    }
}
