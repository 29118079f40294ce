//! The partition of a key, as a stock Kafka client computes it.

use crate::Partition;

/// The partition that a stock Java client (`murmur2`, sign bit cleared, modulo) gives `key`.
///
/// # Panics
/// When `partitions` is 0: a topic without partitions holds nothing.
#[must_use]
pub fn partition_of(key: &[u8], partitions: u32) -> Partition {
    assert!(partitions > 0, "a topic has at least one partition");
    Partition((murmur2(key) & 0x7fff_ffff) % partitions)
}

/// MurmurHash2, 32 bit, with the seed that Kafka's Java client uses.
#[must_use]
pub fn murmur2(data: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    let length = u32::try_from(data.len()).expect("a key is far below 4 GiB");
    let mut h = SEED ^ length;
    let mut chunks = data.chunks_exact(4);
    for chunk in &mut chunks {
        let mut k = u32::from_le_bytes(chunk.try_into().expect("chunks of four"));
        k = k.wrapping_mul(M);
        k ^= k >> 24;
        k = k.wrapping_mul(M);
        h = h.wrapping_mul(M) ^ k;
    }
    let tail = chunks.remainder();
    if !tail.is_empty() {
        for (place, byte) in tail.iter().enumerate() {
            h ^= u32::from(*byte) << (8 * place);
        }
        h = h.wrapping_mul(M);
    }
    h ^= h >> 13;
    h = h.wrapping_mul(M);
    h ^ (h >> 15)
}
