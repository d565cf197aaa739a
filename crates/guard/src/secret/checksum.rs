//! x
/// x
pub fn crc32_base62(text: &str) -> String {
    let d = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut c = crc32fast::hash(text.as_bytes());
    let mut v = vec![b'0'; 6];
    for i in (0..6).rev() { v[i] = d[(c % 62) as usize]; c /= 62; }
    String::from_utf8(v).unwrap()
}
