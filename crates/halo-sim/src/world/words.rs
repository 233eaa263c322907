//! The words of the simulated provider. All names are invented; domains end in `.example`.

use std::borrow::Cow;

mod names;
mod topics;

use super::rows::Text;
pub(crate) use names::*;
pub(crate) use topics::*;

pub(crate) const RESOLUTIONS: [&str; 6] = [
    "Resolution>Fixed remotely",
    "Resolution>Fixed on site",
    "Resolution>User training",
    "Resolution>Part replaced",
    "Resolution>Supplier",
    "Resolution>No fault found",
];

const NOTES: [&[&str]; 8] = [
    &["Logged by email.", "Logged through the portal.", "Logged by phone.", "Raised by monitoring."],
    &[
        "Thank you, we are looking into it.",
        "I have taken this on and will call you.",
        "Could you send a screenshot?",
        "Thanks for letting us know, I will connect to your computer shortly.",
    ],
    &[
        "Checked the event log, updated the driver.",
        "Repaired the install and tested with the user.",
        "Compared the settings with a working device.",
        "Restarted the service; monitoring for an hour.",
        "Called the user, left a message.",
        "Worked through the vendor's article, no change yet.",
        "Cleared the cache and reset the profile.",
        "",
    ],
    &[
        "Confirmed working with the user.",
        "Fixed, and documented for next time.",
        "All done, please reply if it comes back.",
    ],
    &[
        "Escalated to the next tier with notes.",
        "Needs rights that first line lacks; passing on.",
        "Handing over, see above.",
    ],
    &[
        "Thanks, I will try that after lunch.",
        "Here is the screenshot.",
        "It is still happening.",
        "Please go ahead tomorrow after five.",
        "Yes, you may connect now.",
    ],
    &["Have you had a chance to test?", "Just checking in: may we close this?", "Waiting for your answer, see below."],
    &["No answer for a week, closing.", "Closing as there was no reply; it opens again when you answer."],
];

/// Which list of notes a note phrase comes from.
#[derive(Clone, Copy)]
pub(crate) enum NoteKind {
    Logged = 0,
    Reply = 1,
    Work = 2,
    Closing = 3,
    Escalation = 4,
    /// By the contact.
    Contact = 5,
    Reminder = 6,
    NoAnswer = 7,
}

/// The number of a note, from a random draw.
pub(crate) fn note_phrase(kind: NoteKind, draw: u64) -> Text {
    Text::Phrase(kind as u32 | u32::try_from(draw % 256).unwrap_or_default() << 3)
}

pub(crate) fn note(text: &Text) -> &str {
    match text {
        Text::Own(own) => own,
        Text::Phrase(phrase) => {
            let notes = NOTES[(phrase & 7) as usize];
            notes[(phrase >> 3) as usize % notes.len()]
        }
    }
}

/// The number of a subject or message, from a topic and a random draw.
pub(crate) fn phrase(topic: usize, draw: u64) -> Text {
    Text::Phrase(u32::try_from(topic * 16).unwrap_or_default() + u32::try_from(draw % 16).unwrap_or_default())
}

fn topic_of(phrase: u32) -> &'static Topic {
    &TOPICS[(phrase / 16) as usize % TOPICS.len()]
}

pub(crate) fn summary(text: &Text) -> &str {
    match text {
        Text::Own(own) => own,
        Text::Phrase(phrase) => {
            let subjects = topic_of(*phrase).subjects;
            subjects[(phrase % 16) as usize % subjects.len()]
        }
    }
}

pub(crate) fn details(text: &Text) -> &str {
    match text {
        Text::Own(own) => own,
        Text::Phrase(phrase) => {
            let messages = topic_of(*phrase).messages;
            messages[(phrase % 16) as usize % messages.len()]
        }
    }
}

/// A person's name as text that stays when the person is renamed.
pub(crate) fn reported(first: &str, last: &str) -> Text {
    let place = |names: &[&str], name: &str| names.iter().position(|known| *known == name);
    match (place(&FIRST_NAMES, first), place(&LAST_NAMES, last)) {
        (Some(first), Some(last)) => Text::Phrase(u32::try_from(first * LAST_NAMES.len() + last).unwrap_or_default()),
        _ => Text::Own(format!("{first} {last}").trim().into()),
    }
}

/// The reverse of [`reported`].
pub(crate) fn person(text: &Text) -> Cow<'_, str> {
    match text {
        Text::Own(own) => Cow::Borrowed(own),
        Text::Phrase(number) => {
            let number = *number as usize;
            let first = FIRST_NAMES[number / LAST_NAMES.len() % FIRST_NAMES.len()];
            Cow::Owned(format!("{first} {}", LAST_NAMES[number % LAST_NAMES.len()]))
        }
    }
}
