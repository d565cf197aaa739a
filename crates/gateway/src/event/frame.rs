//! How entries stand in a journal file: length, CRC-32, and the entry's fields, each with its length.
//!
//! A frame that was cut by a crash, or does not match its CRC, ends the file.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::{Event, Severity};
use crate::data::audit::packed::{Fields, put};
use crate::data::audit::store::{Entry, SealedField};
use crate::data::encryption::{Place, SealError, Sealer};

const HEAD_BYTES: usize = 8;
/// What a body has in front of and behind its detail, ordinarily.
const BODY_HEAD_BYTES: usize = 384;
/// Larger frames are not ours.
const FRAME_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Renders the entry of an event, with what is personal sealed beside it.
pub(super) fn entry(event: &Event, sealer: &Sealer) -> Result<Entry, SealError> {
    let row = event.request_id.clone().unwrap_or_else(|| uuid::Uuid::now_v7().simple().to_string());
    let mut body = body(event);
    let mut sealed = Vec::with_capacity(event.sealed.len());
    for (name, text) in &event.sealed {
        let place = Place { table: "audit_sealed", column: name, row: &row, tenant: &event.tenant };
        let bytes = sealer.seal(&place, text.as_bytes())?;
        // Names are words of the program, and base64 needs no escapes.
        body.push_str(if sealed.is_empty() { ",\"sealed\":{\"" } else { ",\"" });
        body.push_str(name);
        body.push_str("\":\"");
        STANDARD.encode_string(digest(&SHA256, &bytes), &mut body);
        body.push('"');
        sealed.push(SealedField { name: (*name).to_owned(), tenant: event.tenant.clone(), row: row.clone(), bytes });
    }
    body.push_str(if sealed.is_empty() { "}" } else { "}}" });
    Ok(Entry { kind: event.kind.name.into(), at_us: event.time.as_microsecond(), body, sealed })
}

/// The beginning of an entry.
#[derive(Serialize)]
struct Head<'e> {
    v: u8,
    kind: &'e str,
    severity: Severity,
    time: jiff::Timestamp,
    tenant: &'e str,
    actor: Option<&'e str>,
    request_id: Option<&'e str>,
}

/// The text that the log commits to, but for what is sealed and the last brace.
fn body(event: &Event) -> String {
    let head = Head {
        v: 1,
        kind: event.kind.name,
        severity: event.kind.severity,
        time: event.time,
        tenant: &event.tenant,
        actor: event.actor.as_deref(),
        request_id: event.request_id.as_deref(),
    };
    let mut body = Vec::with_capacity(event.detail.len() + BODY_HEAD_BYTES);
    // A struct of texts and numbers always serializes, and to UTF-8.
    let _ = serde_json::to_writer(&mut body, &head);
    let mut body = String::from_utf8(body).unwrap_or_default();
    body.pop();
    body.push_str(",\"detail\":");
    body.push_str(&event.detail);
    body
}

/// Writes a frame.
pub(super) fn write(entry: &Entry) -> Vec<u8> {
    let mut frame = Vec::with_capacity(entry.bytes() + BODY_HEAD_BYTES);
    frame.extend_from_slice(&[0; HEAD_BYTES]);
    frame.extend_from_slice(&entry.at_us.to_be_bytes());
    put(&mut frame, entry.kind.as_bytes());
    put(&mut frame, entry.body.as_bytes());
    entry.sealed.iter().for_each(|sealed| sealed.put(&mut frame));
    let length = u32::try_from(frame.len() - HEAD_BYTES).unwrap_or(u32::MAX);
    let crc = crc32fast::hash(&frame[HEAD_BYTES..]);
    frame[..4].copy_from_slice(&length.to_be_bytes());
    frame[4..HEAD_BYTES].copy_from_slice(&crc.to_be_bytes());
    frame
}

/// Reads the frame at the beginning of `bytes`, and how long it is; `None` when it is not whole.
pub(super) fn read(bytes: &[u8]) -> Option<(Entry, usize)> {
    let (head, rest) = bytes.split_at_checked(HEAD_BYTES)?;
    let length = number(&head[..4])?;
    let payload = rest.get(..length).filter(|payload| payload.len() <= FRAME_BYTES_MAX)?;
    if crc32fast::hash(payload).to_be_bytes() != head[4..] {
        return None;
    }
    let (at_us, fields) = payload.split_first_chunk::<8>()?;
    let mut fields = Fields(fields);
    let kind = fields.text()?.into();
    let body = fields.text()?;
    let mut sealed = Vec::new();
    while !fields.0.is_empty() {
        sealed.push(SealedField::take(&mut fields)?);
    }
    Some((Entry { kind, at_us: i64::from_be_bytes(*at_us), body, sealed }, HEAD_BYTES + length))
}

fn number(bytes: &[u8]) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(bytes.try_into().ok()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Entry {
        let sealed = SealedField { name: "address".into(), tenant: "t".into(), row: "r".into(), bytes: vec![1, 2, 3] };
        Entry { kind: "key.created".into(), at_us: 7, body: "{\"v\":1}".into(), sealed: vec![sealed] }
    }

    #[test]
    fn a_frame_reads_back() {
        let frame = write(&sample());
        assert_eq!(read(&frame), Some((sample(), frame.len())));
    }

    #[test]
    fn a_frame_that_was_cut_or_changed_is_not_read() {
        let frame = write(&sample());
        for end in 0..frame.len() {
            assert_eq!(read(&frame[..end]), None, "cut at {end}");
        }
        for at in 0..frame.len() {
            let mut changed = frame.clone();
            changed[at] ^= 0x40;
            assert_eq!(read(&changed), None, "changed at {at}");
        }
    }
}
