//! The parts of an address: which of its words are a street, which a town, and which a postcode.

/// Text with its label; none is empty.
type Part = (String, &'static str);

/// Appends a line: parts with spaces between them, after `seam`.
pub(super) fn join(out: &mut Vec<Part>, seam: &str, line: Vec<Part>) {
    for (at, part) in line.into_iter().enumerate() {
        if !out.is_empty() {
            out.push((if at == 0 { seam } else { " " }.to_owned(), ""));
        }
        out.push(part);
    }
}

/// An address from a list: the last line that is no postcode is the town's, those before it are the street's.
pub(super) fn of_lines(address: &str) -> Vec<Part> {
    let lines: Vec<&str> = address.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let town = lines.iter().rposition(|line| !is_postcode(line)).unwrap_or(0);
    let mut out = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let is_military = ["APO", "FPO", "DPO"].iter().any(|box_of| line.starts_with(box_of));
        let parts = match at {
            _ if is_postcode(line) => vec![((*line).to_owned(), "")],
            _ if at == town && at > 0 && !is_military => words(line),
            _ => vec![((*line).to_owned(), "ADDRESS")],
        };
        if !out.is_empty() {
            out.push(("\n".to_owned(), ""));
        }
        out.extend(parts);
    }
    out
}

/// `6632 SA`, `G3 6XT`, `98-952`: every word has a digit or is two capitals.
fn is_postcode(line: &str) -> bool {
    let is_code = |word: &str| has_digit(word) || (word.len() == 2 && word.chars().all(char::is_uppercase));
    has_digit(line) && line.split(' ').all(is_code)
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

/// The line of a town: runs of words are places, numbers and signs are nothing.
fn words(line: &str) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::new();
    for (at, word) in line.split(' ').enumerate() {
        let name = word.trim_matches([',', '(', ')', '/']);
        let label = if name.is_empty() || has_digit(name) { "" } else { "PLACE" };
        let (before, after) = word.split_once(name).filter(|_| !name.is_empty()).unwrap_or((word, ""));
        let is_open = before.is_empty() && label == "PLACE";
        match out.last_mut() {
            Some((text, "PLACE")) if is_open => text.extend([" ", name]),
            _ => {
                let space = if at == 0 { "" } else { " " };
                out.push((format!("{space}{before}"), ""));
                out.push((name.to_owned(), label));
            }
        }
        if !after.is_empty() {
            out.push((after.to_owned(), ""));
        }
    }
    out.retain(|(text, _)| !text.is_empty());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labelled(address: &str) -> (String, Vec<(String, &'static str)>) {
        let parts = of_lines(address);
        let text = parts.iter().map(|(text, _)| text.as_str()).collect();
        (text, parts.into_iter().filter(|(_, label)| !label.is_empty()).collect())
    }

    #[test]
    fn street_town_and_code_are_told_apart_and_the_text_stays_what_it_was() {
        for (address, street, towns) in [
            ("8596 Rebecca Ranch\nNew Adamport, OR 08391", "8596 Rebecca Ranch", vec!["New Adamport", "OR"]),
            ("Studio 19\nSingh Glen\nJamesburgh\nL1D 6EF", "Studio 19Singh Glen", vec!["Jamesburgh"]),
            ("Merelbaan 7\n5142 UR\nDe Waal", "Merelbaan 7", vec!["De Waal"]),
            ("Vicolo Sauli, 62\n80046, San Giorgio (NA)", "Vicolo Sauli, 62", vec!["San Giorgio", "NA"]),
        ] {
            let (text, parts) = labelled(address);
            assert_eq!(text, address);
            let of = |wanted: &str| -> Vec<&str> {
                parts.iter().filter(|(_, label)| *label == wanted).map(|(text, _)| text.as_str()).collect()
            };
            assert_eq!(of("ADDRESS").concat(), street);
            assert_eq!(of("PLACE"), towns);
        }
    }
}
