//! The word that somebody probably meant.

/// The candidate that is nearest to `word`, if one is near enough to be a slip of the hand.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 2.max(candidate.len() / 4))
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_slips_and_not_strangers() {
        let names = ["front.token", "front.inbox", "log.dir"];
        let check = |word: &str, want: Option<&str>| {
            assert_eq!(nearest(word, names.into_iter()), want, "{word}");
        };
        check("front.tokne", Some("front.token"));
        check("front.ibox", Some("front.inbox"));
        check("log.dri", Some("log.dir"));
        check("database.url", None);
    }
}
