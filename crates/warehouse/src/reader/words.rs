//! Just enough of SQL's words to tell statements apart: text, names, comments, and what is left.

/// A piece of SQL with its place in the source.
struct Piece {
    start: usize,
    end: usize,
    kind: Kind,
}

#[derive(PartialEq, Eq)]
enum Kind {
    /// Comment or white space.
    Blank,
    Semicolon,
    Word,
    /// Text, a quoted name, a number, a sign.
    Other,
}

/// Statements between semicolons, without blanks around them; empty ones are left out.
pub(super) fn statements(sql: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut span: Option<(usize, usize)> = None;
    for piece in pieces(sql) {
        match piece.kind {
            Kind::Blank => {}
            Kind::Semicolon => found.extend(span.take()),
            Kind::Word | Kind::Other => span = Some((span.map_or(piece.start, |(start, _)| start), piece.end)),
        }
    }
    found.extend(span);
    found.into_iter().map(|(start, end)| &sql[start..end]).collect()
}

/// The first words and signs, in capitals.
pub(super) fn first_words(statement: &str, count: usize) -> Vec<String> {
    let visible = pieces(statement).filter(|piece| piece.kind != Kind::Blank);
    visible.take(count).map(|piece| statement[piece.start..piece.end].to_ascii_uppercase()).collect()
}

/// Names that something in parentheses follows, in lower case: all functions that are called are among them.
pub(super) fn calls(statement: &str) -> Vec<String> {
    let visible: Vec<_> = pieces(statement)
        .filter(|piece| piece.kind != Kind::Blank)
        .map(|piece| &statement[piece.start..piece.end])
        .collect();
    let called = visible.windows(2).filter(|pair| pair[1] == "(").map(|pair| pair[0]);
    called.map(|name| name.trim_matches('"').replace("\"\"", "\"").to_lowercase()).collect()
}

fn pieces(sql: &str) -> impl Iterator<Item = Piece> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let (length, kind) = piece(&sql[start..])?;
        let piece = Piece { start, end: start + length, kind };
        start = piece.end;
        Some(piece)
    })
}

/// Length and kind of the piece that `rest` begins with. What is not closed goes to the end.
fn piece(rest: &str) -> Option<(usize, Kind)> {
    let first = rest.chars().next()?;
    let to = |end: Option<usize>| end.unwrap_or(rest.len());
    Some(match first {
        ';' => (1, Kind::Semicolon),
        '\'' => (to(quoted(rest, 0, '\'', false)), Kind::Other),
        '"' => (to(quoted(rest, 0, '"', false)), Kind::Other),
        'e' | 'E' if rest[1..].starts_with('\'') => (to(quoted(rest, 1, '\'', true)), Kind::Other),
        '-' if rest.starts_with("--") => (to(rest.find(['\n', '\r'])), Kind::Blank),
        '/' if rest.starts_with("/*") => (comment(rest), Kind::Blank),
        '$' => (dollars(rest), Kind::Other),
        _ if first.is_whitespace() => (first.len_utf8(), Kind::Blank),
        _ if is_word(first) => (to(rest.find(|character| !is_word(character) && character != '$')), Kind::Word),
        _ => (first.len_utf8(), Kind::Other),
    })
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// End of what opens at `open`; the sign itself is written twice inside, or after a backslash where that escapes.
fn quoted(rest: &str, open: usize, sign: char, escapes: bool) -> Option<usize> {
    let mut characters = rest[open + 1..].char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if escapes && character == '\\' {
            characters.next();
        } else if character == sign {
            match characters.peek() {
                Some((_, next)) if *next == sign => drop(characters.next()),
                _ => return Some(open + 1 + at + sign.len_utf8()),
            }
        }
    }
    None
}

/// Comments of this kind nest.
fn comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        match &rest.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// `$tag$ ... $tag$`; a lone dollar sign is a sign.
fn dollars(rest: &str) -> usize {
    let Some(end) = rest[1..].find('$').map(|at| at + 2) else { return 1 };
    let tag = &rest[..end];
    if !tag[1..end - 1].chars().all(is_word) {
        return 1;
    }
    rest[end..].find(tag).map_or(rest.len(), |at| end + at + tag.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, expected: &[&str]) {
        assert_eq!(statements(sql), expected, "{sql}");
    }

    #[test]
    fn calls_are_found_however_they_are_written() {
        let sql = "select A(1), \"b\" /* so */ (2), c.d -- e(\n(3), 'f(4)' from g where h in (5)";
        assert_eq!(calls(sql), ["a", "b", "d", "in"]);
    }

    #[test]
    fn statements_are_told_apart() {
        check("", &[]);
        check(";; /* ; */ -- ;", &[]);
        check("a;b ; c", &["a", "b", "c"]);
        check("select ';''; ' ;x", &["select ';''; '", "x"]);
        check("select \";\"\";\"; x", &["select \";\"\";\"", "x"]);
        check("select e'\\';' ; x", &["select e'\\';'", "x"]);
        check("select '\\'; x", &["select '\\'", "x"]);
        check("/* /* ; */ ; */ a", &["a"]);
        check("$$;$$ ; $a$ ;$$ $a$;é", &["$$;$$", "$a$ ;$$ $a$", "é"]);
        check("'open ; x", &["'open ; x"]);
        check("/* open ; x", &[]);
        check("/*/ ; x", &[]);
        check("$1 ; $2", &["$1", "$2"]);
        check("a -- b\n;c", &["a", "c"]);
        check("a$$;b$$", &["a$$", "b$$"]);
    }
}
