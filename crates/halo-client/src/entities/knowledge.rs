//! What customers and agents write down besides tickets: feedback, articles, notes, calls, files.

use super::column::{boolean, custom, day, int, json, money, number, text, time};
use super::{Entity, Reading, Right};

pub(super) static FEEDBACK: Entity = Entity {
    table: "feedback",
    path: "Feedback",
    columns: &[
        int("id"),
        int("ticket_id"),
        int("score"),
        int("score_band"),
        time("date"),
        text("comment"),
        text("user_message"),
        int("feedback_faultid"),
        text("ip_address"),
    ],
    // The key opens the survey to whoever has it.
    ignored: &["use", "key", "table", "recaptcha_token"],
    right: Right { scope: "read:tickets", permission: "Feedback: Read Only", unlocks: "customer satisfaction" },
    ..Entity::PLAIN
};

pub(super) static KB_ARTICLES: Entity = Entity {
    table: "kb_articles",
    path: "KBArticle",
    list_key: "articles",
    reading: Reading::AllPages,
    switches: &[("includeinactive", "true")],
    columns: &[
        int("id"),
        text("name"),
        text("description"),
        text("resolution"),
        int("type"),
        text("tag_string"),
        boolean("inactive"),
        int("view_count"),
        int("useful_count"),
        int("notuseful_count"),
        time("date_created"),
        time("date_edited"),
        day("next_review_date"),
        int("creator_id"),
        text("creator_name"),
        int("editor_id"),
        text("editor_name"),
    ],
    ignored: &["use", "key", "table", "search_score", "your_vote"],
    right: Right { scope: "read:kb", permission: "Knowledge Base: Read Only", unlocks: "which articles help" },
    ..Entity::PLAIN
};

pub(super) static CRM_NOTES: Entity = Entity {
    table: "crm_notes",
    path: "CRMNote",
    list_key: "actions",
    reading: Reading::Each { parameter: "client_id", table: "clients", counted_by: None },
    columns: &[
        int("id"),
        int("client_id"),
        int("supplier_id"),
        int("site_id"),
        int("user_id"),
        int("sales_order_id"),
        int("purchase_order_id"),
        int("quote_id"),
        int("invoice_id"),
        int("ticketid"),
        time("datetime"),
        int("who_agentid"),
        text("note"),
        text("detail"),
        number("timetaken"),
        day("nextcalldate"),
        int("satisfaction"),
        custom("customfields"),
    ],
    opt_in: Some("one request for each client, in every pass"),
    right: Right { scope: "read:crm", permission: "CRM: Read Only", unlocks: "what was agreed with a client" },
    ..Entity::PLAIN
};

pub(super) static CALL_LOGS: Entity = Entity {
    table: "call_logs",
    path: "CallLog",
    list_key: "calllog",
    switches: &[("showall", "true")],
    columns: &[
        int("id"),
        time("start_date"),
        time("end_date"),
        number("timetaken"),
        int("agent_id"),
        int("client_id"),
        text("client_name"),
        int("site_id"),
        text("site_name"),
        int("user_id"),
        text("user_name"),
        text("callerid"),
        text("diallednumber"),
        text("caller_name"),
        int("outcome_id"),
        int("ticket_id"),
        int("action_number"),
        text("summary"),
        text("note"),
        int("call_status"),
        int("call_direction"),
        text("call_type"),
    ],
    right: Right { scope: "read:tickets", permission: "Call Log: Read Only", unlocks: "calls by agent and client" },
    ..Entity::PLAIN
};

/// What is known of files; the files themselves are never read.
pub(super) static ATTACHMENTS: Entity = Entity {
    table: "attachments",
    path: "Attachment",
    list_key: "attachments",
    reading: Reading::Each { parameter: "ticket_id", table: "tickets", counted_by: Some("attachment_count") },
    columns: &[
        int("id"),
        text("filename"),
        text("desc"),
        text("note"),
        int("filesize"),
        int("type"),
        text("unique_id"),
        text("content_type"),
        boolean("isimage"),
        int("ticket_id"),
        int("action_id"),
        int("agent_id"),
        int("user_id"),
        time("datecreated"),
        time("last_updated"),
    ],
    ignored: &["use", "key", "table", "data", "data_base64", "link", "download_url", "s3url", "att_link"],
    opt_in: Some("one request for each ticket with files, in every pass"),
    right: Right { scope: "read:tickets", permission: "Tickets: Read Only", unlocks: "which tickets have files" },
    ..Entity::PLAIN
};

pub(super) static EXPENSES: Entity = Entity {
    table: "expenses",
    path: "Expense",
    list_key: "data",
    columns: &[
        int("id"),
        int("agent_id"),
        int("fault_id"),
        int("actionnumber"),
        text("description"),
        money("amount"),
        int("lookup_id"),
        time("date_added"),
        time("date_reimbursed"),
        time("date_invoiced"),
        boolean("invoiceable"),
        int("ihid"),
    ],
    right: Right {
        scope: "read:timesheets",
        permission: "Expenses: Read Only",
        unlocks: "expenses by ticket and agent",
    },
    ..Entity::PLAIN
};

pub(super) static MILESTONES: Entity = Entity {
    table: "milestones",
    path: "Milestone",
    list_key: "data",
    columns: &[
        int("id"),
        int("ticket_id"),
        text("name"),
        int("sequence"),
        day("start_date"),
        day("target_date"),
        int("start_days"),
        int("target_days"),
        money("milestone_value"),
        time("processed_date"),
        text("invoicenumber"),
        json("tickets"),
        json("dependencies"),
    ],
    right: Right { scope: "read:projects", permission: "Projects: Read Only", unlocks: "milestones kept and missed" },
    ..Entity::PLAIN
};

/// Reports that people saved in HaloPSA: their names, not their results.
pub(super) static REPORTS: Entity = Entity {
    table: "reports",
    path: "Report",
    list_key: "reports",
    reading: Reading::AllPages,
    columns: &[
        int("id"),
        text("name"),
        text("description"),
        int("type"),
        int("group_id"),
        text("group_name"),
        boolean("is_published"),
        int("client_id"),
    ],
    // The token opens a report to whoever has it.
    ignored: &["use", "key", "table", "report_access_token", "published_id", "_canupdate"],
    right: Right { scope: "read:reporting", permission: "Reporting: Read Only", unlocks: "which reports there are" },
    ..Entity::PLAIN
};

/// Runs of HaloPSA's own automations.
pub(super) static AUTOMATIONS: Entity = Entity {
    table: "automations",
    path: "Automation",
    list_key: "automations",
    reading: Reading::AllPages,
    columns: &[
        int("id"),
        int("ticket_id"),
        text("runbook_name"),
        text("runbook_step_name"),
        int("status"),
        text("error"),
        time("timestamp"),
        time("date_processed"),
        time("last_attempt_date"),
        time("next_retry_date"),
        int("retry_attempts_remaining"),
        int("execution_type"),
        int("iteration"),
        int("execute_outcome_id"),
        int("workflow_id"),
        text("workflow_name"),
        int("workflow_step"),
    ],
    right: Right { scope: "admin", permission: "Configuration: Read Only", unlocks: "automations that ran and failed" },
    ..Entity::PLAIN
};

pub(super) static USER_CHANGES: Entity = Entity {
    table: "user_changes",
    path: "UserChange",
    list_key: "changes",
    reading: Reading::Log,
    columns: &[
        int("id"),
        int("user_id"),
        time("datetime"),
        text("field_name"),
        text("old_value"),
        text("new_value"),
        text("who"),
    ],
    right: Right {
        scope: "read:customers",
        permission: "Customers: Read Only",
        unlocks: "moves and edits of contacts",
    },
    ..Entity::PLAIN
};
