//! Word lists: names, tags and comments that belong to nobody.

use super::numbers::LineCountry;

/// First names of contacts: objects, not people.
pub(super) const FIRST: [&str; 12] = [
    "Amber", "Birch", "Cedar", "Copper", "Hazel", "Indigo", "Juniper", "Linden", "Marble", "Olive",
    "Saffron", "Willow",
];

/// Last names of contacts; the last ones hold what needs escaping.
pub(super) const LAST: [&str; 10] = [
    "Anchor",
    "Bridge",
    "Canyon",
    "Delta",
    "Harbour",
    "Meadow",
    "Orchard",
    "Quarry",
    "O'Summit",
    "Lake & <River>",
];

/// Companies.
pub(super) const COMPANY: [&str; 5] =
    ["North Works", "Example Foods", "Blue Depot", "Round_Table Ltd", "Paper [and] Ink"];

/// Lines, with the country of their number and their zone.
pub(super) const LINE: [(&str, LineCountry, &str); 8] = [
    ("Support FR", LineCountry::France, "Europe/Paris"),
    ("Direct *Line*", LineCountry::GreatBritain, "Europe/London"),
    ("Support US", LineCountry::UnitedStates, "America/New_York"),
    ("Billing & Orders", LineCountry::France, "Europe/Paris"),
    ("Sales UK", LineCountry::GreatBritain, "Europe/London"),
    ("Front Desk", LineCountry::France, "Europe/Paris"),
    ("Night [Shift]", LineCountry::GreatBritain, "Asia/Kolkata"),
    ("Returns", LineCountry::UnitedStates, "America/Sao_Paulo"),
];

/// Teams.
pub(super) const TEAM: [&str; 4] = ["Support", "Sales", "Billing", "Desk"];

/// Tags.
pub(super) const TAG: [&str; 6] =
    ["Test", "Order", "Complaint", "Callback Request", "VIP", "Follow-up"];

/// The menu's options.
pub(super) const IVR_OPTION: [&str; 3] = ["Orders", "Invoices", "Something else"];

/// Comments: short, long, with line breaks and with what Markdown and HTML would change.
pub(super) const COMMENT: [&str; 12] = [
    "Wants a call back on Monday",
    "Test",
    "Order arrived late, sent an apology",
    "Asked for the invoice again\nSecond copy goes by post",
    "*Urgent*: see _notes_ in [the list](#4)",
    "<b>bold</b> & \"quoted\" `code` \\ end",
    "# Not a heading",
    "Price agreed: 3 > 2 boxes",
    "Número equivocado, naïve façade, 日本語",
    "Call again",
    "1. first\n2. second\n\n3. third",
    "Tab\there",
];

/// The documented reasons of a missed call, and the newer fallback.
pub(super) const MISSED_REASON: [&str; 7] = [
    "out_of_opening_hours",
    "short_abandoned",
    "abandoned_in_ivr",
    "abandoned_in_classic",
    "no_available_agent",
    "agents_did_not_answer",
    "abandoned",
];
