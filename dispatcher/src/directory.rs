//! Who and what there is in the company's Front: its inboxes, teammates and tags, as far as we have read
//! them, and who was asked for and is not there.

use std::collections::HashMap;

use schemas::{FrontTagId, InboxId, TeammateId};
use serde_json::Value;

use crate::request::FrontRequest;

/// How long "no such teammate" is believed: somebody who gets a Front seat is found within the hour.
const ABSENT_FOR_MS: i64 = 3_600_000;
/// E-mails remembered at most: far above any company's agents, so that bad input cannot grow it.
const EMAILS_MAX: usize = 50_000;
/// Pages of tags that are read, at most: 10,000 tags. A list that leads back to itself ends here.
const TAG_PAGES_MAX: usize = 100;

/// What is known of the company's Front.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// The company's name and id, as `GET /me` says.
    pub company: Option<String>,
    /// `(id, name)` of every inbox that the token sees.
    pub inboxes: Vec<(InboxId, String)>,
    /// The list of inboxes was read to its end.
    pub inboxes_read: bool,
    /// The list of teammates was read to its end.
    pub teammates_read: bool,
    teammates: HashMap<String, Seat>,
    tags: HashMap<String, FrontTagId>,
    tags_read: bool,
    tags_next: Option<FrontRequest>,
    tags_pages: usize,
}

#[derive(Debug, Clone)]
enum Seat {
    Teammate(TeammateId),
    AbsentUntil(i64),
}

/// What is known of an e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// `tea_...`
    Teammate(TeammateId),
    /// Nobody has it.
    Nobody,
    /// It must be asked.
    Ask,
}

impl Directory {
    /// The id of the inbox of this id or name; names are compared without regard to case.
    #[must_use]
    pub fn inbox(&self, id_or_name: &str) -> Option<&(InboxId, String)> {
        let same = |name: &str| name.to_lowercase() == id_or_name.to_lowercase();
        self.inboxes
            .iter()
            .find(|(id, _)| id.as_str() == id_or_name)
            .or_else(|| self.inboxes.iter().find(|(_, name)| same(name)))
    }

    /// The teammate with this e-mail.
    #[must_use]
    pub fn teammate(&self, email: &str, now: i64) -> Known {
        match self.teammates.get(&email.to_lowercase()) {
            Some(Seat::Teammate(id)) => Known::Teammate(id.clone()),
            Some(Seat::AbsentUntil(until)) if *until > now => Known::Nobody,
            Some(Seat::AbsentUntil(_)) | None => Known::Ask,
        }
    }

    /// The id of a tag; none as long as it may be on a page that was not read.
    #[must_use]
    pub fn tag(&self, name: &str) -> Option<Option<&FrontTagId>> {
        let found = self.tags.get(&name.to_lowercase());
        (found.is_some() || self.tags_read).then_some(found)
    }

    /// The page of tags to be read next; none: the first.
    #[must_use]
    pub fn tags_page(&self) -> Option<FrontRequest> {
        self.tags_next.clone()
    }

    /// E-mails of all teammates that are known.
    pub fn emails(&self) -> impl Iterator<Item = &str> {
        self.teammates
            .iter()
            .filter(|(_, seat)| matches!(seat, Seat::Teammate(_)))
            .map(|(email, _)| email.as_str())
    }

    /// Learns from the answer to `GET /me`.
    pub fn learn_company(&mut self, me: &Value) {
        let name = me["name"].as_str().or_else(|| me["id"].as_str());
        self.company = Some(name.unwrap_or("unnamed").to_owned());
    }

    /// Learns from a page of `GET /inboxes`, perhaps the last one.
    pub fn learn_inboxes(&mut self, list: &Value, last: bool) {
        self.inboxes_read |= last;
        for inbox in list["_results"].as_array().into_iter().flatten() {
            if let (Some(id), Some(name)) = (inbox["id"].as_str(), inbox["name"].as_str()) {
                let id = InboxId::from(id);
                self.inboxes.retain(|(known, _)| *known != id);
                self.inboxes.push((id, name.to_owned()));
            }
        }
    }

    /// Learns from a page of `GET /teammates`, perhaps the last one.
    pub fn learn_teammates(&mut self, list: &Value, last: bool) {
        self.teammates_read |= last;
        for teammate in list["_results"].as_array().into_iter().flatten() {
            self.learn_teammate(teammate);
        }
    }

    /// Learns from a teammate.
    pub fn learn_teammate(&mut self, teammate: &Value) {
        if let (Some(id), Some(email)) = (teammate["id"].as_str(), teammate["email"].as_str()) {
            self.remember(email, Seat::Teammate(id.into()));
        }
    }

    /// Learns that `GET /teammates/alt:email:...` found this one, or nobody.
    pub fn learn_email(&mut self, email: &str, teammate: Option<&Value>, now: i64) {
        match teammate.and_then(|it| it["id"].as_str()) {
            Some(id) => self.remember(email, Seat::Teammate(id.into())),
            None => self.remember(email, Seat::AbsentUntil(now + ABSENT_FOR_MS)),
        }
    }

    /// Learns from a page of `GET /tags`, and which page follows. Lanes may ask for the same page at
    /// once: once the list was read, an older page does not open it again.
    pub fn learn_tags(&mut self, list: &Value, next: Option<FrontRequest>) {
        self.tags_pages += 1;
        let next = next.filter(|_| self.tags_pages < TAG_PAGES_MAX);
        self.tags_read |= next.is_none();
        self.tags_next = next.filter(|_| !self.tags_read);
        for tag in list["_results"].as_array().into_iter().flatten() {
            if let (Some(id), Some(name)) = (tag["id"].as_str(), tag["name"].as_str()) {
                self.tags.insert(name.to_lowercase(), id.into());
            }
        }
    }

    fn remember(&mut self, email: &str, seat: Seat) {
        if self.teammates.len() >= EMAILS_MAX {
            self.teammates.retain(|_, seat| matches!(seat, Seat::Teammate(_)));
        }
        if self.teammates.len() < EMAILS_MAX {
            self.teammates.insert(email.to_lowercase(), seat);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn b11_a_teammate_is_found_by_e_mail_whatever_its_case() {
        let mut directory = Directory::default();
        assert_eq!(directory.teammate("agent@example.com", 0), Known::Ask);
        directory.learn_teammates(
            &json!({"_results": [{"id": "tea_1", "email": "Agent@Example.com"}, {"id": "tea_2"}]}),
            true,
        );
        assert_eq!(directory.teammate("aGent@example.com", 0), Known::Teammate("tea_1".into()));
    }

    #[test]
    fn b11_nobody_is_remembered_for_an_hour() {
        let mut directory = Directory::default();
        directory.learn_email("new@example.com", None, 0);
        assert_eq!(directory.teammate("new@example.com", ABSENT_FOR_MS - 1), Known::Nobody);
        assert_eq!(directory.teammate("new@example.com", ABSENT_FOR_MS), Known::Ask);
        directory.learn_email("new@example.com", Some(&json!({"id": "tea_3"})), 9);
        assert_eq!(directory.teammate("new@example.com", 9), Known::Teammate("tea_3".into()));
    }

    #[test]
    fn a_tag_that_is_not_on_the_first_page_is_unknown_until_the_last_was_read() {
        let mut directory = Directory::default();
        let page = |tag: &str| json!({"_results": [{"id": format!("tag_{tag}"), "name": tag}]});
        assert_eq!(directory.tag("b"), None);
        let next = crate::request::tags();
        directory.learn_tags(&page("a"), Some(next.clone()));
        assert_eq!((directory.tag("A"), directory.tag("b")), (Some(Some(&"tag_a".into())), None));
        assert_eq!(directory.tags_page(), Some(next.clone()));
        directory.learn_tags(&page("b"), None);
        assert_eq!(
            (directory.tag("b"), directory.tag("c")),
            (Some(Some(&"tag_b".into())), Some(None))
        );
        // The first page, asked for by another lane meanwhile, comes last.
        directory.learn_tags(&page("a"), Some(next));
        assert_eq!((directory.tag("c"), directory.tags_page()), (Some(None), None));
    }

    #[test]
    fn b04_the_inbox_is_found_by_id_or_name() {
        let mut directory = Directory::default();
        directory
            .learn_inboxes(&json!({"_results": [{"id": "inb_1", "name": "Aircall Phone"}]}), true);
        for (asked, found) in [("aircall phone", true), ("inb_1", true), ("Support", false)] {
            assert_eq!(directory.inbox(asked).is_some(), found, "{asked}");
        }
    }
}
