//! Authentication: who asks. For now by API key; people and tokens come beside it.

pub mod key;
