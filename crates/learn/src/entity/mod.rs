//! Learns the tagger of names: texts written from a grammar and lists, and labelled corpora, in; weights out.

pub mod fit;
pub mod list;
pub mod measure;
mod parts;
pub mod row;
pub mod write;
