//! Signed checkpoints: C2SP `tlog-checkpoint` in a C2SP `signed-note`, Ed25519.
//!
//! ```text
//! portcullis/audit/0123456789abcdef
//! 42
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//!
//! — portcullis/audit/0123456789abcdef Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
//! ```

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::tree::Hash;

/// The signature type of Ed25519 in signed notes.
const ED25519_TYPE: u8 = 1;
const KEY_ID_BYTES: usize = 4;

/// What a checkpoint says: the log had this size and this root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: String,
    /// Its entries.
    pub size: u64,
    /// The root of its tree.
    pub root: Hash,
}

/// A key that checkpoints are verified with: its name and 32 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    public: Vec<u8>,
}

/// Why a checkpoint is not believed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoteError {
    /// It is not a checkpoint.
    #[error("it is not a signed checkpoint (C2SP tlog-checkpoint)")]
    Malformed,
    /// Nobody known signed it.
    #[error("it is not signed by the key {0}")]
    NotSigned(String),
    /// The verifier key is not one.
    #[error("it is not a verifier key (`name+hash+key`)")]
    Key,
}

/// The name of an installation's log.
pub fn origin(installation: &str) -> String {
    format!("portcullis/audit/{installation}")
}

/// Signs a checkpoint.
pub fn sign(checkpoint: &Checkpoint, key: &Ed25519KeyPair) -> String {
    let text = text(checkpoint);
    let public = key.public_key().as_ref();
    let mut signature = key_id(&checkpoint.origin, public).to_vec();
    signature.extend_from_slice(key.sign(text.as_bytes()).as_ref());
    format!("{text}\n\u{2014} {} {}\n", checkpoint.origin, STANDARD.encode(signature))
}

/// Reads a checkpoint and checks its signature.
///
/// # Errors
/// When it is malformed, or not signed by this key.
pub fn open(note: &str, key: &VerifierKey) -> Result<Checkpoint, NoteError> {
    let (text, signatures) = note.split_once("\n\n").ok_or(NoteError::Malformed)?;
    let text = format!("{text}\n");
    let checkpoint = parse(&text).ok_or(NoteError::Malformed)?;
    let wanted = key_id(&key.name, &key.public);
    let is_signed = signatures.lines().filter_map(|line| line.strip_prefix("\u{2014} ")?.rsplit_once(' ')).any(
        |(name, signature)| {
            let Ok(bytes) = STANDARD.decode(signature) else { return false };
            let Some((id, signature)) = bytes.split_at_checked(KEY_ID_BYTES) else { return false };
            let public = UnparsedPublicKey::new(&ED25519, &key.public);
            name == key.name && id == wanted && public.verify(text.as_bytes(), signature).is_ok()
        },
    );
    if is_signed && checkpoint.origin == key.name { Ok(checkpoint) } else { Err(NoteError::NotSigned(key.to_string())) }
}

fn text(checkpoint: &Checkpoint) -> String {
    format!("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size, STANDARD.encode(checkpoint.root))
}

fn parse(text: &str) -> Option<Checkpoint> {
    let mut lines = text.lines();
    let origin = lines.next().filter(|origin| !origin.is_empty())?.to_owned();
    let size = lines.next()?.parse().ok()?;
    let root = STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
    Some(Checkpoint { origin, size, root })
}

fn key_id(name: &str, public: &[u8]) -> [u8; KEY_ID_BYTES] {
    let mut text = name.as_bytes().to_vec();
    text.extend_from_slice(&[b'\n', ED25519_TYPE]);
    text.extend_from_slice(public);
    let mut id = [0; KEY_ID_BYTES];
    id.copy_from_slice(&digest(&SHA256, &text).as_ref()[..KEY_ID_BYTES]);
    id
}

impl VerifierKey {
    /// The public half of a signing key.
    pub fn of(origin: &str, key: &Ed25519KeyPair) -> Self {
        Self { name: origin.to_owned(), public: key.public_key().as_ref().to_vec() }
    }

    /// The log that it is for.
    pub fn origin(&self) -> &str {
        &self.name
    }
}

impl std::fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let id: String = key_id(&self.name, &self.public).iter().map(|byte| format!("{byte:02x}")).collect();
        let key = [&[ED25519_TYPE], self.public.as_slice()].concat();
        write!(f, "{}+{id}+{}", self.name, STANDARD.encode(key))
    }
}

impl std::str::FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        // Base64 may hold a `+`, so the name and the hash are read from the front.
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key);
        };
        let key = STANDARD.decode(key).map_err(|_| NoteError::Key)?;
        let Some((&ED25519_TYPE, public)) = key.split_first() else { return Err(NoteError::Key) };
        let read = Self { name: name.to_owned(), public: public.to_vec() };
        let is_right = public.len() == 32 && read.to_string().split('+').nth(1) == Some(id);
        if is_right { Ok(read) } else { Err(NoteError::Key) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed() -> (Checkpoint, VerifierKey, String) {
        let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let checkpoint = Checkpoint { origin: origin("0123456789abcdef"), size: 42, root: [9; 32] };
        let note = sign(&checkpoint, &key);
        let verifier = VerifierKey::of(&checkpoint.origin, &key);
        (checkpoint, verifier, note)
    }

    #[test]
    fn a_signed_checkpoint_reads_back() {
        let (checkpoint, key, note) = signed();
        assert_eq!(open(&note, &key), Ok(checkpoint));
        assert_eq!(key.to_string().parse(), Ok(key));
    }

    #[test]
    fn a_checkpoint_that_was_changed_is_not_believed() {
        let (_, key, note) = signed();
        assert!(open(&note.replace("\n42\n", "\n41\n"), &key).is_err());
        assert!(open(&note.replace("abcdef", "abcdee"), &key).is_err());
        let other = Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap();
        let other = VerifierKey::of(key.origin(), &other);
        assert!(matches!(open(&note, &other), Err(NoteError::NotSigned(_))));
    }
}
