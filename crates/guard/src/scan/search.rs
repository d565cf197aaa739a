//! A regular expression whose searches share a bounded amount of memory.
//!
//! Searches build their automata as they go and keep what they built for the next one. With hundreds of patterns and
//! several threads that adds up to hundreds of megabytes that no text needs at once. What all patterns of the process keep
//! is counted; when it is too much, patterns that were not used since the last time let go of theirs.
//!
//! Invariant: what is kept between searches, of all patterns together, is at most [`KEPT_BYTES_MAX`].

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use regex_automata::meta::{Cache, Regex};
use regex_automata::{Input, Match};

/// Memory that searches keep for the next ones.
const KEPT_BYTES_MAX: usize = 16 << 20;

/// What is kept now.
static KEPT_BYTES: AtomicUsize = AtomicUsize::new(0);
/// All that may keep something.
static SHELVES: Mutex<Vec<Weak<Shelf>>> = Mutex::new(Vec::new());

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Search {
    regex: Regex,
    shelf: Arc<Shelf>,
}

/// Where the memory of one pattern's searches waits for the next search.
#[derive(Debug, Default)]
struct Shelf {
    /// With its size when it was put here.
    caches: Mutex<Vec<(Box<Cache>, usize)>>,
    was_used: AtomicBool,
}

impl Search {
    pub(super) fn new(regex: Regex) -> Self {
        let shelf = Arc::new(Shelf::default());
        SHELVES.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&shelf));
        Self { regex, shelf }
    }

    /// The first match in `span` of `text`. What stands around it is seen by boundaries only.
    pub(crate) fn find(&self, text: &str, span: Range<usize>) -> Option<Match> {
        self.with_cache(|cache| self.regex.search_with(cache, &Input::new(text).span(span)))
    }

    /// Says whether there is a match in `span` of `text`.
    pub(crate) fn is_match(&self, text: &str, span: Range<usize>) -> bool {
        let input = Input::new(text).span(span).earliest(true);
        self.with_cache(|cache| self.regex.search_half_with(cache, &input).is_some())
    }

    fn with_cache<T>(&self, search: impl FnOnce(&mut Cache) -> T) -> T {
        let mut cache = self.shelf.take().unwrap_or_else(|| Box::new(self.regex.create_cache()));
        let found = search(&mut cache);
        self.shelf.put(cache);
        found
    }
}

impl Shelf {
    fn take(&self) -> Option<Box<Cache>> {
        let (cache, bytes) = self.caches.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        KEPT_BYTES.fetch_sub(bytes, Ordering::Relaxed);
        Some(cache)
    }

    fn put(&self, cache: Box<Cache>) {
        let bytes = cache.memory_usage() + size_of::<Cache>();
        if KEPT_BYTES.fetch_add(bytes, Ordering::Relaxed) + bytes > KEPT_BYTES_MAX {
            make_room();
            if KEPT_BYTES.load(Ordering::Relaxed) > KEPT_BYTES_MAX {
                KEPT_BYTES.fetch_sub(bytes, Ordering::Relaxed);
                return;
            }
        }
        self.was_used.store(true, Ordering::Relaxed);
        self.caches.lock().unwrap_or_else(PoisonError::into_inner).push((cache, bytes));
    }

    fn clear(&self) {
        let dropped = std::mem::take(&mut *self.caches.lock().unwrap_or_else(PoisonError::into_inner));
        KEPT_BYTES.fetch_sub(dropped.iter().map(|(_, bytes)| bytes).sum(), Ordering::Relaxed);
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Lets go of what was not used since the last time.
fn make_room() {
    let mut shelves = SHELVES.lock().unwrap_or_else(PoisonError::into_inner);
    shelves.retain(|shelf| shelf.strong_count() > 0);
    for shelf in shelves.iter().filter_map(Weak::upgrade) {
        if !shelf.was_used.swap(false, Ordering::Relaxed) {
            shelf.clear();
        }
    }
}
