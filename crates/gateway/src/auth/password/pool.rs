//! A bounded pool for work that takes a core for long: hashing never runs on the threads that serve prompts.
//!
//! Invariants: at most so many works run at once, and at most so many wait; whoever comes beyond that is refused before
//! anything is computed. A client that leaves does not free its place before its work is done.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// Runs work beside the asynchronous workers.
#[derive(Debug)]
pub(super) struct Pool {
    /// What runs.
    slots: Arc<Semaphore>,
    /// What runs or waits.
    places: Arc<Semaphore>,
}

/// All places are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked")]
pub struct Busy;

impl Pool {
    /// `running` at once, `waiting` beside them.
    pub(super) fn new(running: usize, waiting: usize) -> Self {
        let running = running.max(1);
        Self { slots: Arc::new(Semaphore::new(running)), places: Arc::new(Semaphore::new(running + waiting)) }
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
    pub(super) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| Busy)?;
        let slot = self.slots.clone().acquire_owned().await.map_err(|_| Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            let _held = (place, slot);
            work()
        });
        done.await.map_err(|_| Busy)
    }
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
                pool.run(move || {
                    began.send(()).unwrap();
                    gate.recv().unwrap();
                })
                .await
            }
        });
        begun.await.unwrap();
        let waiting = pool.run(|| "waited");
        tokio::pin!(waiting);
        assert!(futures_util::poll!(&mut waiting).is_pending());
        assert_eq!(pool.run(|| unreachable!("refused before it runs")).await, Err::<(), _>(Busy));
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
            let work = pool.run(move || {
                began.send(()).unwrap();
                gate.recv().unwrap();
            });
            tokio::pin!(work);
            assert!(futures_util::poll!(&mut work).is_pending());
            begun.await.unwrap();
        }
        assert_eq!(pool.run(|| ()).await, Err(Busy));
        open.send(()).unwrap();
    }
}
