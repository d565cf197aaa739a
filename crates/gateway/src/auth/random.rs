//! Random text for ids and keys.

use aws_lc_rs::rand;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The library has no randomness to give.
#[derive(Debug, thiserror::Error)]
#[error("no random numbers can be had")]
pub struct NoRandom;

/// Random characters of base62, without bias; 22 of them are 131 bits.
pub(super) fn base62(count: usize) -> Result<String, NoRandom> {
    let mut out = String::with_capacity(count);
    let mut bytes = [0; 64];
    while out.len() < count {
        rand::fill(&mut bytes).map_err(|_| NoRandom)?;
        let fair = bytes.iter().filter(|byte| **byte < 248).take(count - out.len());
        out.extend(fair.map(|byte| char::from(BASE62[usize::from(byte % 62)])));
    }
    Ok(out)
}
