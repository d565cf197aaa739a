//! Rule files from disk: folders, `Include` with patterns, data files beside the rules.
//!
//! A folder is either the Core Rule Set as it is unpacked or installed (`crs-setup.conf` and `rules/`), or any folder with
//! `.conf` files, read in the order of their names. Only regular files are read, none larger than [`FILE_BYTES_MAX`].

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;
use waf::{Engine, LoadError, RuleSet, Source};

/// The largest file that is read.
pub const FILE_BYTES_MAX: u64 = 8 << 20;
/// How many rule files one set may have.
const FILES_MAX: usize = 1000;
/// How deep files may include files.
const DEPTH_MAX: usize = 8;

/// Why rules did not load.
#[derive(Debug, Error)]
pub enum Error {
    /// A file or folder cannot be read.
    #[error("{path} cannot be read: {problem}")]
    Read {
        /// Which.
        path: String,
        /// Why.
        problem: String,
    },
    /// The rules cannot be honoured.
    #[error(transparent)]
    Rules(#[from] LoadError),
}

/// Rule files in the order they are read.
#[derive(Debug, Default)]
pub struct Files {
    list: Vec<(String, Vec<u8>)>,
}

impl Files {
    /// Adds a text that is not a file, under a name for errors.
    pub fn push(&mut self, name: &str, text: &str) {
        self.list.push((name.to_owned(), text.as_bytes().to_vec()));
    }

    /// Adds a rule file, or a folder of them.
    ///
    /// # Errors
    /// When something cannot be read, or the folder has no rule file.
    pub fn add(&mut self, path: &Path) -> Result<(), Error> {
        self.add_setup(path)?;
        self.add_rules(path)
    }

    /// Adds the set-up file of a Core Rule Set, when the path is one: what comes next may override it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn add_setup(&mut self, path: &Path) -> Result<(), Error> {
        let places = ["crs-setup.conf", "crs-setup.conf.example"];
        match places.map(|name| path.join(name)).into_iter().find(|place| place.is_file()) {
            Some(setup) => self.add_file(&setup, 0),
            None => Ok(()),
        }
    }

    /// Adds the rules of a path, without a set-up file.
    ///
    /// # Errors
    /// When something cannot be read, or a folder has no rule file.
    pub fn add_rules(&mut self, path: &Path) -> Result<(), Error> {
        if !path.is_dir() {
            return self.add_file(path, 0);
        }
        let rules = path.join("rules");
        let folder = if rules.is_dir() { rules } else { path.to_owned() };
        let all = matching(&folder.join("*.conf"))?;
        let files: Vec<_> = all.into_iter().filter(|file| !file.ends_with("crs-setup.conf")).collect();
        if files.is_empty() {
            return Err(unreadable(&folder, "there is no .conf file in it"));
        }
        files.iter().try_for_each(|file| self.add_file(file, 0))
    }

    /// Adds a file, cut at each `Include`, with the lines of the parts still counted from its beginning.
    fn add_file(&mut self, path: &Path, depth: usize) -> Result<(), Error> {
        if depth > DEPTH_MAX || self.list.len() > FILES_MAX {
            return Err(unreadable(path, "too many files include each other"));
        }
        let text = read(path)?;
        let mut part = Vec::with_capacity(text.len());
        for (number, line) in text.split_inclusive(|&byte| byte == b'\n').enumerate() {
            let Some((pattern, is_optional)) = include(line) else {
                part.extend_from_slice(line);
                continue;
            };
            self.list.push((path.display().to_string(), std::mem::take(&mut part)));
            part.resize(number + 1, b'\n');
            let place = path.parent().unwrap_or(Path::new(".")).join(pattern);
            let files = matching(&place)?;
            if files.is_empty() && !is_optional {
                return Err(unreadable(&place, "it includes no file"));
            }
            files.iter().try_for_each(|file| self.add_file(file, depth + 1))?;
        }
        self.list.push((path.display().to_string(), part));
        Ok(())
    }

    /// Makes an engine of the files, on top of the engine's own base settings.
    ///
    /// # Errors
    /// When a rule cannot be honoured, or a data file cannot be read.
    pub fn compile(&self) -> Result<Arc<Engine>, Error> {
        let mut sources = Vec::new();
        if !self.list.iter().any(|(_, text)| brings_base(text)) {
            sources.push(Source { name: "base.conf (built in)", text: waf::BASE.as_bytes() });
        }
        sources.extend(self.list.iter().map(|(name, text)| Source { name, text }));
        let mut data = |file: &str, name: &str| {
            let place = Path::new(file).parent().unwrap_or(Path::new(".")).join(name);
            read(&place).map_err(|error| error.to_string())
        };
        Ok(RuleSet::parse(&sources, &mut data)?.compile()?)
    }
}

/// Whether a file says itself who reads which body, under the ids that are customary for it.
fn brings_base(text: &[u8]) -> bool {
    [&b"id:200000"[..], b"id:'200000'"].iter().any(|id| memchr::memmem::find(text, id).is_some())
}

/// The pattern of an `Include` line, and whether it may match nothing.
fn include(line: &[u8]) -> Option<(String, bool)> {
    let text = String::from_utf8_lossy(line);
    let (word, rest) = text.trim().split_once(char::is_whitespace)?;
    let is_optional = match word.to_ascii_lowercase().as_str() {
        "include" => false,
        "includeoptional" => true,
        _ => return None,
    };
    Some((rest.trim().trim_matches(['"', '\'']).to_owned(), is_optional))
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let about = fs::metadata(path).map_err(|error| unreadable(path, &error.to_string()))?;
    if !about.is_file() || about.len() > FILE_BYTES_MAX {
        return Err(unreadable(path, "it is not a regular file of at most 8 MiB"));
    }
    fs::read(path).map_err(|error| unreadable(path, &error.to_string()))
}

/// The files a path means whose last part may hold `*` and `?`, sorted.
fn matching(pattern: &Path) -> Result<Vec<PathBuf>, Error> {
    let name = pattern.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if !name.contains(['*', '?']) {
        return Ok(pattern.is_file().then(|| pattern.to_owned()).into_iter().collect());
    }
    let folder = pattern.parent().unwrap_or(Path::new("."));
    let listed = fs::read_dir(folder).map_err(|error| unreadable(folder, &error.to_string()))?;
    let mut files = Vec::new();
    for entry in listed {
        let entry = entry.map_err(|error| unreadable(folder, &error.to_string()))?;
        if fits(name.as_bytes(), entry.file_name().to_string_lossy().as_bytes()) && entry.path().is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Shell patterns with `*` and `?` only.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.first(), name.first()) {
        (None, None) => true,
        (Some(b'*'), _) => fits(&pattern[1..], name) || (!name.is_empty() && fits(pattern, &name[1..])),
        (Some(b'?'), Some(_)) => fits(&pattern[1..], &name[1..]),
        (Some(one), Some(other)) => one == other && fits(&pattern[1..], &name[1..]),
        _ => false,
    }
}

fn unreadable(path: &Path, problem: &str) -> Error {
    Error::Read { path: path.display().to_string(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn includes_are_read_in_their_place_and_lines_still_count() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write(
            "main.conf",
            "SecMarker A\nInclude part-*.conf\nIncludeOptional none-*.conf\nSecRule BAD \"@rx a\" \"id:9\"\n",
        );
        write("part-2.conf", "SecAction \"id:2,pass\"");
        write("part-1.conf", "SecRule ARGS \"@pmFromFile words.data\" \"id:1\"");
        write("words.data", "one\ntwo\n");
        let mut files = Files::default();
        files.add(&folder.path().join("main.conf")).unwrap();
        let problem = files.compile().unwrap_err().to_string();
        assert!(problem.contains("main.conf:4: the variable BAD"), "{problem}");
    }

    #[test]
    fn a_missing_include_or_an_empty_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Files::default().add(folder.path()).is_err());
        fs::write(folder.path().join("a.conf"), "Include gone.conf").unwrap();
        assert!(Files::default().add(folder.path()).is_err());
    }

    #[test]
    fn shell_patterns_fit() {
        assert!(fits(b"*.conf", b"a.conf") && fits(b"a?c*", b"abcd") && !fits(b"*.conf", b"a.conf.example"));
    }
}
