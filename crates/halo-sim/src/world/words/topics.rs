//! What tickets are about.

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

/// What people ask for, then what monitoring reports, then one each for projects and opportunities.
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
        "Access>Files",
        [
            "Folder access for a colleague",
            "Shared drive missing",
            "File deleted by mistake",
            "Sync client shows errors"
        ],
        [
            "Approved by my manager, see below.",
            "I need the version of last Tuesday.",
            "The red cross will not go away."
        ]
    ),
    topic!(
        "Telephony>Desk phones",
        ["No dial tone", "Voicemail PIN forgotten", "Calls go to the old extension", "Headset cannot be heard"],
        ["Swapped the cable, still dead.", "Customers complain that nobody picks up."]
    ),
    topic!(
        "Monitoring>Backup",
        ["Backup job failed", "Backup missed its window", "Restore test overdue", "Replica out of date"],
        ["Monitoring alert: last good run was two nights ago.", "Monitoring alert: repository offline."]
    ),
    topic!(
        "Monitoring>Server",
        ["Disk space below 5 percent", "Memory above 95 percent", "Service stopped", "Server restarted unexpectedly"],
        ["Monitoring alert: volume D: has 4 % left.", "Monitoring alert: threshold passed for 15 minutes."]
    ),
    topic!(
        "Monitoring>Network",
        ["Site unreachable", "Packet loss on the main line", "UPS on battery", "Switch port flapping"],
        ["Monitoring alert: no answer to 5 of 5 probes.", "Monitoring alert: line quality is degraded."]
    ),
    topic!(
        "Monitoring>Endpoint",
        ["Patch failed", "Antivirus out of date", "Device not seen for 14 days", "Battery needs service"],
        ["Monitoring alert: error 0x80070643.", "Monitoring alert: definitions are 9 days old."]
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

/// Topics that people raise: the first ones.
pub(crate) const HUMAN_TOPICS: usize = TOPICS.len() - 6;
/// Topics of tickets, without the two at the end.
pub(crate) const TICKET_TOPICS: usize = TOPICS.len() - 2;
