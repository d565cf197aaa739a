//! A folder with a classifier, read once and within bounds.
//!
//! Invariant: the bytes that are hashed are the bytes that are used, so what is in the folder later changes nothing.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::Failed;

const CONFIG: &str = "config.json";
const TOKENIZER: &str = "tokenizer.json";
/// Where a model may be, and which is taken.
const MODELS: &[&str] = &["model.onnx", "model.rten", "onnx/model.onnx"];
const CONFIG_BYTES_MAX: u64 = 1 << 20;
const TOKENIZER_BYTES_MAX: u64 = 64 << 20;
const MODEL_BYTES_MAX: u64 = 2 << 30;

/// Why a folder is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The program has no engine.
    #[error("this program was built without transformers: build it with `--features transformer`")]
    NotBuilt,
    /// A file cannot be read.
    #[error("{file} cannot be read: {why}")]
    Unreadable {
        /// Which.
        file: &'static str,
        /// Why.
        why: String,
    },
    /// A file is larger than any of its kind.
    #[error("{file} is larger than {mib_max} MiB")]
    TooLarge {
        /// Which.
        file: &'static str,
        /// In MiB.
        mib_max: u64,
    },
    /// There is no model in a form that can be read.
    #[error(
        "there is no model.onnx, model.rten or onnx/model.onnx{}",
        if *.has_safetensors { "; safetensors are not read, export them: \
          `optimum-cli export onnx --task text-classification --model FOLDER NEW_FOLDER`" } else { "" }
    )]
    NoModel {
        /// There is one in a form that cannot.
        has_safetensors: bool,
    },
    /// It is not what was pinned.
    #[error("the folder is not the one that was pinned: it has sha256 {found}, and {pinned} is asked for")]
    Pin {
        /// What it has.
        found: String,
        /// What it should have.
        pinned: String,
    },
    /// Its architecture is not known.
    #[error("config.json: model_type `{0}` is not one of bert, deberta-v2, modernbert")]
    Family(String),
    /// It is no classifier of sequences.
    #[error(
        "config.json: this is no classifier: id2label needs 2 to 64 labels numbered from 0, problem_type \
         classification, and at least 32 positions"
    )]
    NoClassifier,
    /// Nobody knows which labels speak of an attack.
    #[error("config.json: which of the labels {0} speak of an attack? Name them in attack_labels")]
    UnclearLabels(String),
    /// The operator named a label that is not there.
    #[error("attack_labels: `{label}` is none of the labels {known}")]
    UnknownLabel {
        /// Which.
        label: String,
        /// What there is.
        known: String,
    },
    /// The tokenizer would make more of a text than it is.
    #[error("tokenizer.json: {0}")]
    Tokenizer(String),
    /// The engine does not take the model.
    #[error("the model cannot be loaded: {0}")]
    Model(String),
    /// A first judgement failed.
    #[error("the model does not judge: {0}")]
    SelfTest(Failed),
    /// It does not tell attacks from harmless texts.
    #[error(
        "the model does not tell attacks from harmless texts (it gives plain attacks {attacks} % and plain questions \
         {harmless} % on average): wrong labels, or a model for something else"
    )]
    Blind {
        /// In percent.
        attacks: u8,
        /// In percent.
        harmless: u8,
    },
}

/// The files of a folder.
pub(crate) struct Folder {
    pub(crate) config: Vec<u8>,
    pub(crate) tokenizer: Vec<u8>,
    pub(crate) model: Vec<u8>,
    /// Their pin.
    pub(crate) sha256: String,
}

/// The pin of a folder: the SHA-256 of what `sha256sum config.json MODEL tokenizer.json` prints in it.
///
/// # Errors
/// When one of the files is missing or too large.
pub fn pin(folder: &Path) -> Result<String, Broken> {
    Folder::read(folder).map(|folder| folder.sha256)
}

impl Folder {
    /// Reads the files.
    ///
    /// # Errors
    /// When one of them is missing or too large.
    pub(crate) fn read(folder: &Path) -> Result<Self, Broken> {
        let config = read(folder, CONFIG, CONFIG_BYTES_MAX)?;
        let tokenizer = read(folder, TOKENIZER, TOKENIZER_BYTES_MAX)?;
        let has_safetensors = folder.join("model.safetensors").exists();
        let name = MODELS.iter().find(|name| folder.join(name).exists()).ok_or(Broken::NoModel { has_safetensors })?;
        let model = read(folder, name, MODEL_BYTES_MAX)?;
        let sha256 = pin_of(&[(CONFIG, &config), (name, &model), (TOKENIZER, &tokenizer)]);
        Ok(Self { config, tokenizer, model, sha256 })
    }

    /// Refuses another folder than the pinned one.
    pub(crate) fn check(&self, pinned: Option<&str>) -> Result<(), Broken> {
        match pinned {
            Some(pinned) if !pinned.eq_ignore_ascii_case(&self.sha256) => {
                Err(Broken::Pin { found: self.sha256.clone(), pinned: pinned.to_owned() })
            }
            _ => Ok(()),
        }
    }
}

fn pin_of(files: &[(&str, &[u8])]) -> String {
    let mut list = String::new();
    for (name, bytes) in files {
        list.push_str(&format!("{}  {name}\n", hex(&Sha256::digest(bytes))));
    }
    hex(&Sha256::digest(list))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read(folder: &Path, file: &'static str, bytes_max: u64) -> Result<Vec<u8>, Broken> {
    let unreadable = |error: io::Error| Broken::Unreadable { file, why: error.to_string() };
    let path = folder.join(file);
    let about = std::fs::metadata(&path).map_err(unreadable)?;
    // A pipe would be waited for.
    if !about.is_file() {
        return Err(Broken::Unreadable { file, why: "it is no file".to_owned() });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.len().min(bytes_max)).unwrap_or(0));
    File::open(&path).and_then(|open| open.take(bytes_max + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > bytes_max {
        return Err(Broken::TooLarge { file, mib_max: bytes_max >> 20 });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        folder
    }

    #[test]
    fn a_pin_is_what_sha256sum_gives() {
        let folder = folder(&[("config.json", "c"), ("model.onnx", "m"), ("tokenizer.json", "t")]);
        // printf c >config.json … ; sha256sum config.json model.onnx tokenizer.json | sha256sum
        let expected = "008ad6e450556640e882381ca402943212df7510b8c8caed3070f67e56eb276e";
        assert_eq!(pin(folder.path()).unwrap(), expected);
    }

    #[test]
    fn a_pin_changes_with_every_file() {
        let files = [("config.json", "c"), ("model.onnx", "m"), ("tokenizer.json", "t")];
        let pins: std::collections::BTreeSet<String> = (0..4)
            .map(|changed| {
                let folder = folder(&files);
                if let Some((name, _)) = files.get(changed) {
                    std::fs::write(folder.path().join(name), "other").unwrap();
                }
                pin(folder.path()).unwrap()
            })
            .collect();
        assert_eq!(pins.len(), 4);
    }

    #[test]
    fn safetensors_alone_are_refused_with_the_way_to_export_them() {
        let folder = folder(&[("config.json", "c"), ("model.safetensors", "m"), ("tokenizer.json", "t")]);
        let refused = pin(folder.path()).unwrap_err();
        assert_eq!(refused, Broken::NoModel { has_safetensors: true });
        assert!(refused.to_string().contains("optimum-cli export onnx"), "{refused}");
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read_to_its_end() {
        let folder = folder(&[("model.onnx", "m"), ("tokenizer.json", "t")]);
        let config = File::create(folder.path().join("config.json")).unwrap();
        config.set_len(1 << 40).unwrap();
        assert_eq!(pin(folder.path()), Err(Broken::TooLarge { file: "config.json", mib_max: 1 }));
    }

    #[test]
    fn what_is_no_file_is_not_waited_for() {
        let folder = folder(&[("model.onnx", "m"), ("tokenizer.json", "t")]);
        std::fs::create_dir(folder.path().join("config.json")).unwrap();
        assert!(matches!(pin(folder.path()), Err(Broken::Unreadable { file: "config.json", .. })));
    }
}
