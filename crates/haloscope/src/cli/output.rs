//! How results look: tables for people, JSON for programs.

use std::io::Write as _;

use anyhow::Context as _;
use serde::Serialize;

use crate::text::with_causes;

/// What those say who cannot make a damaged warehouse anew.
pub(super) const DAMAGED: &str =
    "the warehouse is damaged or incomplete: run `haloscope sync`, which makes it anew and loses nothing";

/// Writes a line of text.
pub(super) fn line(text: &str) -> anyhow::Result<()> {
    match writeln!(std::io::stdout().lock(), "{text}") {
        // Whoever reads has enough, as with `| head`.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("the answer could not be written"),
    }
}

/// Writes a value as JSON.
pub(super) fn json<T: Serialize>(value: &T) -> anyhow::Result<()> {
    line(&serde_json::to_string_pretty(value).context("the answer could not be written as JSON")?)
}

/// An error with its causes as one sentence after the other.
pub(super) fn chain(error: &anyhow::Error) -> String {
    with_causes(error.as_ref())
}

/// An error with its causes, and what to do about it as a sentence of its own.
pub(super) fn advised(error: &anyhow::Error, advice: &str) -> anyhow::Error {
    // HaloPSA's own words, which an error may end with, are sentences already.
    anyhow::anyhow!("{}. {advice}", chain(error).trim_end_matches('.'))
}

/// Columns of text, aligned; numbers (columns of `right`) to the right.
pub(super) fn table(head: &[&str], right: &[usize], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let head: Vec<String> = head.iter().map(|name| (*name).to_owned()).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let padding = " ".repeat(widths[column] - cell.chars().count());
            if right.contains(&column) { format!("{padding}{cell}") } else { format!("{cell}{padding}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    std::iter::once(&head).chain(rows).map(line).collect::<Vec<_>>().join("\n")
}

/// A number with thin groups: `12 345`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = vec![vec!["tickets".to_owned(), "2 000".to_owned()], vec!["sites".to_owned(), "9".to_owned()]];
        assert_eq!(table(&["entity", "here"], &[1], &rows), "entity    here\ntickets  2 000\nsites        9");
    }

    #[test]
    fn advice_follows_as_a_sentence() {
        for words in ["no such tenant", "no such tenant."] {
            let advised = advised(&anyhow::anyhow!(words), "Copy it again.");
            assert_eq!(advised.to_string(), "no such tenant. Copy it again.");
        }
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, expected) in [(0, "0"), (999, "999"), (1000, "1 000"), (12_345_678, "12 345 678")] {
            assert_eq!(grouped(number), expected);
        }
    }
}
