//! LIKE: `%`, `_`, `[abc]`, `[a-z]`, `[^...]` and ESCAPE, without case.

/// A pattern, read once.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Pattern(Vec<Part>);

#[derive(Clone, PartialEq, Debug)]
enum Part {
    Any,
    One,
    Letter(char),
    /// Whether the letter must be outside, and the ranges.
    Set(bool, Vec<(char, char)>),
}

impl Pattern {
    pub(super) fn new(pattern: &str, escape: Option<char>) -> Self {
        let letters: Vec<char> = lower(pattern).collect();
        let escape = escape.and_then(|escape| escape.to_lowercase().next());
        let (mut parts, mut at) = (Vec::new(), 0);
        while at < letters.len() {
            let letter = letters[at];
            at += 1;
            parts.push(match letter {
                _ if Some(letter) == escape && at < letters.len() => {
                    at += 1;
                    Part::Letter(letters[at - 1])
                }
                '%' if parts.last() == Some(&Part::Any) => continue,
                '%' => Part::Any,
                '_' => Part::One,
                '[' => match set(&letters[at..]) {
                    Some((set, taken)) => {
                        at += taken;
                        set
                    }
                    None => Part::Letter('['),
                },
                _ => Part::Letter(letter),
            });
        }
        Self(parts)
    }

    /// In time proportional to text times pattern at most.
    pub(super) fn matches(&self, text: &str) -> bool {
        let letters: Vec<char> = lower(text).collect();
        let (mut at, mut part) = (0, 0);
        // The last `%` and where its rest was tried.
        let mut retry: Option<(usize, usize)> = None;
        while at < letters.len() {
            match self.0.get(part) {
                Some(Part::Any) => {
                    retry = Some((part, at));
                    part += 1;
                }
                Some(other) if other.fits(letters[at]) => (at, part) = (at + 1, part + 1),
                _ => match retry {
                    Some((any, from)) => {
                        retry = Some((any, from + 1));
                        (at, part) = (from + 1, any + 1);
                    }
                    // Blanks at the end do not count.
                    None => return part == self.0.len() && letters[at..].iter().all(|letter| *letter == ' '),
                },
            }
        }
        self.0[part..].iter().all(|part| *part == Part::Any)
    }
}

impl Part {
    fn fits(&self, letter: char) -> bool {
        match self {
            Part::Any | Part::One => true,
            Part::Letter(wanted) => *wanted == letter,
            Part::Set(outside, ranges) => {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&letter)) != *outside
            }
        }
    }
}

fn lower(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().flat_map(char::to_lowercase)
}

/// The set that begins here, without its `[`, and the letters it takes.
fn set(letters: &[char]) -> Option<(Part, usize)> {
    let outside = letters.first() == Some(&'^');
    let start = usize::from(outside);
    let end = letters.get(start + 1..)?.iter().position(|letter| *letter == ']')? + start + 1;
    let (inside, mut ranges, mut at) = (&letters[start..end], Vec::new(), 0);
    while at < inside.len() {
        if inside.get(at + 1) == Some(&'-') && at + 2 < inside.len() {
            ranges.push((inside[at], inside[at + 2]));
            at += 3;
        } else {
            ranges.push((inside[at], inside[at]));
            at += 1;
        }
    }
    Some((Part::Set(outside, ranges), end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_t_sql() {
        for (text, pattern, escape, expected) in [
            ("Printer jams", "%PRINT%", None, true),
            ("Printer", "print_r", None, true),
            ("Printer", "print", None, false),
            ("abc", "[a-c]%", None, true),
            ("xbc", "[^a-c]bc", None, true),
            ("100%", "100!%", Some('!'), true),
            ("1000", "100!%", Some('!'), false),
            ("a_b", "a[_]b", None, true),
            ("axb", "a[_]b", None, false),
            ("a]b", "a[]]b", None, true),
            ("abab", "%ab", None, true),
            ("", "%", None, true),
            ("", "", None, true),
            ("x", "", None, false),
            ("tail  ", "tail", None, true),
            ("[", "[", None, true),
        ] {
            assert_eq!(Pattern::new(pattern, escape).matches(text), expected, "{text} LIKE {pattern}");
        }
    }

    #[test]
    fn many_wildcards_take_no_time() {
        let text = "a".repeat(5_000);
        assert!(!Pattern::new(&"%a".repeat(500), None).matches(&format!("{text}b")));
    }
}
