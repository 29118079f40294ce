//! A body as Front renders it: what was escaped for Markdown and HTML is read as it was written.

/// The text that a person sees where Front shows `body`.
#[must_use]
pub fn rendered(body: &str) -> String {
    let mut text = String::with_capacity(body.len());
    let mut characters = body.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped = |next: &char| next.is_ascii_punctuation();
        match character {
            '\\' => text.extend(characters.next_if(escaped).or(Some('\\'))),
            other => text.push(other),
        }
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::rendered;

    #[test]
    fn escapes_are_shown_as_they_were_written() {
        for (body, want) in [
            (r"3 &gt; 2 \*boxes\* &amp;amp; \\ end", r"3 > 2 *boxes* &amp; \ end"),
            (r"plain \", r"plain \"),
        ] {
            assert_eq!(rendered(body), want);
        }
    }

    #[test]
    fn what_the_fold_escapes_is_read_as_it_came_in() {
        for text in ["Billing & Orders", r"<b>*_[x]#`\</b>", "&amp; &lt;"] {
            assert_eq!(rendered(&projector::text::escaped(text)), text);
        }
    }
}
