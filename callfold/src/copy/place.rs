//! Where a log is, as a person writes it: `embedded:DIR` or `kafka:BROKERS/PREFIX`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a log is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a folder of this machine.
    Embedded {
        /// The folder: its `log.dir`.
        dir: PathBuf,
    },
    /// On brokers.
    Kafka {
        /// `host:port`, separated by commas.
        brokers: String,
        /// What the names of its topics begin with.
        prefix: String,
    },
}

/// Why a text is no place of a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// Neither of the two kinds.
    #[error("write embedded:DIR or kafka:BROKERS/PREFIX, for example kafka:kafka-1:9092/callfold")]
    UnknownKind,
    /// No folder.
    #[error("embedded: needs a folder behind it, for example embedded:callfold-data")]
    NoFolder,
    /// No brokers or no prefix.
    #[error(
        "kafka: needs brokers and a prefix, for example kafka:kafka-1:9092,kafka-2:9092/callfold"
    )]
    NoBrokers,
    /// A prefix with other characters.
    #[error("a prefix has the characters a-z A-Z 0-9 - _ . and at most 100 of them")]
    Prefix,
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Place, PlaceError> {
        match text.split_once(':') {
            Some(("embedded", "")) => Err(PlaceError::NoFolder),
            Some(("embedded", dir)) => Ok(Place::Embedded { dir: PathBuf::from(dir) }),
            Some(("kafka", rest)) => {
                let (brokers, prefix) = rest.rsplit_once('/').ok_or(PlaceError::NoBrokers)?;
                if brokers.is_empty() || prefix.is_empty() {
                    return Err(PlaceError::NoBrokers);
                }
                let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
                if prefix.len() > 100 || !prefix.bytes().all(good) {
                    return Err(PlaceError::Prefix);
                }
                Ok(Place::Kafka { brokers: brokers.to_owned(), prefix: prefix.to_owned() })
            }
            Some(_) | None => Err(PlaceError::UnknownKind),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Embedded { dir } => write!(f, "embedded:{}", dir.display()),
            Place::Kafka { brokers, prefix } => write!(f, "kafka:{brokers}/{prefix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_folder_or_brokers_with_a_prefix() {
        let folder = |dir: &str| Ok(Place::Embedded { dir: PathBuf::from(dir) });
        let brokers = |brokers: &str, prefix: &str| {
            Ok(Place::Kafka { brokers: brokers.to_owned(), prefix: prefix.to_owned() })
        };
        for (text, verdict) in [
            ("embedded:data", folder("data")),
            ("embedded:/srv/a:b", folder("/srv/a:b")),
            ("kafka:k-1:9092/callfold", brokers("k-1:9092", "callfold")),
            ("kafka:k-1:9092,k-2:9092/a.b", brokers("k-1:9092,k-2:9092", "a.b")),
            ("embedded:", Err(PlaceError::NoFolder)),
            ("kafka:k-1:9092", Err(PlaceError::NoBrokers)),
            ("kafka:k-1:9092/", Err(PlaceError::NoBrokers)),
            ("kafka:/callfold", Err(PlaceError::NoBrokers)),
            ("kafka:k-1:9092/call fold", Err(PlaceError::Prefix)),
            ("data", Err(PlaceError::UnknownKind)),
            ("s3:bucket", Err(PlaceError::UnknownKind)),
        ] {
            assert_eq!(text.parse::<Place>(), verdict, "{text}");
            if let Ok(place) = verdict {
                assert_eq!(place.to_string(), text);
            }
        }
    }
}
