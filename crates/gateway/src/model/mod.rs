//! Model safety: the policy that turns findings into a verdict (`model.response.policy`), and `/v1/moderations`
//! (`model.output.moderation`).

pub mod moderation;
pub mod policy;
