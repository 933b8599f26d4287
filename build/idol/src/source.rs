// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Finding one's way in the text of a `.idol` file.
//!
//! RON does not tell where in the text a value was read from. For the sake of
//! error messages this module tracks keys and brackets through the text, which
//! need not be well-formed.

/// A key that ends at byte `end`, and the keys of what it is in.
struct Key {
    start: usize,
    path: Vec<String>,
    /// Where its value ends.
    end: usize,
}

/// The line, counted from 1, of the key that `path` leads to.
pub fn line_of(text: &str, path: &[&str]) -> Option<usize> {
    let key = keys(text).into_iter().find(|key| key.path == path)?;
    let before = text.get(..key.start)?;
    Some(before.matches('\n').count() + 1)
}

/// The keys that lead to what is at `line` and `column`, counted from 1.
pub fn keys_at(text: &str, line: usize, column: usize) -> Vec<String> {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let in_line: usize = text[start..]
        .chars()
        .take(column.saturating_sub(1))
        .map(char::len_utf8)
        .sum();
    let position = start + in_line;
    keys(text)
        .into_iter()
        .filter(|key| (key.start..=key.end).contains(&position))
        .map(|key| key.path)
        .max_by_key(Vec::len)
        .unwrap_or_default()
}

/// All keys of `text`, in order.
fn keys(text: &str) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    // For each open bracket: the key, if any, whose value is being read.
    let mut open: Vec<Option<usize>> = Vec::new();
    let mut candidate: Option<(usize, &str)> = None;

    for (start, token) in (Tokens { text, position: 0 }) {
        match token {
            "(" | "[" | "{" => open.push(None),
            ")" | "]" | "}" => {
                close(&mut keys, open.pop().flatten(), start);
            }
            "," => {
                if let Some(current) = open.last_mut() {
                    close(&mut keys, current.take(), start);
                }
            }
            ":" => {
                if let Some((key_start, key)) = candidate
                    && let Some((current, outer)) = open.split_last_mut()
                {
                    let mut path: Vec<String> = outer
                        .iter()
                        .rev()
                        .find_map(|key| key.map(|key| keys[key].path.clone()))
                        .unwrap_or_default();
                    path.push(key.trim_matches('"').to_string());
                    *current = Some(keys.len());
                    keys.push(Key {
                        start: key_start,
                        path,
                        end: text.len(),
                    });
                }
            }
            _ => {}
        }
        candidate = Some((start, token));
    }
    keys
}

fn close(keys: &mut [Key], key: Option<usize>, end: usize) {
    if let Some(key) = key {
        keys[key].end = end;
    }
}

/// Brackets, separators, words and strings, each with its position; comments
/// and white space are left out.
struct Tokens<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.text.get(self.position..)?;
            let first = rest.chars().next()?;
            let (len, is_token) = match first {
                _ if rest.starts_with("//") => {
                    (rest.find('\n').unwrap_or(rest.len()), false)
                }
                _ if rest.starts_with("/*") => (block_comment(rest), false),
                '"' => (string(rest), true),
                'r' if rest[1..].starts_with(['"', '#']) => {
                    (raw_string(rest), true)
                }
                '\'' => (character(rest), true),
                c if is_word(c) => {
                    (rest.find(|c| !is_word(c)).unwrap_or(rest.len()), true)
                }
                c => (c.len_utf8(), !c.is_whitespace()),
            };
            let start = self.position;
            self.position += len;
            if is_token {
                return Some((start, &rest[..len]));
            }
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the string that `text` starts with.
fn string(text: &str) -> usize {
    let mut escaped = true;
    for (position, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return position + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of the raw string, or raw identifier, that `text` starts with.
fn raw_string(text: &str) -> usize {
    let hashes = text[1..].len() - text[1..].trim_start_matches('#').len();
    if !text[1 + hashes..].starts_with('"') {
        return 1 + hashes;
    }
    let contents = 2 + hashes;
    let end = format!("\"{}", "#".repeat(hashes));
    text[contents..]
        .find(&end)
        .map_or(text.len(), |len| contents + len + end.len())
}

/// The length of the character literal that `text` starts with.
fn character(text: &str) -> usize {
    let contents = if text[1..].starts_with('\\') { 3 } else { 2 };
    text.char_indices()
        .skip(contents)
        .find(|(_, c)| *c == '\'')
        .map_or(text.len(), |(position, _)| position + 1)
}

/// The length of the comment that `text` starts with; comments nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut position = 0;
    while let Some(rest) = text.get(position..).filter(|r| !r.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            position += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            position += 2;
            if depth == 0 {
                return position;
            }
        } else {
            position += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r##"// "ops": {
Interface(
    name: "Foo", /* { /* */ ( */
    ops: {
        "first": (doc: "a { brace", reply: Simple("u8")),
        "second": (
            args: { "x": "[u8; 4]", 'c': r#"{"{"# },
            leases: {
                "y": (type: "[u8]", read: true),
            },
        ),
    },
)
"##;

    #[test]
    fn keys_are_found_by_the_path_to_them() {
        assert_eq!(line_of(TEXT, &["name"]), Some(3));
        assert_eq!(line_of(TEXT, &["ops"]), Some(4));
        assert_eq!(line_of(TEXT, &["ops", "second"]), Some(6));
        assert_eq!(line_of(TEXT, &["ops", "second", "args", "x"]), Some(7));
        assert_eq!(line_of(TEXT, &["ops", "second", "leases", "y"]), Some(9));
        assert_eq!(line_of(TEXT, &["ops", "first", "leases", "y"]), None);
    }

    #[test]
    fn a_position_is_inside_of_the_innermost_value_around_it() {
        assert_eq!(keys_at(TEXT, 1, 1), [""; 0]);
        assert_eq!(keys_at(TEXT, 3, 12), ["name"]);
        assert_eq!(keys_at(TEXT, 4, 14), ["ops"]);
        assert_eq!(keys_at(TEXT, 5, 40), ["ops", "first", "reply"]);
        assert_eq!(
            keys_at(TEXT, 9, 40),
            ["ops", "second", "leases", "y", "read"]
        );
    }

    #[test]
    fn any_text_can_be_searched() {
        for end in 0..TEXT.len() {
            keys(&TEXT[..end]);
            keys(&TEXT[end..]);
        }
        for text in ["'", "'\\", "\"", "\"\\", "r#", "r", "/*", "):,", "é(é:"]
        {
            keys(text);
            assert_eq!(keys_at(text, 9, 9).len(), keys_at(text, 9, 9).len());
        }
    }
}
