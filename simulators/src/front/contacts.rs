//! Contacts and their handles: each pair of handle and source belongs to one contact.

use super::world::{Contact, World, ordinal};

/// The kinds of handle that a contact may have.
pub(super) const SOURCES: [&str; 7] =
    ["twitter", "email", "phone", "facebook", "intercom", "front_chat", "custom"];

impl World {
    pub(super) fn add_contact(
        &mut self,
        name: Option<String>,
        description: Option<String>,
        handles: Vec<(String, String)>,
    ) -> usize {
        let index = self.contacts.len();
        let id = format!("crd_{}", index + 1);
        for pair in &handles {
            self.handles.insert(pair.clone(), index);
        }
        self.contacts.push(Contact { id, name, description, handles, merged_into: None });
        index
    }

    /// By id or `alt:<source>:<handle>`.
    pub(super) fn contact(&self, id: &str) -> Option<usize> {
        if let Some(alias) = id.strip_prefix("alt:") {
            let (source, handle) = alias.split_once(':')?;
            return self.contact_by_handle(source, handle);
        }
        let index = ordinal(id, "crd_").filter(|index| *index < self.contacts.len())?;
        match self.contacts[index].merged_into {
            None => Some(index),
            Some(_) if self.config.switches.merged_contact_resolves => {
                Some(self.surviving_contact(index))
            }
            Some(_) => None,
        }
    }

    pub(super) fn contact_by_handle(&self, source: &str, handle: &str) -> Option<usize> {
        let pair = (source.to_owned(), normal_handle(source, handle)?);
        self.handles.get(&pair).copied()
    }

    /// A contact that has the handle under any source.
    pub(super) fn contact_by_any_handle(&self, handle: &str) -> Option<usize> {
        SOURCES.iter().find_map(|source| self.contact_by_handle(source, handle))
    }

    pub(super) fn surviving_contact(&self, mut contact: usize) -> usize {
        while let Some(into) = self.contacts[contact].merged_into {
            contact = into;
        }
        contact
    }

    pub(super) fn add_handle(&mut self, contact: usize, source: &str, handle: String) {
        let pair = (source.to_owned(), handle);
        self.handles.insert(pair.clone(), contact);
        if !self.contacts[contact].handles.contains(&pair) {
            self.contacts[contact].handles.push(pair);
        }
    }

    pub(super) fn remove_handle(&mut self, contact: usize, pair: &(String, String)) {
        self.handles.remove(pair);
        self.contacts[contact].handles.retain(|known| known != pair);
    }

    /// Moves handles and conversations of one contact to another.
    pub(super) fn merge_contacts(&mut self, from: usize, into: usize) {
        for (source, handle) in std::mem::take(&mut self.contacts[from].handles) {
            self.add_handle(into, &source, handle);
        }
        if self.contacts[into].name.is_none() {
            self.contacts[into].name = self.contacts[from].name.clone();
        }
        self.contacts[from].merged_into = Some(into);
        let moved = self.conversations_of.remove(&from).unwrap_or_default();
        for conversation in &moved {
            self.conversations[*conversation].contact = into;
        }
        let all = self.conversations_of.entry(into).or_default();
        all.extend(moved);
        all.sort_unstable();
    }

    /// The contact that a message's external party is, made without a name where there is none.
    pub(super) fn contact_of_message(&mut self, kind: &str, handle: &str) -> usize {
        let looks_like_phone = handle.starts_with('+') && handle.len() > 1;
        let own_source = match kind {
            "sms" => "phone",
            "email" => "email",
            "intercom" => "intercom",
            _ if looks_like_phone && self.config.switches.custom_type_links_phone => "phone",
            _ => "custom",
        };
        let source =
            if normal_handle(own_source, handle).is_some() { own_source } else { "custom" };
        if let Some(known) = self.contact_by_handle(source, handle) {
            return known;
        }
        let handle = normal_handle(source, handle).unwrap_or_else(|| handle.to_owned());
        self.add_contact(None, None, vec![(source.to_owned(), handle)])
    }
}

/// A handle as Front keeps it: phone numbers as `+` and digits, taken for a number of the United
/// States without a `+`; e-mails in lower case. None when it cannot be one.
pub(super) fn normal_handle(source: &str, handle: &str) -> Option<String> {
    match source {
        "phone" => normal_phone(handle),
        "email" => handle.contains('@').then(|| handle.to_lowercase()),
        _ => (!handle.trim().is_empty()).then(|| handle.to_owned()),
    }
}

fn normal_phone(handle: &str) -> Option<String> {
    let international = handle.trim_start().starts_with('+');
    let rest = handle.trim_start().trim_start_matches('+');
    let mut digits = String::new();
    for letter in rest.chars() {
        match letter {
            '0'..='9' => digits.push(letter),
            ' ' | '-' | '.' | '(' | ')' => {}
            _ => return None,
        }
    }
    let country = if international { "+" } else { "+1" };
    (!digits.is_empty()).then(|| format!("{country}{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_kept_in_one_form() {
        for (source, sent, kept) in [
            ("phone", "+33 6 12 34 56 78", Some("+33612345678")),
            ("phone", "555-0100", Some("+15550100")),
            ("phone", "anonymous", None),
            ("phone", "+", None),
            ("phone", "", None),
            ("email", "Agent@Example.com", Some("agent@example.com")),
            ("email", "agent", None),
            ("custom", "anonymous:42", Some("anonymous:42")),
            ("custom", "", None),
        ] {
            assert_eq!(normal_handle(source, sent).as_deref(), kept, "{source} {sent:?}");
        }
    }
}
