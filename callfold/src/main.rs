//! The executable: everything is in the library.

fn main() -> std::process::ExitCode {
    callfold::cli::main()
}
