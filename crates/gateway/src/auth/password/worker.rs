//! Threads of the pool's own, at a lower priority than those that serve prompts: where both want a core, the prompt gets
//! it. Threads that are shared could not be lowered, since nobody may raise them again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

/// How nice a worker is: about a ninth of the share that others get of a core they both want.
const NICENESS: i32 = 10;

type Job = Box<dyn FnOnce() + Send>;

/// Threads that wait for jobs, and end with this.
#[derive(Debug)]
pub(super) struct Workers(mpsc::Sender<Job>);

impl Workers {
    /// Starts so many threads.
    pub(super) fn new(threads: usize) -> Self {
        let (send, receive) = mpsc::channel::<Job>();
        let receive = Arc::new(Mutex::new(receive));
        for _ in 0..threads {
            let receive = receive.clone();
            if let Err(error) = std::thread::Builder::new().name("hashing".to_owned()).spawn(move || work(&receive)) {
                tracing::error!(error = &error as &dyn std::error::Error, "a thread for hashing could not be started");
            }
        }
        Self(send)
    }

    /// Has a job done; without any thread it is dropped.
    pub(super) fn give(&self, job: impl FnOnce() + Send + 'static) {
        let _ = self.0.send(Box::new(job));
    }
}

fn work(jobs: &Mutex<mpsc::Receiver<Job>>) {
    // On Linux this is of the calling thread alone. Hashing goes on where it is not allowed.
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::warn!(error = &error as &dyn std::error::Error, "hashing has the priority of everything else");
    }
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { break };
        // A job that panics drops the place of who waits for it, and nothing else.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_panics_does_not_take_its_thread_along_and_only_workers_are_nice() {
        let workers = Workers::new(1);
        workers.give(|| panic!("a job that panics, on purpose"));
        let (send, receive) = mpsc::channel();
        workers.give(move || send.send(rustix::process::getpriority_process(None).unwrap()).unwrap());
        let here = rustix::process::getpriority_process(None).unwrap();
        let there = receive.recv().unwrap();
        assert!(there == NICENESS && here != NICENESS || here >= NICENESS, "{there} {here}");
    }
}
