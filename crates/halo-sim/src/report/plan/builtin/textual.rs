//! Functions of texts.

use super::Want::{Any, Int, Text};
use super::{Entry, Gives, chars, entry, index, int, open, word};
use crate::report::error::{Res, fail};
use crate::report::expr::joined;
use crate::report::like::Pattern;
use crate::report::types::{INT, NVARCHAR};
use crate::report::value::{Value, text};

const ANY: usize = 254;

pub(super) const ENTRIES: &[Entry] = &[
    entry("len", (1, 1), &[Text], Gives::Fixed(INT), |a| {
        let length = word(&a[0]).trim_end_matches(' ').chars().count();
        Ok(Value::Int(i64::try_from(length).unwrap_or_default()))
    }),
    entry("datalength", (1, 1), &[Text], Gives::Fixed(INT), |a| {
        Ok(Value::Int(i64::try_from(2 * word(&a[0]).chars().count()).unwrap_or_default()))
    }),
    entry("left", (2, 2), &[Text, Int], Gives::Text, |a| part(&a[0], 1, length("LEFT", &a[1])?)),
    entry("right", (2, 2), &[Text, Int], Gives::Text, |a| {
        let (letters, wanted) = (chars(&a[0]), index(length("RIGHT", &a[1])?));
        Ok(text(letters[letters.len().saturating_sub(wanted)..].iter().collect::<String>()))
    }),
    entry("substring", (3, 3), &[Text, Int, Int], Gives::Text, |a| {
        part(&a[0], int(&a[1]), length("SUBSTRING", &a[2])?)
    }),
    entry("charindex", (2, 3), &[Text, Text, Int], Gives::Fixed(INT), char_index),
    entry("patindex", (2, 2), &[Text, Text], Gives::Fixed(INT), |a| {
        let (pattern, letters) = (word(&a[0]), chars(&a[1]));
        let whole = Pattern::new(pattern.strip_prefix('%').unwrap_or(pattern), None);
        let starts = if pattern.starts_with('%') { letters.len() } else { 1.min(letters.len()) };
        let found = (0..starts.min(4_000)).find(|start| whole.matches(&letters[*start..].iter().collect::<String>()));
        Ok(Value::Int(found.map_or(0, |start| i64::try_from(start + 1).unwrap_or_default())))
    }),
    entry("replace", (3, 3), &[Text, Text, Text], Gives::Text, replace),
    entry("upper", (1, 1), &[Text], Gives::Text, |a| Ok(text(word(&a[0]).to_uppercase()))),
    entry("lower", (1, 1), &[Text], Gives::Text, |a| Ok(text(word(&a[0]).to_lowercase()))),
    entry("ltrim", (1, 1), &[Text], Gives::Text, |a| Ok(text(word(&a[0]).trim_start_matches(' ')))),
    entry("rtrim", (1, 1), &[Text], Gives::Text, |a| Ok(text(word(&a[0]).trim_end_matches(' ')))),
    entry("trim", (1, 1), &[Text], Gives::Text, |a| Ok(text(word(&a[0]).trim_matches(' ')))),
    open("concat", (2, ANY), &[Text], Gives::Text, |a| {
        a.iter().try_fold(text(""), |whole, more| joined(word(&whole), word(more)))
    }),
    open("concat_ws", (3, ANY), &[Text], Gives::Text, |a| {
        let words: Vec<&str> = a[1..].iter().filter(|value| !value.is_null()).map(word).collect();
        Ok(text(words.join(word(&a[0]))))
    }),
    entry("reverse", (1, 1), &[Text], Gives::Text, |a| Ok(text(word(&a[0]).chars().rev().collect::<String>()))),
    entry("replicate", (2, 2), &[Text, Int], Gives::Text, |a| {
        // As much as a text that is not of unlimited length holds.
        let (word, times) = (word(&a[0]), index(int(&a[1])));
        Ok(text(word.repeat(times.min(8_000 / word.len().max(1)))))
    }),
    entry("space", (1, 1), &[Int], Gives::Text, |a| Ok(text(" ".repeat(index(int(&a[0])).min(8_000))))),
    entry("stuff", (4, 4), &[Text, Int, Int, Text], Gives::Text, |a| {
        let (letters, start, cut) = (chars(&a[0]), int(&a[1]), int(&a[2]));
        if start < 1 || cut < 0 || index(start) > letters.len() {
            return Ok(Value::Null);
        }
        let (start, end) = (index(start - 1), (index(start - 1).saturating_add(index(cut))).min(letters.len()));
        let head: String = letters[..start].iter().collect();
        let tail: String = letters[end..].iter().collect();
        joined(&head, &format!("{}{tail}", word(&a[3])))
    }),
    entry("ascii", (1, 1), &[Text], Gives::Fixed(INT), |a| {
        Ok(word(&a[0]).chars().next().map_or(Value::Null, |letter| Value::Int(i64::from(u32::from(letter)))))
    }),
    entry("char", (1, 1), &[Int], Gives::Text, |a| {
        let letter = u8::try_from(int(&a[0])).ok().map(char::from);
        Ok(letter.map_or(Value::Null, |letter| text(letter.to_string())))
    }),
    entry("nchar", (1, 1), &[Int], Gives::Fixed(NVARCHAR), |a| {
        let letter = u32::try_from(int(&a[0])).ok().and_then(char::from_u32);
        Ok(letter.map_or(Value::Null, |letter| text(letter.to_string())))
    }),
    open("isnumeric", (1, 1), &[Text], Gives::Fixed(INT), |a| {
        let numeric = word(&a[0]).trim().parse::<f64>().is_ok_and(f64::is_finite);
        Ok(Value::Int(numeric.into()))
    }),
    entry("quotename", (1, 1), &[Text], Gives::Fixed(NVARCHAR), |a| {
        Ok(text(format!("[{}]", word(&a[0]).replace(']', "]]"))))
    }),
    entry("format", (2, 3), &[Any, Text, Text], Gives::Fixed(NVARCHAR), |a| match &a[0] {
        Value::Date(at) => Ok(text(crate::report::dates::format(*at, word(&a[1])))),
        Value::Text(_) => fail("Argument data type varchar is invalid for argument 1 of format function."),
        number => Ok(text(super::numeric::format(number.number().unwrap_or_default(), word(&a[1])))),
    }),
];

fn length(name: &str, value: &Value) -> Res<i64> {
    match int(value) {
        negative if negative < 0 => fail(format!("Invalid length parameter passed to the {name} function.")),
        length => Ok(length),
    }
}

/// So many letters from a place on, which counts from 1 and may lie before the text.
fn part(of: &Value, start: i64, length: i64) -> Res<Value> {
    let letters = chars(of);
    let end = index(start.saturating_add(length).saturating_sub(1)).min(letters.len());
    let start = index(start.saturating_sub(1)).min(end);
    Ok(text(letters[start..end].iter().collect::<String>()))
}

fn char_index(a: &[Value]) -> Res<Value> {
    let (wanted, inside) = (word(&a[0]).to_lowercase(), word(&a[1]).to_lowercase());
    let from = index(a.get(2).map_or(1, int).max(1) - 1);
    let Some((skipped, _)) = inside.char_indices().nth(from) else { return Ok(Value::Int(0)) };
    let found = if wanted.is_empty() { None } else { inside[skipped..].find(&wanted) };
    let place = found.map_or(0, |at| inside[..skipped + at].chars().count() + 1);
    Ok(Value::Int(i64::try_from(place).unwrap_or_default()))
}

/// Without regard to case, as all comparisons.
fn replace(a: &[Value]) -> Res<Value> {
    let (whole, old, new) = (word(&a[0]), word(&a[1]), word(&a[2]));
    // Folding must not move letters; otherwise only exact matches are replaced.
    let (lower, wanted) = (whole.to_lowercase(), old.to_lowercase());
    if old.is_empty() || lower.len() != whole.len() {
        return joined("", &if old.is_empty() { whole.to_owned() } else { whole.replace(old, new) });
    }
    let (mut out, mut at) = (String::new(), 0);
    while let Some(found) = lower[at..].find(&wanted) {
        let start = at + found;
        let (Some(before), true) = (whole.get(at..start), whole.is_char_boundary(start + wanted.len())) else { break };
        out.push_str(before);
        out.push_str(new);
        at = start + wanted.len();
        if out.len() > 8 * 1024 * 1024 {
            return joined(&out, &out);
        }
    }
    joined(&out, whole.get(at..).unwrap_or_default())
}
