//! The provider protocols: OpenAI and Anthropic, plain and streamed, in one shape.
//!
//! [`Request`] reads what a client asks and lists every text in it with its provenance; [`answer`] and [`Relay`] take the
//! provider's answer through a [`Filter`]. What is not changed is forwarded byte for byte, unknown fields and events
//! included, and what no table knows is inspected like everything else.
//!
//! Pure: no socket, file, database, clock or environment.

mod answer;
mod arguments;
mod call;
mod coverage;
mod envelope;
mod error;
mod json;
mod output;
mod relay;
mod request;
mod said;
mod say;
mod shape;
mod splice;
mod sse;
mod surface;
#[cfg(test)]
mod testing;

pub use answer::answer;
pub use arguments::rewrite_leaves;
pub use call::ToolCall;
pub use coverage::{Coverage, Direction, Treatment, coverage};
pub use envelope::{ErrorInfo, Origin, error_body, refusal_answer};
pub use error::{ParseError, Reason};
pub use json::{Limits, strict};
pub use output::{Answer, AnswerError, Channel, Filter, Kind, RelayError, Released, Usage};
pub use relay::{Ended, Ending, Relay, RelayLimits};
pub use request::{Changes, Encoding, Opaque, Provenance, Request, Segment, ToolDefinition, Uninspectable};
pub use said::said;
pub use surface::{Dialect, Surface};
