//! A bounded pool for work that takes a core for long: hashing never runs on the threads that serve prompts, and runs at a
//! lower priority than they do.
//!
//! Whoever is known has places of their own, and waits for no more than what already runs or is next: a flood of others
//! does not keep them out. After the work for anybody else comes a rest: however many they are, more than half of the time
//! no core is taken from the prompts for them, so that the median prompt does not notice.
//!
//! Invariants: at most so many works run at once, and at most so many wait; whoever comes beyond that is refused before
//! anything is computed. A client that leaves does not free its place before its work is done.

use std::sync::Arc;

use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::worker::Workers;

/// How long the rest is, for each second of work.
const REST: f64 = 1.5;

/// Runs work beside the asynchronous workers.
#[derive(Debug)]
pub(super) struct Pool {
    /// What runs.
    slots: Arc<Semaphore>,
    /// What runs or waits, of anybody.
    places: Arc<Semaphore>,
    /// What runs, rests or is next, of anybody: the others queue here, and not for the slots.
    next: Arc<Semaphore>,
    /// What runs or waits, of who is known.
    known: Arc<Semaphore>,
    workers: Workers,
}

/// Who asks for work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// Anybody.
    Anybody,
    /// Somebody who was let in from the same browser before, or is logged in.
    Known,
}

/// All places are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked")]
pub struct Busy;

impl Pool {
    /// `running` at once, `waiting` beside them.
    pub(super) fn new(running: usize, waiting: usize) -> Self {
        let running = running.max(1);
        let [slots, places, next, known] =
            [running, running + waiting, running, running + waiting].map(|permits| Arc::new(Semaphore::new(permits)));
        Self { slots, places, next, known, workers: Workers::new(running) }
    }

    /// One less than there are cores, so that prompts keep one.
    pub(super) fn beside_the_workers(waiting: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::new(cores - 1, waiting)
    }

    /// Runs the work and waits for it.
    ///
    /// # Errors
    /// When all places are taken.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        asker: Asker,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let places = if asker == Asker::Known { &self.known } else { &self.places };
        let place = places.clone().try_acquire_owned().map_err(|_| Busy)?;
        let next = match asker {
            Asker::Known => None,
            Asker::Anybody => Some(self.next.clone().acquire_owned().await.map_err(|_| Busy)?),
        };
        let slot = self.slots.clone().acquire_owned().await.map_err(|_| Busy)?;
        let (tell, told) = oneshot::channel();
        let runtime = tokio::runtime::Handle::current();
        self.workers.give(move || {
            let begun = Instant::now();
            let done = work();
            drop((place, slot));
            // Who has left is not told.
            let _ = tell.send(done);
            if let Some(next) = next {
                runtime.spawn(rest(next, begun.elapsed()));
            }
        });
        told.await.map_err(|_| Busy)
    }
}

/// Keeps the next one waiting.
async fn rest(next: OwnedSemaphorePermit, worked: Duration) {
    tokio::time::sleep(worked.mul_f64(REST)).await;
    drop(next);
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn beyond_the_queue_nothing_is_computed() {
        let pool = Arc::new(Pool::new(1, 1));
        let (open, gate) = mpsc::channel::<()>();
        let (began, begun) = tokio::sync::oneshot::channel();
        let running = tokio::spawn({
            let pool = pool.clone();
            async move {
                pool.run(Asker::Anybody, move || {
                    began.send(()).unwrap();
                    gate.recv().unwrap();
                })
                .await
            }
        });
        begun.await.unwrap();
        let waiting = pool.run(Asker::Anybody, || "waited");
        tokio::pin!(waiting);
        assert!(futures_util::poll!(&mut waiting).is_pending());
        assert_eq!(pool.run(Asker::Anybody, || unreachable!("refused before it runs")).await, Err::<(), _>(Busy));
        open.send(()).unwrap();
        assert_eq!(waiting.await, Ok("waited"));
        assert_eq!(running.await.unwrap(), Ok(()));
    }

    #[tokio::test]
    async fn who_leaves_keeps_the_slot_until_the_work_is_done() {
        let pool = Pool::new(1, 0);
        let (open, gate) = mpsc::channel::<()>();
        let (began, begun) = tokio::sync::oneshot::channel();
        {
            let work = pool.run(Asker::Anybody, move || {
                began.send(()).unwrap();
                gate.recv().unwrap();
            });
            tokio::pin!(work);
            assert!(futures_util::poll!(&mut work).is_pending());
            begun.await.unwrap();
        }
        assert_eq!(pool.run(Asker::Anybody, || ()).await, Err(Busy));
        open.send(()).unwrap();
    }

    #[tokio::test]
    async fn who_is_known_goes_past_a_queue_of_others() {
        let pool = Arc::new(Pool::new(1, 4));
        let (open, gate) = mpsc::channel::<()>();
        let (began, begun) = tokio::sync::oneshot::channel();
        let order = Arc::new(std::sync::Mutex::new(Vec::new()));
        let mut tasks = tokio::task::JoinSet::new();
        let first = pool.clone();
        tasks.spawn(async move {
            first
                .run(Asker::Anybody, move || {
                    began.send(()).unwrap();
                    gate.recv().unwrap();
                })
                .await
        });
        begun.await.unwrap();
        let enter = |asker, name: &'static str| {
            let (pool, order) = (pool.clone(), order.clone());
            async move { pool.run(asker, move || order.lock().unwrap().push(name)).await }
        };
        let mut others: Vec<_> = (0..4).map(|_| Box::pin(enter(Asker::Anybody, "other"))).collect();
        for other in &mut others {
            assert!(futures_util::poll!(other).is_pending());
        }
        assert_eq!(enter(Asker::Anybody, "one too many").await, Err(Busy));
        let mut known = Box::pin(enter(Asker::Known, "known"));
        assert!(futures_util::poll!(&mut known).is_pending());
        open.send(()).unwrap();
        let (known, others) = tokio::join!(known, futures_util::future::join_all(others));
        assert!(known.is_ok() && others.iter().all(Result::is_ok));
        assert_eq!(order.lock().unwrap()[..], ["known", "other", "other", "other", "other"]);
    }

    #[tokio::test]
    async fn after_the_work_for_anybody_comes_a_rest_that_who_is_known_does_not_wait_for() {
        let pool = Pool::new(1, 4);
        let work = Duration::from_millis(50);
        let begun = Instant::now();
        pool.run(Asker::Anybody, move || std::thread::sleep(work)).await.unwrap();
        let mut other = Box::pin(pool.run(Asker::Anybody, Instant::now));
        assert!(futures_util::poll!(&mut other).is_pending());
        let known = pool.run(Asker::Known, Instant::now).await.unwrap();
        let other = other.await.unwrap();
        assert!(known < other && other - begun >= work.mul_f64(1.0 + REST), "{:?}", other - begun);
    }
}
