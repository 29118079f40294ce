//! The program with its crash points armed by `FAILPOINTS` in the environment, for tests only: in all
//! else, allocator included, the same as `callfold`, which never arms them.

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> std::process::ExitCode {
    let _armed = fail::FailScenario::setup();
    callfold::cli::main()
}
