//! The partitioner agrees with a stock Java client.

use eventlog::partitioner::{murmur2, partition_of};

/// Key in hexadecimal, hash, partition of 12. Computed by
/// `org.apache.kafka.common.utils.Utils.murmur2` and `toPositive(hash) % 12` of the Maven artifact
/// `org.apache.kafka:kafka-clients:3.9.0` on Java 17.
const VECTORS: [(&str, u32, u32); 21] = [
    ("", 0x106e08d9, 9),
    ("61", 0xa2d0b27c, 4),
    ("6162", 0x12d8262a, 2),
    ("616263", 0x1c94221b, 3),
    ("61626364", 0xb11ab5f4, 8),
    ("6162636465", 0x1b897edd, 1),
    ("3231", 0xc5f2f8ec, 0),
    ("666f6f626172", 0xd0e47bbe, 6),
    ("612d6c6974746c652d6269742d6c6f6e672d737472696e67", 0xc53b1da0, 8),
    ("2b3135353530313030", 0xa51aadc2, 10),
    ("2b3135353530313031", 0xabc31de5, 1),
    ("2b3333313939303030303030", 0x8d11659c, 8),
    ("2b343432303739343630303030", 0x2dbe30f3, 7),
    ("616e6f6e796d6f75733a3132", 0x84332bfe, 10),
    ("616e6f6e796d6f75733a39303037313939323534373430393933", 0xd0fecdc1, 9),
    ("3f", 0xecb8db08, 0),
    ("00", 0x166197bc, 8),
    ("ff", 0xed6f615b, 3),
    ("80ff7f", 0x96bea244, 4),
    ("fffffffffe", 0x290b082e, 10),
    ("c3a9e282acf09d849e", 0x3a9eb8c8, 0),
];

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal"))
        .collect()
}

#[test]
fn partitions_are_those_of_the_java_client() {
    for (key, hash, partition) in VECTORS {
        let key = bytes(key);
        assert_eq!(murmur2(&key), hash, "{key:02x?}");
        assert_eq!(partition_of(&key, 12).0, partition, "{key:02x?}");
    }
}
