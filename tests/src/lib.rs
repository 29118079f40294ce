//! End to end: what the tests of the whole program share.

pub mod analysts_page;
pub mod child;
pub mod collector;
pub mod journey;
pub mod journeys;
#[cfg(feature = "kafka")]
pub mod kafka_cluster;
pub mod load;
pub mod people;
pub mod pipeline;
pub mod proxy;
pub mod python;
#[cfg(feature = "kafka")]
pub mod refold;
pub mod secrets;
pub mod tell;
pub mod thread_text;
pub mod together;
pub mod traffic;
pub mod verdict;
