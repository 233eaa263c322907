//! Articles, saved reports and notes about clients.

use super::Commerce;
use super::rows::{Article, Note, Report};
use crate::rng::Rng;
use crate::times::{DAY, HOUR, Ms};
use crate::world::World;
use crate::world::reference::ids;

/// Title, problem, answer, tags.
const ARTICLES: [(&str, &str, &str, &str); 14] = [
    (
        "Reset a forgotten password",
        "A person cannot sign in.",
        "Check who calls, then reset it and ask for a change.",
        "account,password",
    ),
    ("Mailbox is full", "Mail bounces with a quota message.", "Turn on the archive and empty deleted items.", "mail"),
    (
        "Printer does not answer",
        "Jobs wait in the queue.",
        "Restart the print service, then print a test page.",
        "printer",
    ),
    (
        "Set up a new starter",
        "A new person begins on Monday.",
        "Follow the checklist: account, licence, device, groups.",
        "onboarding",
    ),
    (
        "Take out a leaver",
        "Somebody leaves the company.",
        "Block the account, keep the mailbox, collect the device.",
        "onboarding",
    ),
    (
        "Connect to the VPN from home",
        "The tunnel ends after a minute.",
        "Update the client and lower the packet size.",
        "network,vpn",
    ),
    ("Restore a deleted file", "A file was removed by mistake.", "Restore the newest version from backup.", "backup"),
    (
        "Slow computer",
        "Everything takes long since this morning.",
        "Look at updates and free space, then at the disk.",
        "device",
    ),
    ("Suspicious mail", "A mail asks for a password.", "Do not click; report it and block the sender.", "security"),
    (
        "Second factor lost",
        "The phone with the second factor is gone.",
        "Check who calls and register a new phone.",
        "account,security",
    ),
    (
        "Shared mailbox access",
        "A person needs a shared mailbox.",
        "Ask the owner, then add the person to the group.",
        "mail,account",
    ),
    (
        "Backup failed",
        "The nightly backup ended with an error.",
        "Run it again by hand and look at free space.",
        "backup",
    ),
    ("Switch to the old phone system", "How the old phones worked.", "No longer in use.", "phone"),
    (
        "Wireless is slow in one room",
        "The signal is weak in a corner.",
        "Measure, then move or add an access point.",
        "network",
    ),
];

/// Group, name and SQL over HaloPSA's tables.
const REPORTS: [(&str, &str, &str); 6] = [
    (
        "Service desk",
        "Open tickets",
        "SELECT Faultid, Symptom, Status, dateoccured FROM FAULTS WHERE FDeleted = 0 AND Status <> 9",
    ),
    (
        "Service desk",
        "Tickets by client",
        "SELECT Areaint, COUNT(*) AS Tickets FROM FAULTS WHERE FDeleted = 0 GROUP BY Areaint",
    ),
    ("Service desk", "Time by agent", "SELECT whoagentid, SUM(timetaken) AS Hours FROM ACTIONS GROUP BY whoagentid"),
    ("Finance", "Unpaid invoices", "SELECT IHid, IHaarea, IHDue_Date FROM INVOICEHEADER WHERE IHPaymentStatus = 0"),
    (
        "Finance",
        "Invoice lines by item",
        "SELECT IDItem_Code, SUM(IDNet_Amount) AS Net FROM INVOICEDETAIL GROUP BY IDItem_Code",
    ),
    ("Satisfaction", "Feedback", "SELECT FBID, FBFaultID, FBScore, FBDate FROM FEEDBACK"),
];

/// What account managers write down.
pub(crate) const NOTES: [&str; 6] = [
    "Called about the renewal; they want to compare prices.",
    "Review meeting: content with the desk, asks for fewer alerts.",
    "New office planned for next year, network needed.",
    "Finance asks for invoices on the first working day.",
    "Director wants a monthly report on security.",
    "Training for new people wished for.",
];

const FIRST_ARTICLE: i32 = 51;

pub(super) fn fill(commerce: &mut Commerce, world: &World, start: Ms, now: Ms) {
    commerce.articles =
        ARTICLES.iter().zip(FIRST_ARTICLE..).map(|(words, id)| article(world, id, words, start, now)).collect();
    commerce.reports = REPORTS
        .iter()
        .zip(1..)
        .map(|((group, name, sql), id)| Report {
            id,
            name: (*name).into(),
            group: (*group).into(),
            sql: (*sql).into(),
            deleted: false,
        })
        .collect();
    notes(commerce, world, start, now);
}

fn article(world: &World, id: i32, words: &(&str, &str, &str, &str), start: Ms, now: Ms) -> Article {
    let mut rng = Rng::new(world.seed, "article", id.unsigned_abs().into());
    let (name, problem, answer, tags) = words;
    let created = start + rng.between(0, (now - start) / DAY - 1) * DAY + 10 * HOUR;
    let views = i32::try_from(rng.between(3, 400)).unwrap_or_default();
    Article {
        id,
        name: (*name).into(),
        problem: (*problem).into(),
        answer: (*answer).into(),
        tags: (*tags).into(),
        author: ids::FIRST_AGENT,
        views,
        useful: views / 9,
        useless: views / 60,
        inactive: tags.contains("phone"),
        deleted: false,
        created,
        edited: (created + rng.between(0, 200) * DAY).min(now),
    }
}

/// Some notes on each client, by its account manager, in the order in which they were made.
fn notes(commerce: &mut Commerce, world: &World, start: Ms, now: Ms) {
    let mut notes: Vec<Note> = Vec::new();
    for client in world.clients.live().filter(|client| client.size > 0) {
        let mut rng = Rng::new(world.seed, "note", client.id.unsigned_abs().into());
        let agent = if client.account_manager > 0 { client.account_manager } else { ids::FIRST_AGENT };
        for _ in 0..rng.between(0, 5) {
            let at = rng.between(start, now - HOUR);
            let text = (*rng.pick(&NOTES)).into();
            notes.push(Note { id: 0, client: client.id, agent, at, text, deleted: false });
        }
    }
    notes.sort_by_key(|note| (note.at, note.client));
    commerce.notes = notes.into_iter().zip(1..).map(|(note, id)| Note { id, ..note }).collect();
}
