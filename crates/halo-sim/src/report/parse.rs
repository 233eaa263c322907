//! From text to one SELECT, bounded in size and depth before anything recurses over it.

use sqlparser::ast::{Query, Statement};
use sqlparser::dialect::MsSqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, Tokenizer, TokenizerError, Word};

use super::error::{Res, TOO_DEEP, fail, keyword, syntax};

/// The longest SQL that is read.
const BYTES: usize = 1024 * 1024;
/// Signs that can nest expressions; lists of values are not counted.
const SIGNS: usize = 10_000;
/// How deep brackets and prefixes may go.
const DEPTH: usize = 60;

/// Words that are never names unless they are quoted.
const RESERVED: [&str; 40] = [
    "ALL",
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CROSS",
    "DESC",
    "DISTINCT",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "IN",
    "INNER",
    "INTERSECT",
    "INTO",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "NOT",
    "NULL",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "RIGHT",
    "SELECT",
    "THEN",
    "TOP",
    "UNION",
    "WHEN",
    "WHERE",
    "WITH",
];

pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(word))
}

/// A query and all words in it, in lower case: what it cannot name need not be read.
pub(super) struct Parsed {
    pub(super) query: Box<Query>,
    pub(super) words: Vec<String>,
}

pub(super) fn parse(sql: &str) -> Res<Parsed> {
    if sql.len() > BYTES {
        return fail(TOO_DEEP);
    }
    let dialect = MsSqlDialect {};
    let tokens = match Tokenizer::new(&dialect, sql).tokenize() {
        Ok(tokens) => tokens,
        Err(error) => return bad_token(sql, &error),
    };
    let tokens: Vec<Token> = tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
    let tokens = trimmed(&tokens)?;
    let nesting = tokens.iter().filter(|token| {
        !matches!(
            token,
            Token::Comma
                | Token::Period
                | Token::Number(..)
                | Token::SingleQuotedString(_)
                | Token::NationalStringLiteral(_)
        ) && !matches!(token, Token::Word(word) if word.quote_style.is_some())
    });
    if nesting.count() > SIGNS {
        return fail(TOO_DEEP);
    }
    let words = tokens.iter().filter_map(|token| if let Token::Word(word) = token { Some(lower(word)) } else { None });
    let mut words: Vec<String> = words.collect();
    words.sort_unstable();
    words.dedup();
    let parsed = Parser::new(&dialect).with_recursion_limit(DEPTH).with_tokens(tokens.to_vec()).parse_statements();
    match parsed {
        Ok(statements) => match <[Statement; 1]>::try_from(statements) {
            Ok([Statement::Query(query)]) => Ok(Parsed { query, words }),
            _ => first_word(tokens),
        },
        Err(ParserError::RecursionLimitExceeded) => fail(TOO_DEEP),
        Err(ParserError::ParserError(text) | ParserError::TokenizerError(text)) => said(&text),
    }
}

fn lower(word: &Word) -> String {
    word.value.to_lowercase()
}

/// Only one SELECT: HaloPSA puts it into brackets, where nothing else can stand and no `;`.
fn trimmed(tokens: &[Token]) -> Res<&[Token]> {
    let tokens = if let [rest @ .., Token::EOF] = tokens { rest } else { tokens };
    let opening = tokens.iter().find(|token| **token != Token::LParen);
    match opening {
        Some(Token::Word(word)) if ["select", "with"].contains(&lower(word).as_str()) => {}
        Some(_) => return first_word(tokens),
        None => return syntax(")"),
    }
    if tokens.contains(&Token::SemiColon) {
        return syntax(";");
    }
    Ok(tokens)
}

fn first_word<T>(tokens: &[Token]) -> Res<T> {
    match tokens.first() {
        Some(Token::Word(word)) if word.keyword != sqlparser::keywords::Keyword::NoKeyword => {
            keyword(&word.value.to_uppercase())
        }
        Some(token) => syntax(token),
        None => syntax(")"),
    }
}

fn bad_token<T>(sql: &str, error: &TokenizerError) -> Res<T> {
    let line = usize::try_from(error.location.line.saturating_sub(1)).unwrap_or_default();
    let column = usize::try_from(error.location.column.saturating_sub(1)).unwrap_or_default();
    let rest: String = sql.lines().nth(line).unwrap_or_default().chars().skip(column).take(128).collect();
    if error.message.contains("Unterminated string") {
        let text = rest.trim_start_matches(['N', '\'']);
        return fail(format!("Unclosed quotation mark after the character string '{text}'."));
    }
    syntax(rest.chars().next().map_or_else(|| ")".to_owned(), String::from))
}

/// What the parser says, as SQL Server would.
fn said<T>(text: &str) -> Res<T> {
    let found = text.split_once("found: ").map_or(text, |(_, found)| found);
    let found = found.split(" at Line").next().unwrap_or(found).trim();
    match found {
        "EOF" => syntax(")"),
        word if is_reserved(word) => keyword(&word.to_uppercase()),
        word => {
            let shown: String = word.chars().take(60).collect();
            syntax(shown.trim_matches('\''))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(sql: &str) -> String {
        match parse(sql) {
            Err(super::super::error::Fail::Sql(text)) => text,
            _ => panic!("{sql} is good"),
        }
    }

    #[test]
    fn one_select_is_read_and_nothing_else() {
        for good in [
            "SELECT 1 AS x",
            "(SELECT 1 AS x)",
            "WITH a AS (SELECT 1 AS x) SELECT x FROM a -- end",
            "/* a */ SELECT 1 x",
        ] {
            assert!(parse(good).is_ok(), "{good}");
        }
        for (bad, said) in [
            ("", "Incorrect syntax near ')'."),
            ("UPDATE FAULTS SET Status = 9", "Incorrect syntax near the keyword 'UPDATE'."),
            ("SELECT 1 AS x; SELECT 2 AS y", "Incorrect syntax near ';'."),
            ("SELECT 1 AS x; DROP TABLE FAULTS", "Incorrect syntax near ';'."),
            ("SELEC 1", "Incorrect syntax near 'SELEC'."),
            ("SELECT a FROM", "Incorrect syntax near ')'."),
            ("SELECT a FROM b WHERE", "Incorrect syntax near ')'."),
            ("SELECT 'abc", "Unclosed quotation mark after the character string 'abc'."),
            ("SELECT a FROM b WHERE c IN ()", "Incorrect syntax near ')'."),
            ("EXEC sp_who", "Incorrect syntax near the keyword 'EXEC'."),
        ] {
            assert_eq!(refused(bad), said, "{bad}");
        }
    }

    #[test]
    fn deep_and_long_statements_are_refused_and_long_lists_are_not() {
        // On a stack as the lane's.
        let work = std::thread::Builder::new().stack_size(super::super::STACK_BYTES).spawn(deep_and_long);
        work.unwrap().join().unwrap();
    }

    fn deep_and_long() {
        let deep = |open: &str, close: &str| format!("SELECT {}1{} AS x", open.repeat(5_000), close.repeat(5_000));
        for sql in [
            deep("(", ")"),
            deep("- ", ""),
            deep("CASE WHEN 1=1 THEN ", " END"),
            deep("(SELECT ", ")"),
            format!("SELECT 1{} AS x", "+1".repeat(20_000)),
            format!("SELECT 1 AS x FROM a WHERE 1=1{}", " OR 1=1".repeat(20_000)),
            "x".repeat(2 * BYTES),
        ] {
            assert_eq!(refused(&sql), TOO_DEEP);
        }
        assert!(parse(&format!("SELECT 1 AS x WHERE {} 1 = 1", "NOT ".repeat(5_000))).is_err());
        let ids: Vec<String> = (0..50_000).map(|id| id.to_string()).collect();
        assert!(parse(&format!("SELECT a FROM b WHERE c IN ({})", ids.join(","))).is_ok());
    }
}
