//! The audit log's tables.
//!
//! Entries are written in groups, one row a group: a row for each entry would cost more than all else that a request does.

use std::borrow::Cow;

use serde_json::Value;

use super::packed::{Fields, put};
use super::tree::{Hash, Peaks};
use crate::store::{Db, Row, StoreError, Write, args};

/// An intermediate checkpoint is kept once in so many entries; the latest always is.
const CHECKPOINT_EVERY: u64 = 1_024;
/// Groups that are read at one time.
pub(super) const PAGE: i64 = 32;

/// One entry, before it has a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The kind of event.
    pub kind: Cow<'static, str>,
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// The text that the log commits to.
    pub body: String,
    /// What the text commits to by hash.
    pub sealed: Vec<SealedField>,
}

/// A sealed field of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedField {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub tenant: String,
    /// What it was sealed for.
    pub row: String,
    /// The sealed bytes.
    pub bytes: Vec<u8>,
}

/// An entry at its place.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) place: u64,
    pub(super) body: String,
    pub(super) hash: Hash,
}

/// A group of entries with everything that is written with them.
#[derive(Debug)]
pub struct Group<'g> {
    /// The log.
    pub log: &'g str,
    /// The tree before it.
    pub before: u64,
    /// The tree after it.
    pub after: Peaks,
    /// The signed checkpoint after it.
    pub note: String,
    /// The entries.
    pub entries: &'g [Entry],
    /// Their leaves' hashes.
    pub hashes: Vec<Hash>,
    /// How far the journal file is taken over: its name, and the bytes that need not be read again.
    pub journal: (&'g str, u64),
}

impl Entry {
    /// How much it adds to a group.
    pub fn bytes(&self) -> usize {
        self.body.len() + self.sealed.iter().map(|field| field.bytes.len()).sum::<usize>()
    }
}

impl SealedField {
    /// Writes it behind others.
    pub fn put(&self, bytes: &mut Vec<u8>) {
        for part in [self.name.as_bytes(), self.tenant.as_bytes(), self.row.as_bytes(), &self.bytes] {
            put(bytes, part);
        }
    }

    /// Reads the next one; `None` when it is not whole.
    pub fn take(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self { name: fields.text()?, tenant: fields.text()?, row: fields.text()?, bytes: fields.next()?.to_vec() })
    }
}

/// The tree of a log as it was written last.
///
/// # Errors
/// When the store fails or what it holds does not fit.
pub async fn latest(db: &Db, log: &str) -> Result<Peaks, StoreError> {
    let rows = db
        .fetch_all("SELECT size, peaks FROM audit_checkpoint WHERE log = $1 ORDER BY size DESC LIMIT 1", args![log])
        .await?;
    let Some(row) = rows.first() else { return Ok(Peaks::default()) };
    let size = row.int("size")?.unsigned_abs();
    Peaks::from_bytes(size, row.blob("peaks")?).ok_or(StoreError::Column("peaks"))
}

/// Writes a group: entries, sealed fields, checkpoint and how far the journal is taken over, in one transaction.
///
/// # Errors
/// When the store fails, or another process has taken the same places: then nothing was written.
pub async fn write(db: &Db, group: &Group<'_>) -> Result<(), StoreError> {
    let (before, after) = (int(group.before), int(group.after.size()));
    let mut bodies = Vec::new();
    let mut sealed = Vec::new();
    for (index, entry) in (0_u32..).zip(group.entries) {
        put(&mut bodies, entry.body.as_bytes());
        for field in &entry.sealed {
            sealed.extend_from_slice(&index.to_be_bytes());
            field.put(&mut sealed);
        }
    }
    let at_us = group.entries.last().map_or(0, |entry| entry.at_us);
    let mut writes = vec![
        Write(
            "INSERT INTO audit_group (log, place, at_us, kinds, bodies, hashes) VALUES ($1, $2, $3, $4, $5, $6)",
            args![group.log, before, at_us, kinds(group.entries), bodies, group.hashes.concat()],
        ),
        Write(
            "INSERT INTO audit_checkpoint (log, size, peaks, note) VALUES ($1, $2, $3, $4)",
            args![group.log, after, group.after.to_bytes(), group.note.as_str()],
        ),
        Write(
            "INSERT INTO audit_journal (file, applied) VALUES ($1, $2) \
             ON CONFLICT (file) DO UPDATE SET applied = excluded.applied",
            args![group.journal.0, int(group.journal.1)],
        ),
    ];
    if !sealed.is_empty() {
        writes.push(Write(
            "INSERT INTO audit_sealed (log, place, fields) VALUES ($1, $2, $3)",
            args![group.log, before, sealed],
        ));
    }
    if group.before / CHECKPOINT_EVERY == group.after.size() / CHECKPOINT_EVERY {
        writes.push(Write("DELETE FROM audit_checkpoint WHERE log = $1 AND size = $2", args![group.log, before]));
    }
    db.write(writes).await
}

/// The kinds of a group, each once, between spaces.
fn kinds(entries: &[Entry]) -> String {
    let mut kinds: Vec<&str> = Vec::new();
    for entry in entries {
        if !kinds.contains(&entry.kind.as_ref()) {
            kinds.push(&entry.kind);
        }
    }
    format!(" {} ", kinds.join(" "))
}

/// How far a journal file was taken over.
///
/// # Errors
/// When the store fails.
pub async fn applied(db: &Db, file: &str) -> Result<u64, StoreError> {
    let rows = db.fetch_all("SELECT applied FROM audit_journal WHERE file = $1", args![file]).await?;
    rows.first().map_or(Ok(0), |row| row.int("applied").map(i64::unsigned_abs))
}

/// Forgets a journal file that is gone.
///
/// # Errors
/// When the store fails.
pub async fn forget(db: &Db, file: &str) -> Result<(), StoreError> {
    db.execute("DELETE FROM audit_journal WHERE file = $1", args![file]).await.map(|_| ())
}

/// The last entries of all logs, newest first, with their log and place; of one kind, or of one section when `kind` ends
/// with a dot.
pub(super) async fn last(
    db: &Db,
    limit: usize,
    kind: Option<&str>,
    tenant: Option<&str>,
) -> Result<Vec<(String, u64, Value)>, StoreError> {
    let like = match kind {
        None => "%".to_owned(),
        Some(kind) if kind.ends_with('.') => format!("% {kind}%"),
        Some(kind) => format!("% {kind} %"),
    };
    let is_asked_for = |entry: &Value| {
        let name = entry["kind"].as_str().unwrap_or_default();
        tenant.is_none_or(|tenant| entry["tenant"] == tenant)
            && kind.is_none_or(|kind| if kind.ends_with('.') { name.starts_with(kind) } else { name == kind })
    };
    let mut found = Vec::new();
    let mut before = (i64::MAX, String::new(), 0);
    while found.len() < limit {
        let (at_us, log, place) = before;
        let rows = db
            .fetch_all(
                "SELECT log, place, at_us, bodies FROM audit_group \
                 WHERE kinds LIKE $1 AND (at_us, log, place) < ($2, $3, $4) \
                 ORDER BY at_us DESC, log DESC, place DESC LIMIT $5",
                args![like.as_str(), at_us, log, place, PAGE],
            )
            .await?;
        let Some(oldest) = rows.last() else { break };
        before = (oldest.int("at_us")?, oldest.text("log")?.to_owned(), oldest.int("place")?);
        for row in &rows {
            let (log, first) = (row.text("log")?, row.int("place")?.unsigned_abs());
            let bodies: Vec<&[u8]> = Fields(row.blob("bodies")?).collect();
            for (index, body) in bodies.into_iter().enumerate().rev() {
                let entry = serde_json::from_slice(body).unwrap_or_else(|_| Value::Object(Default::default()));
                if is_asked_for(&entry) {
                    found.push((log.to_owned(), first + index as u64, entry));
                }
            }
        }
    }
    found.truncate(limit);
    Ok(found)
}

/// The entries of a log from the group on that begins at `from`: those of at most [`PAGE`] groups.
pub(super) async fn page(db: &Db, log: &str, from: u64) -> Result<Vec<Placed>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT place, bodies, hashes FROM audit_group WHERE log = $1 AND place >= $2 ORDER BY place LIMIT $3",
            args![log, int(from), PAGE],
        )
        .await?;
    let mut page = Vec::new();
    for row in &rows {
        let first = row.int("place")?.unsigned_abs();
        let hashes = row.blob("hashes")?.as_chunks::<32>().0;
        let bodies = Fields(row.blob("bodies")?).zip(hashes);
        page.extend((first..).zip(bodies).map(|(place, (body, hash))| Placed {
            place,
            body: String::from_utf8_lossy(body).into_owned(),
            hash: *hash,
        }));
    }
    Ok(page)
}

/// The packed entries of at most [`PAGE`] groups with exchanges in them, from the place `from` on and since a time, with their
/// places.
pub(super) async fn exchanges(
    db: &Db,
    log: &str,
    (from, since_us): (u64, i64),
) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
    let statement = "SELECT place, bodies FROM audit_group WHERE log = $1 AND place >= $2 AND at_us >= $3 \
                     AND kinds LIKE '% exchange.%' ORDER BY place LIMIT $4";
    let rows = db.fetch_all(statement, args![log, int(from), since_us, PAGE]).await?;
    rows.iter().map(|row| Ok((row.int("place")?.unsigned_abs(), row.blob("bodies")?.to_vec()))).collect()
}

/// The hashes of all leaves below `size`.
pub(super) async fn hashes(db: &Db, log: &str, size: u64) -> Result<Vec<Hash>, StoreError> {
    let statement = "SELECT hashes FROM audit_group WHERE log = $1 AND place < $2 ORDER BY place";
    let rows = db.fetch_all(statement, args![log, int(size)]).await?;
    let mut hashes = Vec::new();
    for row in &rows {
        hashes.extend_from_slice(row.blob("hashes")?.as_chunks::<32>().0);
    }
    hashes.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    Ok(hashes)
}

/// The checkpoints that are kept, smallest first.
pub(super) async fn checkpoints(db: &Db, log: &str) -> Result<Vec<(u64, String)>, StoreError> {
    let rows = db.fetch_all("SELECT size, note FROM audit_checkpoint WHERE log = $1 ORDER BY size", args![log]).await?;
    rows.iter().map(|row| Ok((row.int("size")?.unsigned_abs(), row.text("note")?.to_owned()))).collect()
}

/// The sealed fields of the groups that begin in `from..to`, in order.
pub(super) async fn sealed(db: &Db, log: &str, (from, to): (u64, u64)) -> Result<Vec<(u64, SealedField)>, StoreError> {
    let statement =
        "SELECT place, fields FROM audit_sealed WHERE log = $1 AND place >= $2 AND place < $3 ORDER BY place";
    unpack(&db.fetch_all(statement, args![log, int(from), int(to)]).await?)
}

/// The sealed fields of one entry.
pub(super) async fn sealed_of(db: &Db, log: &str, place: u64) -> Result<Vec<SealedField>, StoreError> {
    let statement = "SELECT place, fields FROM audit_sealed WHERE log = $1 AND place <= $2 ORDER BY place DESC LIMIT 1";
    let fields = unpack(&db.fetch_all(statement, args![log, int(place)]).await?)?;
    Ok(fields.into_iter().filter(|(at, _)| *at == place).map(|(_, field)| field).collect())
}

fn unpack(rows: &[Row]) -> Result<Vec<(u64, SealedField)>, StoreError> {
    let mut sealed = Vec::new();
    for row in rows {
        let first = row.int("place")?.unsigned_abs();
        let mut bytes = row.blob("fields")?;
        while let Some((index, rest)) = bytes.split_first_chunk::<4>() {
            let mut fields = Fields(rest);
            let field = SealedField::take(&mut fields).ok_or(StoreError::Column("fields"))?;
            sealed.push((first + u64::from(u32::from_be_bytes(*index)), field));
            bytes = fields.0;
        }
    }
    Ok(sealed)
}

/// Places and sizes stay far below 2^63.
fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
