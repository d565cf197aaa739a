//! SHA-1 and MD5, raw bytes. Rules use them to make keys of values, never to protect one.

use md5::Md5;
use sha1::{Digest, Sha1};

pub(super) fn sha1(value: &[u8]) -> Vec<u8> {
    Sha1::digest(value).to_vec()
}

pub(super) fn md5(value: &[u8]) -> Vec<u8> {
    Md5::digest(value).to_vec()
}
