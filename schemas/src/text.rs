//! The texts of records.

/// A text that is copied from record to record: names, numbers, addresses, subjects. Up to 23 bytes
/// stand in the value itself and longer ones are shared, so that no copy allocates, and a state's
/// short texts lie beside each other in memory.
pub type Text = smol_str::SmolStr;
