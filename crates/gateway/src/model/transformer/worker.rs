//! The thread that judges, and the queue before it.
//!
//! Invariant: a text whose asker is gone is not judged any further.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Instant;

use tokio::sync::oneshot;
use transformer::{Budget, Failed, Judge};

use super::{Said, Suspect, Unsaid, ask};

/// Takes the deepest graph and the longest regular expression.
const STACK_BYTES: usize = 8 << 20;

/// One thread and its queue. It ends when this is dropped and the queue is empty.
#[derive(Debug)]
pub(super) struct Worker {
    /// `None` when there is no thread to be had.
    queue: Option<SyncSender<Box<Job>>>,
    under_way: Arc<AtomicUsize>,
}

/// A suspect that waits.
#[derive(Debug)]
struct Job {
    suspect: Suspect,
    budget: Budget,
    reply: oneshot::Sender<Result<Said, Failed>>,
    /// Counts it.
    _place: Place,
}

/// A place among what is under way.
#[derive(Debug)]
struct Place(Arc<AtomicUsize>);

/// Gives up when the asker goes away.
struct Patience(Budget);

impl Worker {
    /// Starts the thread.
    pub(super) fn start(judge: Arc<dyn Judge>, queue_max: usize) -> Self {
        let (queue, jobs) = sync_channel(queue_max);
        let thread = std::thread::Builder::new().name("transformer".to_owned()).stack_size(STACK_BYTES);
        let started = thread.spawn(move || work(&*judge, &jobs));
        if let Err(error) = &started {
            tracing::error!(error = error as &dyn std::error::Error, "the transformer has no thread");
        }
        Self { queue: started.is_ok().then_some(queue), under_way: Arc::default() }
    }

    /// Texts that wait or are judged.
    pub(super) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::Relaxed)
    }

    /// Has a suspect judged until the deadline.
    pub(super) async fn ask(&self, suspect: Suspect, deadline: Instant) -> Result<Said, Unsaid> {
        let (reply, answer) = oneshot::channel();
        let budget = Budget::until(deadline);
        let job = Job { suspect, budget: budget.clone(), reply, _place: Place::take(&self.under_way) };
        match self.queue.as_ref().ok_or(Unsaid::Failed)?.try_send(Box::new(job)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(Unsaid::Full),
            Err(TrySendError::Disconnected(_)) => return Err(Unsaid::Failed),
        }
        let _patience = Patience(budget);
        match tokio::time::timeout_at(deadline.into(), answer).await {
            Ok(Ok(Ok(said))) => Ok(said),
            Ok(Ok(Err(error))) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the transformer did not judge a text");
                Err(Unsaid::Failed)
            }
            Ok(Err(_)) => Err(Unsaid::Failed),
            Err(_) => Err(Unsaid::Late),
        }
    }
}

/// Judges one text after the other.
fn work(judge: &dyn Judge, jobs: &Receiver<Box<Job>>) {
    while let Ok(job) = jobs.recv() {
        let Job { suspect, budget, reply, _place } = *job;
        if reply.is_closed() {
            continue;
        }
        let said = catch_unwind(AssertUnwindSafe(|| ask(judge, &suspect, &budget)));
        let said = said.unwrap_or_else(|_| Err(Failed::Engine("it panicked".to_owned())));
        // Nobody waits for it any more, perhaps.
        let _ = reply.send(said);
    }
}

impl Place {
    fn take(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Patience {
    fn drop(&mut self) {
        self.0.give_up();
    }
}
