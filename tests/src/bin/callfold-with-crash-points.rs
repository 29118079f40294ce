//! The program with its crash points built in: the same `main` as `callfold`, for tests only.

fn main() -> std::process::ExitCode {
    callfold::cli::main()
}
