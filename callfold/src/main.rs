//! The executable: everything is in the library, so that tests can start it too.

fn main() {}
