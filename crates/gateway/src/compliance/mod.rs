//! Compliance: the register of controls, and how far the requirements of a standard are met.

pub mod asvs;
pub mod control;
