//! Frames of HTTP/2 that ask for work and carry nothing, counted as they come in.
//!
//! The protocol library bounds what such frames make it keep, but answers every `PING` and `SETTINGS` and begins a request
//! for every `HEADERS` that a `RST_STREAM` takes back. Here is only counted: nine bytes of each frame are read, the rest is
//! passed over, and whether it is right is the library's to say.

use std::time::Duration;

use tokio::time::Instant;

const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEAD_BYTES: usize = 9;
const WINDOW: Duration = Duration::from_secs(10);

const DATA: u8 = 0;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;
const ACK: u8 = 1;

/// Watches the bytes that a client sends.
#[derive(Debug)]
pub(super) struct Frames {
    place: Place,
    max: u32,
    count: u32,
    since: Instant,
}

#[derive(Debug)]
enum Place {
    /// So many bytes of the preface have come.
    Preface(usize),
    /// Some bytes of a frame's head have come.
    Head([u8; HEAD_BYTES], usize),
    /// So many bytes of a frame's payload are to come.
    Payload(usize),
    /// It is not HTTP/2.
    Other,
}

/// More such frames than a client may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many control frames")]
pub(super) struct Flood;

impl Frames {
    /// Of a new connection, which may send `max` in ten seconds.
    pub(super) fn new(max: u32) -> Self {
        Self { place: Place::Preface(0), max, count: 0, since: Instant::now() }
    }

    /// Whether the connection turned out to be HTTP/2.
    pub(super) fn is_http2(&self) -> bool {
        matches!(self.place, Place::Head(..) | Place::Payload(_))
    }

    /// Takes bytes, cut anywhere.
    ///
    /// # Errors
    /// When they are a flood.
    pub(super) fn take(&mut self, mut bytes: &[u8]) -> Result<(), Flood> {
        while !bytes.is_empty() {
            match &mut self.place {
                Place::Other => return Ok(()),
                Place::Preface(come) => {
                    let next = bytes.len().min(PREFACE.len() - *come);
                    let is_preface = bytes[..next] == PREFACE[*come..*come + next];
                    *come += next;
                    bytes = &bytes[next..];
                    if !is_preface {
                        self.place = Place::Other;
                    } else if *come == PREFACE.len() {
                        self.place = Place::Head([0; HEAD_BYTES], 0);
                    }
                }
                Place::Payload(left) => {
                    let next = bytes.len().min(*left);
                    *left -= next;
                    bytes = &bytes[next..];
                    if *left == 0 {
                        self.place = Place::Head([0; HEAD_BYTES], 0);
                    }
                }
                Place::Head(head, come) => {
                    let next = bytes.len().min(HEAD_BYTES - *come);
                    head[*come..*come + next].copy_from_slice(&bytes[..next]);
                    *come += next;
                    bytes = &bytes[next..];
                    if *come == HEAD_BYTES {
                        let head = *head;
                        self.frame(head)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn frame(&mut self, [a, b, c, kind, flags, ..]: [u8; HEAD_BYTES]) -> Result<(), Flood> {
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        self.place = if length == 0 { Place::Head([0; HEAD_BYTES], 0) } else { Place::Payload(length) };
        let weight = weight(kind, flags, length);
        if weight == 0 {
            return Ok(());
        }
        if self.since.elapsed() > WINDOW {
            (self.since, self.count) = (Instant::now(), 0);
        }
        self.count = self.count.saturating_add(weight);
        if self.count > self.max { Err(Flood) } else { Ok(()) }
    }
}

/// What a frame counts. Those that are dear to take and that honest clients hardly send count as ten: settings change
/// every stream of a connection, and a head that does not fit in one frame is longer than nearly all.
const fn weight(kind: u8, flags: u8, length: usize) -> u32 {
    let is_dear = match kind {
        PRIORITY | RST_STREAM => false,
        PING if flags & ACK == 0 => false,
        SETTINGS if flags & ACK == 0 => true,
        CONTINUATION => true,
        // An empty one that ends its stream is how some clients end a body.
        DATA if length == 0 && flags & 1 == 0 => false,
        _ if kind > CONTINUATION => false,
        _ => return 0,
    };
    if is_dear { 10 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags, 0, 0, 0, 1], payload].concat()
    }

    /// Frames of one kind until the connection is cut.
    fn taken(kind: u8, flags: u8, payload: &[u8]) -> Option<usize> {
        let mut frames = Frames::new(100);
        frames.take(PREFACE).unwrap();
        (0..1_000).find(|_| frames.take(&frame(kind, flags, payload)).is_err())
    }

    #[test]
    fn frames_that_carry_nothing_are_counted_and_others_are_not() {
        for (kind, payload) in [(PRIORITY, 5), (RST_STREAM, 4), (PING, 8), (DATA, 0), (0x99, 1)] {
            assert_eq!(taken(kind, 0, &vec![0; payload]), Some(100), "{kind}");
        }
        for (kind, payload) in [(SETTINGS, 6), (CONTINUATION, 9)] {
            assert_eq!(taken(kind, 0, &vec![0; payload]), Some(10), "{kind}");
        }
        for (kind, flags, payload) in
            [(DATA, 0, 100), (DATA, 1, 0), (PING, ACK, 8), (SETTINGS, ACK, 0), (1, 5, 20), (8, 0, 4)]
        {
            assert_eq!(taken(kind, flags, &vec![0; payload]), None, "{kind}");
        }
    }

    #[test]
    fn however_the_bytes_are_cut_the_count_is_the_same() {
        let pings = frame(PING, 0, &[9; 8]).repeat(101);
        let bytes = [PREFACE.as_slice(), &frame(DATA, 0, &[PING; 300]), &pings].concat();
        for size in [1, 2, 3, 7, 9, 17, 100, bytes.len()] {
            let mut frames = Frames::new(100);
            let cut = bytes.chunks(size).position(|chunk| frames.take(chunk).is_err());
            // The head of the last one ends eight bytes before it does.
            assert_eq!(cut, Some((bytes.len() - 9) / size), "{size}");
        }
    }

    #[test]
    fn the_count_begins_anew_after_ten_seconds() {
        let mut frames = Frames::new(100);
        frames.take(PREFACE).unwrap();
        frames.take(&frame(PING, 0, &[0; 8]).repeat(100)).unwrap();
        frames.since -= Duration::from_secs(11);
        assert_eq!(frames.take(&frame(PING, 0, &[0; 8]).repeat(100)), Ok(()));
        assert_eq!(frames.take(&frame(PING, 0, &[0; 8])), Err(Flood));
    }

    #[test]
    fn http_1_is_not_looked_at() {
        let mut frames = Frames::new(1);
        assert_eq!(frames.take(b"POST /v1/messages HTTP/1.1\r\n"), Ok(()));
        assert!(!frames.is_http2());
    }
}
