//! The model's graph: token ids in, logits out.
//!
//! Invariants: one inference runs at a time; a failure of the engine, a panic too, is an error here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use crate::Failed;
use crate::folder::Broken;
use crate::protobuf;

/// How files in the engine's own form begin.
const RTEN_MAGIC: &[u8] = b"RTEN";
/// Longer messages of the engine tell nobody more.
const MESSAGE_CHARS_MAX: usize = 200;

/// A loaded model.
pub(crate) struct Engine {
    model: Model,
    inputs: Vec<(NodeId, Input)>,
    output: NodeId,
    pool: Arc<ThreadPool>,
    pad: i32,
    /// Held by the inference that runs.
    turn: Mutex<()>,
}

/// What an input of the graph wants.
#[derive(Debug, Clone, Copy)]
enum Input {
    Ids,
    Mask,
    /// Which of two texts a token is of: there is one.
    Types,
}

impl Engine {
    /// Loads a model in either form.
    ///
    /// # Errors
    /// When it cannot be read, keeps its weights elsewhere, or wants or gives something else than a classifier does.
    pub(crate) fn load(file: Vec<u8>, pad: u32, threads: usize) -> Result<Self, Broken> {
        if !file.starts_with(RTEN_MAGIC) && !protobuf::is_sound(&file) {
            return Err(Broken::Model("it is no ONNX file, or was cut".to_owned()));
        }
        let model = guarded(|| ModelOptions::with_all_ops().load(file).map_err(|error| brief(&error)));
        let model = model.map_err(Broken::Model)?;
        let name = |id: NodeId| model.node_info(id).and_then(|node| node.name()).unwrap_or_default().to_owned();
        let input = |id: &NodeId| match name(*id).as_str() {
            "input_ids" => Ok((*id, Input::Ids)),
            "attention_mask" => Ok((*id, Input::Mask)),
            "token_type_ids" => Ok((*id, Input::Types)),
            other => Err(Broken::Model(format!("it wants an input `{other}`"))),
        };
        let inputs = model.input_ids().iter().map(input).collect::<Result<Vec<_>, _>>()?;
        let output = match model.output_ids() {
            [only] => Some(*only),
            several => several.iter().copied().find(|id| name(*id) == "logits"),
        };
        let output = output.ok_or_else(|| Broken::Model("it has no output `logits`".to_owned()))?;
        let pad = i32::try_from(pad).map_err(|_| Broken::Model("pad_token_id is out of range".to_owned()))?;
        let pool = Arc::new(ThreadPool::with_num_threads(threads.max(1)));
        Ok(Self { model, inputs, output, pool, pad, turn: Mutex::default() })
    }

    /// The logits of some rows of tokens, one row behind the other.
    ///
    /// # Errors
    /// When the engine fails.
    pub(crate) fn run(&self, rows: &[Vec<u32>]) -> Result<Vec<f32>, Failed> {
        let inputs =
            self.inputs.iter().map(|(id, input)| (*id, ValueOrView::from(self.tensor(*input, rows)))).collect();
        let options = RunOptions::default().with_thread_pool(Some(self.pool.clone()));
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut given =
            guarded(|| self.model.run(inputs, &[self.output], Some(options)).map_err(|error| brief(&error)))
                .map_err(Failed::Engine)?;
        let logits = given.pop().ok_or_else(|| Failed::Engine("no output".to_owned()))?;
        let logits: NdTensor<f32, 2> =
            logits.try_into().map_err(|_| Failed::Engine("the logits are no table of numbers".to_owned()))?;
        Ok(logits.to_vec())
    }

    /// One input for some rows, the shorter ones padded.
    fn tensor(&self, input: Input, rows: &[Vec<u32>]) -> Value {
        let width = rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut data = Vec::with_capacity(rows.len() * width);
        for row in rows {
            let padding = width - row.len();
            // Out of range of any vocabulary, so that the engine refuses it.
            let ids = row.iter().map(|id| i32::try_from(*id).unwrap_or(i32::MAX));
            match input {
                Input::Ids => data.extend(ids.chain(std::iter::repeat_n(self.pad, padding))),
                Input::Mask => {
                    data.extend(std::iter::repeat_n(1, row.len()).chain(std::iter::repeat_n(0, padding)));
                }
                Input::Types => data.extend(std::iter::repeat_n(0, width)),
            }
        }
        NdTensor::from_data([rows.len(), width], data).into()
    }
}

/// Runs something of the engine's; its panics are errors.
fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err("it panicked".to_owned()))
}

fn brief(error: &dyn std::fmt::Display) -> String {
    error.to_string().chars().take(MESSAGE_CHARS_MAX).collect()
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}
