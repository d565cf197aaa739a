//! The audit log's tables.

use super::tree::{Hash, Peaks};
use crate::store::{Db, Row, StoreError, Write, args};

/// An intermediate checkpoint is kept once in so many entries; the latest always is.
const CHECKPOINT_EVERY: u64 = 1_024;
/// Entries that are read at one time.
pub(super) const PAGE: i64 = 4_096;

/// One entry, before it has a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The kind of event.
    pub kind: String,
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
    /// The entries with their leaves' hashes.
    pub entries: Vec<(Entry, Hash)>,
    /// How far the journal file is taken over: its name, and the bytes that need not be read again.
    pub journal: (&'g str, u64),
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
pub async fn write(db: &Db, group: Group<'_>) -> Result<(), StoreError> {
    let mut entries = Vec::with_capacity(group.entries.len());
    let mut sealed = Vec::new();
    for (place, (entry, hash)) in (int(group.before)..).zip(group.entries) {
        for field in entry.sealed {
            sealed.push(args![group.log, place, field.name, field.tenant, field.row, field.bytes]);
        }
        entries.push(args![group.log, place, entry.kind, entry.at_us, entry.body, hash.as_slice()]);
    }
    let after = int(group.after.size());
    let mut writes = vec![
        Write::Rows("INSERT INTO audit_entry (log, place, kind, at_us, body, hash) VALUES", entries),
        Write::Rows("INSERT INTO audit_sealed (log, place, name, tenant, row_id, sealed) VALUES", sealed),
        Write::Statement(
            "INSERT INTO audit_checkpoint (log, size, peaks, note) VALUES ($1, $2, $3, $4)",
            args![group.log, after, group.after.to_bytes(), group.note],
        ),
        Write::Statement(
            "INSERT INTO audit_journal (file, applied) VALUES ($1, $2) \
             ON CONFLICT (file) DO UPDATE SET applied = excluded.applied",
            args![group.journal.0, int(group.journal.1)],
        ),
    ];
    if group.before / CHECKPOINT_EVERY == group.after.size() / CHECKPOINT_EVERY {
        writes.push(Write::Statement(
            "DELETE FROM audit_checkpoint WHERE log = $1 AND size = $2",
            args![group.log, int(group.before)],
        ));
    }
    db.write(writes).await
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

/// The last entries of all logs, newest first; of one kind, or of one section when `kind` ends with a dot.
pub(super) async fn last(db: &Db, limit: usize, kind: Option<&str>) -> Result<Vec<Row>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let (from, to) = match kind {
        None => (String::new(), "\u{7f}".to_owned()),
        Some(kind) if kind.ends_with('.') => (kind.to_owned(), format!("{kind}\u{7f}")),
        Some(kind) => (kind.to_owned(), kind.to_owned()),
    };
    db.fetch_all(
        "SELECT log, place, body FROM audit_entry WHERE kind >= $1 AND kind <= $2 \
         ORDER BY at_us DESC, place DESC LIMIT $3",
        args![from, to, limit],
    )
    .await
}

/// Entries of a log from a place on, at most [`PAGE`].
pub(super) async fn page(db: &Db, log: &str, from: u64) -> Result<Vec<Placed>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT place, body, hash FROM audit_entry WHERE log = $1 AND place >= $2 ORDER BY place LIMIT $3",
            args![log, int(from), PAGE],
        )
        .await?;
    let placed = |row: &Row| {
        let hash = row.blob("hash")?.try_into().map_err(|_| StoreError::Column("hash"))?;
        Ok(Placed { place: row.int("place")?.unsigned_abs(), body: row.text("body")?.to_owned(), hash })
    };
    rows.iter().map(placed).collect()
}

/// The hashes of all leaves below `size`.
pub(super) async fn hashes(db: &Db, log: &str, size: u64) -> Result<Vec<Hash>, StoreError> {
    let rows = db
        .fetch_all("SELECT hash FROM audit_entry WHERE log = $1 AND place < $2 ORDER BY place", args![log, int(size)])
        .await?;
    rows.iter().map(|row| row.blob("hash")?.try_into().map_err(|_| StoreError::Column("hash"))).collect()
}

/// The checkpoints that are kept, smallest first.
pub(super) async fn checkpoints(db: &Db, log: &str) -> Result<Vec<(u64, String)>, StoreError> {
    let rows = db.fetch_all("SELECT size, note FROM audit_checkpoint WHERE log = $1 ORDER BY size", args![log]).await?;
    rows.iter().map(|row| Ok((row.int("size")?.unsigned_abs(), row.text("note")?.to_owned()))).collect()
}

/// The sealed fields of the entries `from..to`, in order.
pub(super) async fn sealed(db: &Db, log: &str, (from, to): (u64, u64)) -> Result<Vec<(u64, SealedField)>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT place, name, tenant, row_id, sealed FROM audit_sealed \
             WHERE log = $1 AND place >= $2 AND place < $3 ORDER BY place, name",
            args![log, int(from), int(to)],
        )
        .await?;
    let field = |row: &Row| {
        let field = SealedField {
            name: row.text("name")?.to_owned(),
            tenant: row.text("tenant")?.to_owned(),
            row: row.text("row_id")?.to_owned(),
            bytes: row.blob("sealed")?.to_vec(),
        };
        Ok((row.int("place")?.unsigned_abs(), field))
    };
    rows.iter().map(field).collect()
}

/// Places and sizes stay far below 2^63.
fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
