//! The frame: sockets, the ordered steps around every request, and the list of all routes.

pub mod account;
pub mod admin;
pub mod body;
mod challenge;
mod cors;
pub mod factor;
pub mod gate;
pub mod header;
pub mod listen;
pub mod login;
pub mod oauth2;
pub mod outside;
mod page;
pub mod peer;
mod redirect;
pub mod router;
pub mod scim;
pub mod shield;
pub mod site;
pub mod stack;
