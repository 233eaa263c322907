//! What becomes of every list in HaloPSA's specification: copied, to come, or refused with a reason.

use std::{collections::BTreeMap, sync::LazyLock};

use super::Entity;

/// Lists that hold records of the business and are copied in a later version.
const TO_COME: &[&str] = &["Notification", "Webhook", "WebhookEvent"];

/// Path and reason of each refused list, one a line.
const REFUSED: &str = include_str!("refused.tsv");

/// Why a list is not copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Settings of HaloPSA itself.
    Configuration,
    /// Settings and passing data of HaloPSA's connections to other products.
    Integration,
    /// Texts, templates, chats and files.
    Content,
    /// Pages and checks of HaloPSA's own screens.
    Internal,
    /// Technical logs, unbounded or failing when unfiltered.
    Log,
    /// The records of another list in another shape.
    Derived,
    /// What the signed-in person sees; refused to API agents.
    Personal,
    /// Passwords, keys and security questions.
    Secret,
}

impl Refusal {
    const ALL: [(&'static str, Self); 8] = [
        ("configuration", Self::Configuration),
        ("integration", Self::Integration),
        ("content", Self::Content),
        ("internal", Self::Internal),
        ("log", Self::Log),
        ("derived", Self::Derived),
        ("personal", Self::Personal),
        ("secret", Self::Secret),
    ];

    /// The reason as a sentence.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Configuration => "Settings of HaloPSA itself, no records of the business.",
            Self::Integration => "Settings and passing data of HaloPSA's connections to other products.",
            Self::Content => "Texts, templates and files, which no figure is made of.",
            Self::Internal => "Serves HaloPSA's own pages and checks.",
            Self::Log => "A technical log without bounds; unfiltered calls time out.",
            Self::Derived => "The records of another list in another shape.",
            Self::Personal => "What the signed-in person sees; HaloPSA refuses it to API agents.",
            Self::Secret => "Holds passwords or keys, which are never copied.",
        }
    }
}

/// What becomes of one list.
#[derive(Clone, Copy, Debug)]
pub enum Listed {
    /// It is copied.
    Copied(&'static Entity),
    /// It will be copied by a later version.
    ToCome,
    /// It is not copied.
    Refused(Refusal),
}

/// Every list by its path, in alphabetical order.
pub fn listed() -> &'static BTreeMap<&'static str, Listed> {
    static LISTED: LazyLock<BTreeMap<&'static str, Listed>> = LazyLock::new(|| {
        let copied = super::ENTITIES.iter().map(|entity| (entity.path, Listed::Copied(entity)));
        let to_come = TO_COME.iter().map(|path| (*path, Listed::ToCome));
        let refused = REFUSED.lines().filter_map(|line| {
            let (path, word) = line.split_once('\t')?;
            let (_, refusal) = Refusal::ALL.iter().find(|(name, _)| *name == word)?;
            Some((path, Listed::Refused(*refusal)))
        });
        refused.chain(to_come).chain(copied).collect()
    });
    &LISTED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_the_table_is_understood_and_names_no_copied_list() {
        let copied = super::super::ENTITIES.len() + TO_COME.len();
        assert_eq!(listed().len(), REFUSED.lines().count() + copied);
    }

    /// Runs where HaloPSA's specification lies beside the project.
    #[test]
    fn no_list_of_the_specification_is_forgotten() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/halo/openapi.json");
        let Ok(text) = std::fs::read_to_string(file) else {
            eprintln!("skipped: HaloPSA's specification is not beside the project");
            return;
        };
        let specification: serde_json::Value = serde_json::from_str(&text).unwrap();
        let paths = specification["paths"].as_object().unwrap();
        let forgotten: Vec<_> = paths
            .iter()
            .filter(|(path, verbs)| !path.contains('{') && verbs.get("get").is_some())
            .map(|(path, _)| path.trim_matches('/'))
            .filter(|path| !listed().contains_key(path))
            .collect();
        assert!(forgotten.is_empty(), "neither copied, to come nor refused: {forgotten:?}");
    }
}
