//! The words of the simulated provider. All names are invented; domains end in `.example`.

use std::borrow::Cow;

use super::rows::Text;

/// What tickets are about: a category path with subjects and first messages.
pub(crate) struct Topic {
    pub(crate) category: &'static str,
    pub(crate) subjects: &'static [&'static str],
    pub(crate) messages: &'static [&'static str],
}

macro_rules! topic {
    ($category:literal, [$($subject:literal),+], [$($message:literal),+]) => {
        Topic { category: $category, subjects: &[$($subject),+], messages: &[$($message),+] }
    };
}

/// The last two are for projects and opportunities.
pub(crate) const TOPICS: &[Topic] = &[
    topic!(
        "Software>Office",
        ["Outlook will not open", "Excel file is locked", "Shared mailbox missing", "Word prints blank pages"],
        ["Error 0x80040154 since this morning.", "It worked yesterday, two colleagues see the same."]
    ),
    topic!(
        "Software>Line of business",
        ["Accounts package is slow", "Cannot post invoices", "Report export fails", "Licence expired message"],
        ["Every screen takes a minute to load.", "The month end is on Friday, please help soon."]
    ),
    topic!(
        "Hardware>Laptop",
        ["Laptop does not charge", "New starter laptop", "Blue screen after update", "Keyboard \"sticks\" & skips"],
        ["The light stays off with two different chargers.", "They start on Monday, standard build please."]
    ),
    topic!(
        "Hardware>Printer",
        ["Printer offline", "Paper jam in tray 2", "Scan to email stopped", "Labels print misaligned"],
        ["Printer in reception shows offline.", "Restarted it twice, no change."]
    ),
    topic!(
        "Hardware>Server",
        ["Disk space low on file server", "Backup job failed", "UPS on battery", "Memory above 95 percent"],
        ["Monitoring alert: volume D: has 4 % left.", "Monitoring alert: last good run was two nights ago."]
    ),
    topic!(
        "Network>Internet",
        ["Internet down at the branch", "Slow connection", "VoIP calls drop", "Firewall rule request"],
        ["The router shows a red light.", "Calls cut off after about a minute."]
    ),
    topic!(
        "Network>Wi-Fi",
        [
            "Guest Wi-Fi not working",
            "Wi-Fi drops in the meeting room",
            "Cannot join the Wi-Fi",
            "Café corner has no signal"
        ],
        ["Visitors get no address.", "It happens on phones and laptops."]
    ),
    topic!(
        "Access>Password",
        ["Password reset", "Account locked out", "Multi-factor prompt loops", "Cannot sign in from home"],
        ["Please call me on my mobile.", "I changed my phone last week."]
    ),
    topic!(
        "Access>Joiners and leavers",
        ["New starter", "Leaver: disable account", "Change of role", "Mailbox access for a manager"],
        ["Details are in the form.", "Last day is Friday; forward mail to the team lead."]
    ),
    topic!(
        "Security>Email",
        ["Suspicious email reported", "Mailbox sends spam", "Quarantine release", "Phishing link clicked"],
        ["I did not open the attachment.", "A customer called to ask about an odd message."]
    ),
    topic!(
        "Security>Endpoint",
        ["Antivirus out of date", "Threat quarantined", "Disk encryption not enabled", "USB policy exception"],
        ["Alert from the endpoint console.", "Needed for one supplier visit."]
    ),
    topic!(
        "Projects>Rollout",
        ["Office move", "Server replacement", "Mail migration", "Wi-Fi renewal"],
        ["Scope and plan are attached.", "Agreed with the client in the quarterly review."]
    ),
    topic!(
        "Sales>New business",
        ["Managed services proposal", "Backup upgrade quote", "Security review", "Telephony replacement"],
        ["Met at the breakfast event.", "Asked for a price during the review."]
    ),
];

/// Topics of tickets, without the two at the end.
pub(crate) const TICKET_TOPICS: usize = TOPICS.len() - 2;

pub(crate) const RESOLUTIONS: [&str; 6] = [
    "Resolution>Fixed remotely",
    "Resolution>Fixed on site",
    "Resolution>User training",
    "Resolution>Part replaced",
    "Resolution>Supplier",
    "Resolution>No fault found",
];

const NOTES: [&[&str]; 4] = [
    &["Logged by email.", "Logged through the portal.", "Logged by phone.", "Raised by monitoring."],
    &["Thank you, we are looking into it.", "I have taken this on and will call you.", "Could you send a screenshot?"],
    &[
        "Checked the event log, updated the driver.",
        "Repaired the install and tested with the user.",
        "Waiting for the supplier's answer.",
        "Restarted the service; monitoring for an hour.",
        "Called the user, left a message.",
        "Escalated to the next tier with notes.",
    ],
    &["Confirmed working with the user.", "No answer for three days, closing.", "Fixed, and documented for next time."],
];

/// Which list of notes a note phrase comes from.
#[derive(Clone, Copy)]
pub(crate) enum NoteKind {
    Logged = 0,
    Reply = 1,
    Work = 2,
    Closing = 3,
}

/// The number of a note, from a random draw.
pub(crate) fn note_phrase(kind: NoteKind, draw: u64) -> Text {
    Text::Phrase(kind as u32 | u32::try_from(draw % 64).unwrap_or_default() << 2)
}

pub(crate) fn note(text: &Text) -> &str {
    match text {
        Text::Own(own) => own,
        Text::Phrase(phrase) => {
            let notes = NOTES[(phrase & 3) as usize];
            notes[(phrase >> 2) as usize % notes.len()]
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

/// Clients with their number of managed users, largest first; later ones are made of two words.
pub(crate) const CLIENTS: [(&str, u32); 16] = [
    ("Harrowgate Logistics", 160),
    ("Northwind Dental", 96),
    ("Pike & Mallory Solicitors", 74),
    ("Silverbrook Schools Trust", 58),
    ("Tidewater Housing", 44),
    ("Brackenfell Foods", 33),
    ("Osprey Engineering", 26),
    ("Larkspur Care", 21),
    ("Quarry Lane Builders", 16),
    ("Meridian Architects", 13),
    ("Fennimore Insurance", 11),
    ("Coppergate Hotels", 9),
    ("Elmstead Vets", 7),
    ("Juniper Print", 5),
    ("Old Mill Bakery", 4),
    ("Zephyr Cycles", 3),
];

pub(crate) const FIRST_WORDS: [&str; 20] = [
    "Amber",
    "Birch",
    "Cobalt",
    "Dunmore",
    "Eastfield",
    "Foxglove",
    "Granite",
    "Hazel",
    "Ivory",
    "Juno",
    "Kestrel",
    "Linden",
    "Maple",
    "Nettle",
    "Orchard",
    "Primrose",
    "Quill",
    "Rowan",
    "Saffron",
    "Thistle",
];

pub(crate) const SECOND_WORDS: [&str; 16] = [
    "Advisory",
    "Builders",
    "Clinics",
    "Design",
    "Estates",
    "Freight",
    "Gardens",
    "Hardware",
    "Interiors",
    "Joinery",
    "Kitchens",
    "Law",
    "Media",
    "Nurseries",
    "Optics",
    "Partners",
];

pub(crate) const FIRST_NAMES: [&str; 40] = [
    "Priya", "Tom", "Aisha", "Owen", "Grace", "Liam", "Zara", "Hugh", "Mei", "Callum", "Ines", "Dev", "Ruth", "Kofi",
    "Elsie", "Piotr", "Nadia", "Rhys", "Bea", "Sean", "Lucía", "Amir", "Joan", "Theo", "Farah", "Ewan", "Ida", "Marek",
    "Olive", "Yusuf", "Clara", "Niall", "Tess", "Ravi", "Gwen", "Jonas", "Maya", "Felix", "Zoë", "Arthur",
];

pub(crate) const LAST_NAMES: [&str; 50] = [
    "Shah",
    "Barrow",
    "Cole",
    "Denning",
    "Eastwood",
    "Farrow",
    "Granger",
    "Holt",
    "Iqbal",
    "Jessop",
    "Kemp",
    "Lister",
    "Marsh",
    "Nolan",
    "Okafor",
    "Penrose",
    "Quayle",
    "Rowe",
    "Stroud",
    "Thorne",
    "Underhill",
    "Vickers",
    "Winslow",
    "Yates",
    "Abbot",
    "Birdsall",
    "Carver",
    "Drury",
    "Ellery",
    "Frost",
    "Goss",
    "Hale",
    "Ingle",
    "Jarvis",
    "Kerr",
    "Lomas",
    "Moss",
    "Nye",
    "O'Dowd",
    "Pell",
    "Rudd",
    "Sayer",
    "Tully",
    "Upton",
    "Vane",
    "Wragg",
    "Zeller",
    "Ashby",
    "Booth",
    "Crane",
];

pub(crate) const SITES: [&str; 6] = ["Main", "Branch", "Warehouse", "Riverside", "High Street", "Annexe"];

/// Agents: first name, last name, title, team, manager's place in this list.
pub(crate) const AGENTS: [(&str, &str, &str, usize, usize); 13] = [
    ("Marta", "Lindqvist", "Service desk manager", 0, 0),
    ("Dana", "Cole", "Service desk engineer", 0, 0),
    ("Ben", "Achebe", "Service desk engineer", 0, 0),
    ("Sofia", "Reyes", "Service desk engineer", 0, 0),
    ("Jack", "Tremlett", "Service desk engineer", 0, 0),
    ("Hannah", "Voss", "Senior engineer", 1, 0),
    ("Idris", "Penn", "Senior engineer", 1, 0),
    ("Keiko", "Marlow", "Senior engineer", 1, 0),
    ("Tomasz", "Birch", "Network specialist", 2, 5),
    ("Rosa", "Hollis", "Security specialist", 2, 5),
    ("Gareth", "Pryce", "Project engineer", 3, 0),
    ("Nina", "Okoro", "Account manager", 4, 0),
    ("Victor", "Swann", "Service desk engineer", 0, 0),
];

/// Teams: name, department, and what they work on (requests, projects, sales).
pub(crate) const TEAMS: [(&str, i32, [bool; 3]); 5] = [
    ("1st Line Support", 1, [true, false, false]),
    ("2nd Line Support", 1, [true, false, false]),
    ("3rd Line Support", 1, [true, true, false]),
    ("Projects", 2, [false, true, false]),
    ("Sales", 3, [false, false, true]),
];

pub(crate) const DEPARTMENTS: [&str; 3] = ["Service Desk", "Professional Services", "Sales"];

/// A line of an invoice: code, name, price and cost in pence, nominal code.
pub(crate) struct Product {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) price: i64,
    pub(crate) cost: i64,
    pub(crate) nominal: &'static str,
}

pub(crate) const PRODUCTS: [Product; 6] = [
    Product { code: "MS-USER", name: "Managed user", price: 4_500, cost: 1_800, nominal: "4000" },
    Product { code: "M365-BP", name: "Business suite licence", price: 1_810, cost: 1_520, nominal: "4010" },
    Product { code: "BACKUP-TB", name: "Cloud backup per terabyte", price: 3_995, cost: 2_150, nominal: "4020" },
    Product { code: "SEC-EDR", name: "Endpoint protection", price: 650, cost: 389, nominal: "4030" },
    Product {
        code: "LAB-HR",
        name: "Labour outside the agreement, per hour",
        price: 8_500,
        cost: 3_200,
        nominal: "4100",
    },
    Product { code: "HW-LAPTOP", name: "Laptop, standard build", price: 79_900, cost: 66_300, nominal: "4200" },
];

pub(crate) const COLOURS: [&str; 8] =
    ["#3366cc", "#2bd3c6", "#d0021b", "#f5a623", "#7ed321", "#9013fe", "#4a90e2", "#8b572a"];
