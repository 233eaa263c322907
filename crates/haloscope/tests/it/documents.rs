//! Documents that are made from the code, or must keep up with it.
//!
//! `HALOSCOPE_WRITE_DOCS=1 cargo x test -p haloscope documents` writes those that are made.

mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Set to write documents instead of comparing them.
const WRITE: &str = "HALOSCOPE_WRITE_DOCS";
/// Every command has them; the document tells about them once.
const OF_ALL: [&str; 2] = ["--help", "--version"];

/// Asked at run time: clones that share a target folder may share this binary.
fn root() -> PathBuf {
    let own = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo and nextest set it"));
    own.ancestors().nth(2).expect("the crate lies in the project").to_path_buf()
}

fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The part of a document under a heading of the second level, to the next one; empty when there is none.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let mut parts = text.split("\n## ");
    parts.find(|part| part.lines().next() == Some(heading)).unwrap_or_default()
}

fn help(arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_haloscope")).args(arguments).arg("--help").env_clear().output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The commands that are listed, each with the long flags that its help and that of its own commands list.
fn commands() -> BTreeMap<String, BTreeSet<String>> {
    let flags = |name: &String| {
        let own = help(&[name]);
        let inner = listed_commands(&own).into_iter().flat_map(|inner| listed_flags(&help(&[name, &inner])));
        listed_flags(&own).into_iter().chain(inner).collect()
    };
    listed_commands(&help(&[])).into_iter().map(|name| (name.clone(), flags(&name))).collect()
}

/// The commands that a help lists, without clap's own.
fn listed_commands(help: &str) -> Vec<String> {
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = list.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    names.map(str::to_owned).collect()
}

fn listed_flags(help: &str) -> BTreeSet<String> {
    help.lines().filter(|line| line.trim_start().starts_with('-')).filter_map(|line| long_flags(line).next()).collect()
}

fn long_flags(text: &str) -> impl Iterator<Item = String> + '_ {
    let starts = text.match_indices("--").filter(|(place, _)| {
        let before = text[..*place].chars().next_back();
        before.is_none_or(|sign| !sign.is_ascii_alphanumeric() && sign != '-')
    });
    starts.filter_map(|(place, _)| {
        let rest = &text[place + 2..];
        let end = rest.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '-').unwrap_or(rest.len());
        let is_name = rest[..end].starts_with(|sign: char| sign.is_ascii_lowercase());
        is_name.then(|| format!("--{}", &rest[..end]))
    })
}

/// Lines of the fenced blocks of a document.
fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split("```")
        .skip(1)
        .step_by(2)
        .flat_map(|block| block.lines().skip(1))
        .map(|line| line.trim().trim_start_matches("$ "))
}

/// The document of the HTTP API, as `/api/v1/openapi.json` answers it.
#[test]
fn the_http_api_is_that_of_the_document() {
    let path = root().join("docs/openapi.json");
    let mut document = haloscope::http::app::document().to_pretty_json().unwrap();
    document.push('\n');
    if std::env::var_os(WRITE).is_some() {
        fs::write(&path, &document).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == document, "docs/openapi.json is not of this code: write it with {WRITE}=1");
}

#[test]
fn the_tables_are_those_of_the_document() {
    let (name, made) = ("docs/tables.md", tables::document());
    if std::env::var_os(WRITE).is_some_and(|value| value == "1") {
        fs::write(root().join(name), &made).unwrap();
    }
    let kept = document(name);
    let first = kept.lines().zip(made.lines()).position(|(kept, made)| kept != made);
    let line = first.unwrap_or_else(|| kept.lines().count().min(made.lines().count())) + 1;
    assert!(kept == made, "{name} differs from line {line} on: write it with {WRITE}=1, then read the difference");
}

#[test]
fn the_command_line_is_that_of_the_document() {
    let text = document("docs/cli.md");
    let common = section(&text, "On every command");
    let flags = commands();
    let mut wrong = Vec::new();
    for (command, known) in &flags {
        let own = section(&text, &format!("`haloscope {command}`"));
        if own.is_empty() {
            wrong.push(format!("{command} has no section"));
        }
        let told: BTreeSet<String> = long_flags(own).chain(long_flags(common)).collect();
        wrong.extend(
            known
                .difference(&told)
                .filter(|flag| !OF_ALL.contains(&flag.as_str()))
                .map(|flag| format!("the section of {command} does not tell about {flag}")),
        );
        let exists =
            |flag: &String| OF_ALL.contains(&flag.as_str()) || flags.values().any(|known| known.contains(flag));
        wrong.extend(long_flags(own).filter(|flag| !exists(flag)).map(|flag| format!("{command} has no {flag}")));
    }
    assert!(wrong.is_empty(), "docs/cli.md:\n{}", wrong.join("\n"));
}

#[test]
fn commands_that_documents_tell_to_type_exist() {
    let xtask = document("crates/xtask/src/main.rs");
    let flags = commands();
    let mut wrong = Vec::new();
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/cli.md", "docs/simulator.md"] {
        for line in code_lines(&document(name)) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let known = match words[..] {
                ["cargo", "x", command, ..] => xtask.contains(&format!("name: \"{command}\"")),
                // An arrow of a drawing.
                ["haloscope", word, ..] if word.ends_with('>') => true,
                ["haloscope", command, ..] => flags.get(command).is_some_and(|known| {
                    // What stands in quotes is SQL.
                    let mut told = long_flags(line.split('"').next().unwrap_or_default());
                    told.all(|flag| known.contains(&flag) || OF_ALL.contains(&flag.as_str()))
                }),
                _ => true,
            };
            if !known {
                wrong.push(format!("{name}: {line}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut wrong = Vec::new();
    for name in
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/cli.md", "docs/tables.md", "docs/simulator.md"]
    {
        let text = document(name);
        let folder = root().join(name).parent().unwrap().to_path_buf();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap_or_default();
            if !target.contains("://") && !path.is_empty() && !folder.join(path).exists() {
                wrong.push(format!("{name}: {target}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `Pass::run` and `walk::produce` in the map must be in the code, so that a walk through it does not end in a wood.
#[test]
fn names_of_the_map_are_in_the_code() {
    let mut code = String::new();
    gather(&root().join("crates"), &mut code);
    let text = document("ARCHITECTURE.md");
    let quoted = text.split('`').skip(1).step_by(2);
    let names: BTreeSet<&str> =
        quoted.filter(|name| name.contains("::") && !name.contains(char::is_whitespace)).collect();
    let is_there = |name: &&&str| {
        let last = name.rsplit("::").next().unwrap_or_default();
        [
            format!("fn {last}"),
            format!("{last},"),
            format!("{last} {{"),
            format!("struct {last}"),
            format!("enum {last}"),
        ]
        .iter()
        .any(|written| code.contains(written))
    };
    let (known, unknown): (Vec<&&str>, Vec<&&str>) = names.iter().partition(is_there);
    assert!(unknown.is_empty(), "ARCHITECTURE.md: {unknown:?}");
    assert!(known.len() > 20, "the walkthroughs name what they pass");
}

fn gather(folder: &Path, code: &mut String) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            gather(&path, code);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("documents.rs") {
            code.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}
