//! The product's one binary.

fn main() -> std::process::ExitCode {
    haloscope::cli::run()
}
